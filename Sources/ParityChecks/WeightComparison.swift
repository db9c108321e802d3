public import Architectures
public import TensorData

/// One parameter of two models compared bit for bit.
public struct WeightFinding: Sendable {
  /// How the two sides relate.
  public enum Relation: Sendable, Hashable {
    /// The same type and the same bits.
    case equal
    /// The second side is exactly the first, rounded to its type.
    case rounded(from: DType, to: DType)
    /// The second side is the first, rounded to its type, but finite values became infinite, or NaN where the type has
    /// no infinity.
    case overflowed(from: DType, to: DType)
    /// Values differ; the sentence says what was recognised, if anything.
    case differs(explanation: String?)
    /// Only one side has it.
    case absent(inFirst: Bool)
    /// Only one side has it, and the layout of the other, `bert.gguf`, has no place for it.
    case unheld(inFirst: Bool, layout: String)
    /// The shapes differ.
    case shapes([Int], [Int])
  }

  /// The canonical name, or the stored one where there is no common graph.
  public let name: String
  /// The name of the stored tensor on each side.
  public let stored: (first: String?, second: String?)
  /// How the two sides relate.
  public internal(set) var relation: Relation
  /// The number of elements.
  public let elements: Int
  /// How many elements differ.
  public let differing: Int
  /// The largest absolute difference.
  public let difference: Double
  /// Where it is.
  public let worst: [Int]
  /// The norm of the difference over that of the first side.
  public internal(set) var relative = 0.0
  /// What the second side's values are, if they differ and were compared with the whole model.
  public internal(set) var diagnosis: Diagnosis?
  /// What rounding took beside precision, with the place in the first side's stored tensor; nil if nothing was rounded.
  public internal(set) var loss: CastLoss?

  /// Whether the two sides agree.
  public var agrees: Bool {
    switch relation {
    case .equal, .rounded: true
    case .overflowed, .differs, .absent, .unheld, .shapes: false
    }
  }

  /// Whether the layout of one side has no place for the parameter.
  public var isUnheld: Bool { if case .unheld = relation { true } else { false } }
}

/// Compares the parameters of two models, whatever their formats and layouts.
public enum WeightComparison {
  /// Compares every parameter of the common graph.
  ///
  /// - Parameters:
  ///   - first: the model that is taken to be right.
  ///   - second: the model that is judged.
  /// - Returns: a finding for each parameter that either has.
  /// - Throws: what reading the tensors throws.
  public static func compare(_ first: MappedModel, _ second: MappedModel) throws -> [WeightFinding] {
    try compare(first, second, scans: (FiniteScan(first.source), FiniteScan(second.source)))
  }

  /// The same, looking in each tensor that is read for values that are not finite.
  static func compare(
    _ first: MappedModel, _ second: MappedModel, scans: (first: FiniteScan, second: FiniteScan),
    allowsOverflow: Bool = false
  ) throws -> [WeightFinding] {
    let firsts = Set(first.parameters.map(\.name))
    let names = first.parameters.map(\.name) + second.parameters.map(\.name).filter { !firsts.contains($0) }
    var findings: [WeightFinding] = []
    let templates = Dictionary(
      (first.parameters + second.parameters).map { ($0.name, $0.parameter.name) }, uniquingKeysWith: { $1 })
    for name in names {
      // What one side stores and the other shares is compared with what it shares.
      let stored = (first.storedName(of: name), second.storedName(of: name))
      guard first.hasValues(of: name), second.hasValues(of: name) else {
        let lacking = first.hasValues(of: name) ? second : first
        let isUnheld = templates[name].map { !lacking.layout.holds($0) } ?? false
        let layout = isUnheld ? "\(lacking.architecture.name).\(lacking.layout.name)" : nil
        findings.append(absent(name, stored, unheldBy: layout))
        continue
      }
      if let tensor = stored.0 { try scans.first.look(at: tensor) }
      if let tensor = stored.1 { try scans.second.look(at: tensor) }
      let isConstant = first.constants[name] != nil || second.constants[name] != nil
      var finding = try finding(
        name, stored: stored, first.parameter(named: name), second.parameter(named: name),
        allowsOverflow: allowsOverflow, asNumbers: isConstant)
      if let loss = finding.loss, loss.overflowed > 0, let stored = try first.storedPlace(of: name, at: loss.place) {
        finding.loss?.place = stored.place
      }
      findings.append(finding)
    }
    try explain(&findings, first, second)
    return try findings + carried(first, second, scans: scans, allowsOverflow: allowsOverflow)
  }

