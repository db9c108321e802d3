import Architectures
public import TensorData
import TensorGraph
import WeightFiles

/// Everything in which two models differ: weights, settings, types, ties, metadata.
public struct ModelDifference: Sendable {
  /// A key of the files' metadata whose value is another.
  public struct Metadata: Sendable {
    /// The key.
    public let key: String
    /// Its value in the first file, or nil.
    public let first: String?
    /// Its value in the second file, or nil.
    public let second: String?
  }

  /// The names of both sides.
  public let names: (first: String, second: String)
  /// `bert.hf`, or nil where there is no common graph.
  public let layouts: (first: String?, second: String?)
  /// Every parameter, the farthest apart first among those that differ.
  public let weights: [WeightFinding]
  /// Every stored tensor with values that are not finite.
  public let nonFinite: [NonFiniteFinding]
  /// How many parameters that agree have another stored name, and how many lie in another order of axes.
  public let moved: (renamed: Int, rearranged: Int)
  /// How many parameters have which type on the first and on the second side, where the types differ.
  public let types: [(first: DType, second: DType, count: Int)]
  /// Hyper-parameters that differ.
  public let settings: [HyperparameterDifference]
  /// Whether the differing hyper-parameters make another graph.
  public let isAnotherFunction: Bool
  /// Parameters that only one of the models shares with another, a sentence each.
  public let ties: [String]
  /// Metadata that differs.
  public let metadata: [Metadata]
  /// Settings that decide what is computed and that nothing decides, a sentence each.
  public let undecided: [String]
  /// What a user should know.
  public let notes: [String]

  /// Whether weights and function are the same, whatever the layout, the format, the metadata and an exact rounding.
  public var isIdentical: Bool { weights.allSatisfy(\.agrees) && !isAnotherFunction && !weights.isEmpty }

  /// How the comparison ended.
  public var verdict: Verdict {
    .combined(
      [weights.isEmpty ? .inconclusive : isIdentical ? .pass : .fail] + nonFinite.map(\.verdict)
        + undecided.map { _ in .inconclusive })
  }

  /// Compares two models without running them.
  ///
  /// - Parameters:
  ///   - first: the first model.
  ///   - second: the second model.
  ///   - isNonFiniteAllowed: whether a stored tensor may hold values that are not finite, if both models have the same.
  /// - Throws: what mapping or reading throws. Models of an unknown architecture are compared by name.
  public init(
    _ first: ParitySide, _ second: ParitySide, isNonFiniteAllowed: @escaping (String) -> Bool = { _ in false }
  ) throws {
    names = (first.name, second.name)
    metadata = ModelDifference.metadata(first.source, second.source)
    let a: MappedModel
    do {
      a = try ModelMapper.map(first.source, first.request)
    } catch let error as LayoutError where error.kind == .unmapped {
      let scans = (first: FiniteScan(first.source), second: FiniteScan(second.source))
      let findings = try WeightComparison.compareByName(first.source, second.source, scans: scans)
      try scans.first.finish()
      try scans.second.finish()
      nonFinite = try NonFinitePairs(scans: scans, isAllowed: isNonFiniteAllowed).findings(first.source, second.source)
      layouts = (nil, nil)
      weights = ModelDifference.sorted(findings)
      moved = (0, 0)
      types = ModelDifference.types(first.source, second.source)
      settings = []
      isAnotherFunction = false
      ties = []
      undecided = []
      notes = ["compared by name: \(error.message)"]
      return
    }
    var request = second.request
    request.fallback = a.values
    let b = try ModelMapper.map(second.source, request)
    guard a.architecture.name == b.architecture.name else {
      throw ParityError(
        "\(first.name) is a \(a.architecture.name) model and \(second.name) a \(b.architecture.name) model: nothing can be compared"
      )
    }
    let scans = (first: FiniteScan(a.source), second: FiniteScan(b.source))
    let findings = try WeightComparison.compare(a, b, scans: scans)
    try scans.first.finish()
    try scans.second.finish()
    nonFinite = try NonFinitePairs(scans: scans, isAllowed: isNonFiniteAllowed).findings(a, b, findings)
    layouts = ("\(a.architecture.name).\(a.layout.name)", "\(b.architecture.name).\(b.layout.name)")
    weights = ModelDifference.sorted(findings)
    let agreeing = findings.filter(\.agrees)
    moved = (
      agreeing.count { a.isStored($0.name) && b.isStored($0.name) && $0.stored.first != $0.stored.second },
      agreeing.count {
        a.isStored($0.name) && b.isStored($0.name)
          && a.locations[$0.name]?.axes != b.locations[$0.name]?.axes
      }
    )
    types = try ModelDifference.types(a, b)
    settings = HyperparameterDifference.all(a, b)
    let differences = TieDifference.all(a, b, findings)
    let apart = Set(differences.filter(\.hasSameValues).map(\.setting))
    let isAnotherFunction = try a.graph(untying: apart).description != b.graph(untying: apart).description
    self.isAnotherFunction = isAnotherFunction
    ties = differences.map { $0.sentence((first.name, second.name), isSameFunction: !isAnotherFunction) }
    undecided = try UndecidedSettings.sentences(a, b, names: names)
    notes = (a.notes + b.notes).uniqued()
  }

  private static func sorted(_ findings: [WeightFinding]) -> [WeightFinding] {
    func rank(_ finding: WeightFinding) -> Double {
      switch finding.relation {
      case .equal, .rounded: -1
      case .absent, .unheld, .shapes, .overflowed: .infinity
      case .differs: finding.relative.isNaN ? .infinity : finding.relative
      }
    }
    return findings.enumerated().sorted { a, b in
      let (x, y) = (rank(a.element), rank(b.element))
      return x == y ? a.offset < b.offset : x > y
    }.map(\.element)
  }

  private static func counted(_ pairs: [(DType, DType)]) -> [(first: DType, second: DType, count: Int)] {
    var counts: [[DType]: Int] = [:]
    for (a, b) in pairs where a != b { counts[[a, b], default: 0] += 1 }
    return counts.map { ($0.key[0], $0.key[1], $0.value) }.sorted { $0.2 > $1.2 }
  }

  private static func types(_ a: MappedModel, _ b: MappedModel) throws -> [(first: DType, second: DType, count: Int)] {
    let both = a.parameters.filter { b.isStored($0.name) }
    return counted(try both.map { (try a.parameter(named: $0.name).dtype, try b.parameter(named: $0.name).dtype) })
  }

  private static func types(
    _ a: any TensorSource, _ b: any TensorSource
  ) -> [(first: DType, second: DType, count: Int)] {
    let others = Dictionary(b.tensors.map { (ByteKey($0.name), $0.dtype) }) { first, _ in first }
    return counted(a.tensors.compactMap { info in others[ByteKey(info.name)].map { (info.dtype, $0) } })
  }

  private static func metadata(_ a: any TensorSource, _ b: any TensorSource) -> [Metadata] {
    func entries(_ source: any TensorSource) -> [String: String] {
      Dictionary(((source as? Checkpoint)?.metadata ?? []).map { ($0.key, $0.value) }) { first, _ in first }
    }
    let (first, second) = (entries(a), entries(b))
    return Set(first.keys).union(second.keys).sorted().filter { first[$0] != second[$0] }
      .map { Metadata(key: $0, first: first[$0], second: second[$0]) }
  }
}

extension MappedModel {
  /// Whether a parameter is stored under a name of its own.
  fileprivate func isStored(_ name: String) -> Bool { locations[name] != nil }
}