  /// Compares what both models carry along under names of its own.
  private static func carried(
    _ first: MappedModel, _ second: MappedModel, scans: (first: FiniteScan, second: FiniteScan), allowsOverflow: Bool
  ) throws -> [WeightFinding] {
    let firsts = Set(first.carried.map { ByteKey($0.name) })
    let seconds = Set(second.carried.map { ByteKey($0.name) })
    let names = first.carried.map(\.name) + second.carried.map(\.name).filter { !firsts.contains(ByteKey($0)) }
    return try names.map { name in
      guard firsts.contains(ByteKey(name)), seconds.contains(ByteKey(name)) else {
        return absent(name, (firsts.contains(ByteKey(name)) ? name : nil, seconds.contains(ByteKey(name)) ? name : nil))
      }
      try scans.first.look(at: name)
      try scans.second.look(at: name)
      return try finding(
        name, stored: (name, name), first.source.tensor(named: name), second.source.tensor(named: name),
        allowsOverflow: allowsOverflow)
    }
  }

  /// Compares two checkpoints name by name, without a common graph.
  ///
  /// - Parameters:
  ///   - first: the checkpoint that is taken to be right.
  ///   - second: the checkpoint that is judged.
  /// - Returns: a finding for each tensor that either has.
  /// - Throws: what reading the tensors throws.
  public static func compareByName(
    _ first: any TensorSource, _ second: any TensorSource
  ) throws -> [WeightFinding] {
    try compareByName(first, second, scans: (FiniteScan(first), FiniteScan(second)))
  }

  /// The same, looking in each tensor that is read for values that are not finite.
  static func compareByName(
    _ first: any TensorSource, _ second: any TensorSource, scans: (first: FiniteScan, second: FiniteScan),
    allowsOverflow: Bool = false
  ) throws -> [WeightFinding] {
    let firsts = Set(first.tensors.map { ByteKey($0.name) })
    let seconds = Set(second.tensors.map { ByteKey($0.name) })
    let names = first.tensors.map(\.name) + second.tensors.map(\.name).filter { !firsts.contains(ByteKey($0)) }
    return try names.map { name in
      guard firsts.contains(ByteKey(name)), seconds.contains(ByteKey(name)) else {
        return absent(name, (firsts.contains(ByteKey(name)) ? name : nil, seconds.contains(ByteKey(name)) ? name : nil))
      }
      try scans.first.look(at: name)
      try scans.second.look(at: name)
      return try finding(
        name, stored: (name, name), first.tensor(named: name), second.tensor(named: name),
        allowsOverflow: allowsOverflow)
    }
  }

  /// Whether the second tensor holds the values of the first, or exactly what casting them gives, all in range.
  static func agree(_ first: Tensor, _ second: Tensor) throws -> Bool {
    try finding("", stored: (nil, nil), first, second, allowsOverflow: false).agrees
  }

  private static func absent(
    _ name: String, _ stored: (String?, String?), unheldBy layout: String? = nil
  ) -> WeightFinding {
    let inFirst = stored.0 == nil
    return WeightFinding(
      name: name, stored: stored,
      relation: layout.map { .unheld(inFirst: inFirst, layout: $0) } ?? .absent(inFirst: inFirst), elements: 0,
      differing: 0, difference: 0, worst: [])
  }

  private static func finding(
    _ name: String, stored: (String?, String?), _ a: Tensor, _ b: Tensor, allowsOverflow: Bool,
    asNumbers: Bool = false
  ) throws -> WeightFinding {
    func finding(_ relation: WeightFinding.Relation, _ distance: Distance = Distance()) -> WeightFinding {
      WeightFinding(
        name: name, stored: stored, relation: relation, elements: a.elementCount, differing: distance.count,
        difference: distance.largest, worst: distance.worst, relative: distance.relative)
    }
    guard a.shape == b.shape else { return finding(.shapes(a.shape, b.shape)) }
    if a.isBitEqual(to: b) { return finding(.equal) }
    // What one side leaves out has no bits: zeros of either sign and of any type are the constant.
    if asNumbers, try a.doubles() == b.doubles() { return finding(.equal) }
    // A side of another type is judged by what casting gives, so that honest rounding is no difference.
    let (expected, report) =
      Cast.isSupported(from: a.dtype, to: b.dtype)
      ? try Cast.convertCounting(a, to: b.dtype) : (a, CastReport())
    if a.dtype != b.dtype, try holdsSameNumbers(expected, b) {
      guard report.overflowed > 0 else {
        var rounded = finding(.rounded(from: a.dtype, to: b.dtype))
        rounded.loss = CastLoss(report)
        return rounded
      }
      var rounded = finding(
        allowsOverflow ? .rounded(from: a.dtype, to: b.dtype) : .overflowed(from: a.dtype, to: b.dtype))
      rounded.loss = try CastLoss(of: a, to: b.dtype)
      return rounded
    }
    guard Cast.isSupported(from: a.dtype, to: .f64), Cast.isSupported(from: b.dtype, to: .f64) else {
      return finding(.differs(explanation: nil), Distance(count: a.elementCount, largest: .nan, relative: .nan))
    }
    return finding(.differs(explanation: nil), try Distance(expected, b))
  }

  /// Whether two tensors of one type hold the same bits, but for the bits of a NaN, which casts do not agree on.
  private static func holdsSameNumbers(_ a: Tensor, _ b: Tensor) throws -> Bool {
    if a.isBitEqual(to: b) { return true }
    guard a.dtype == b.dtype, NonFiniteValues.find(in: a) != nil else { return false }
    return try zip(a.doubles(), b.doubles()).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
  }

  /// Says of each parameter that differs what its values are.
  private static func explain(
    _ findings: inout [WeightFinding], _ first: MappedModel, _ second: MappedModel
  ) throws {
    let differing = findings.indices.filter { if case .differs = findings[$0].relation { true } else { false } }
    guard !differing.isEmpty else { return }
    let types = Set(try differing.map { try second.parameter(named: findings[$0].name).dtype })
    var diagnoses = try WeightDiagnoses(first, second, types: types)
    let roundings = try differing.map { index in
      let name = findings[index].name
      return try RoundingFault.all(found: second.parameter(named: name), expected: first.parameter(named: name))
    }
    let common = RoundingFault.common(roundings)
    for (index, roundings) in zip(differing, roundings) {
      let name = findings[index].name
      if let rounding = roundings.first(where: { $0 == common }) ?? roundings.first {
        findings[index].diagnosis = rounding.diagnosis
        continue
      }
      findings[index].diagnosis = try diagnoses.diagnose(
        name, expected: first.parameter(named: name), found: second.parameter(named: name))
    }
    let moved = LayerOrder.diagnose(sources: diagnoses.sources, in: first)
    for index in differing {
      let diagnosis =
        moved[findings[index].name] ?? diagnoses.exchange(findings[index].name) ?? findings[index].diagnosis
      findings[index].diagnosis = diagnosis
      findings[index].relation = .differs(explanation: diagnosis.map { "it \($0.sentence)" })
    }
  }
}

/// How far two tensors of one shape are apart.
private struct Distance {
  var count = 0
  var largest = 0.0
  var worst: [Int] = []
  var relative = 0.0

  init(count: Int = 0, largest: Double = 0, relative: Double = 0) {
    self.count = count
    self.largest = largest
    self.relative = relative
  }

  init(_ a: Tensor, _ b: Tensor) throws {
    let x = try a.doubles()
    let y = try b.doubles()
    var position = 0
    var squares = (difference: 0.0, reference: 0.0)
    for index in x.indices {
      squares.reference += x[index] * x[index]
      guard x[index].bitPattern != y[index].bitPattern else { continue }
      count += 1
      let distance = abs(x[index] - y[index])
      squares.difference += distance * distance
      if distance > largest || count == 1 {
        largest = max(largest, distance)
        position = index
      }
    }
    relative = (squares.difference / max(squares.reference, .leastNonzeroMagnitude)).squareRoot()
    worst = Tensor.place(of: position, in: a.shape)
  }
}
