public import Architectures
import GraphRuntime
public import TensorData
import TensorGraph
import WeightFiles

/// One side of a comparison: a source of tensors, and what the user says about it.
public struct ParitySide: Sendable {
  /// What the user called it.
  public let name: String
  /// Its tensors.
  public let source: any TensorSource
  /// Its configuration and what the user says.
  public var request: MappingRequest

  /// Takes the three fields.
  public init(name: String, source: any TensorSource, request: MappingRequest) {
    self.name = name
    self.source = source
    self.request = request
  }
}

/// What a comparison shall do.
public struct ParityOptions: Sendable {
  /// Whether only the weights are compared.
  public var weightsOnly = false
  /// Whether it passes that the layout of one model has no place for parameters of the other, and so for what is computed
  /// from them.
  public var allowsLoss = false
  /// Inputs to run on; if nil, they follow from the seed.
  public var inputs: [SeededInputs.Batch]?
  /// The seed of the inputs.
  public var seed: UInt64 = 1
  /// What passes.
  public var tolerance = Tolerance()
  /// How many threads may work; nil for all.
  public var threads: Int?
  /// Whether a stored tensor of that name may hold values that are not finite, if both models have the same.
  public var isNonFiniteAllowed: @Sendable (String) -> Bool = { _ in false }
  /// Whether finite values of the first model may be infinite in the second, if that is what rounding makes of them.
  public var allowsOverflow = false

  /// Everything, on seeded inputs, judged by measured noise.
  public init() {}

  /// The inputs to run on: those that the user gave, under the names of the graph and held to what they mean, or
  /// seeded ones.
  func batches(for graph: Graph) throws -> [SeededInputs.Batch] {
    guard let inputs else { return SeededInputs.batches(for: graph, seed: seed) }
    return try inputs.map { batch in
      let known = RecordedNames.inputs(batch.inputs, of: graph).inputs
      try GivenInputs.check(known, for: graph)
      return SeededInputs.Batch(name: batch.name, inputs: known)
    }
  }
}

/// What a comparison of two models found.
public struct ParityReport: Sendable {
  /// One batch of inputs and what both models made of it.
  public struct Run: Sendable {
    /// What the batch tries.
    public let batch: String
    /// Each output; the layers of a stack one by one.
    public let outputs: [OutputComparison]
  }

  /// The names of both sides.
  public let names: (first: String, second: String)
  /// `bert.hf`, or nil where there is no common graph.
  public let layouts: (first: String?, second: String?)
  /// Every parameter.
  public let weights: [WeightFinding]
  /// Every stored tensor with values that are not finite.
  public let nonFinite: [NonFiniteFinding]
  /// Every batch that was run; empty if none was.
  public let runs: [Run]
  /// The inputs of each batch.
  public let inputs: [SeededInputs.Batch]
  /// Outputs that only one of the models has.
  public let notCompared: [String]
  /// What the inputs read of the model's tables, or nil if nothing was run.
  public let coverage: InputCoverage?
  /// Outputs that need what the layout of one model has no place for; they were not compared.
  public let unheldOutputs: [UnheldOutput]
  /// Why outputs were not compared, or nil.
  public let skipped: String?
  /// What a user should know.
  public let notes: [String]
  /// Settings that decide what is computed and that nothing decides, a sentence each.
  public let undecided: [String]
  /// Whether outputs were to be compared.
  public let options: ParityOptions
  /// Where the models part, if they were run and do.
  public internal(set) var blame: BlameReport?
  /// The command that makes the second model anew from the first, or nil if there is none.
  public internal(set) var again: String?

  /// How it ended.
  public var verdict: Verdict {
    // What a layout has no place for was not compared: no agreement, unless the user declared the loss.
    let unheld: Verdict = options.allowsLoss ? .pass : .inconclusive
    var verdicts: [Verdict] = weights.map { $0.isUnheld ? unheld : $0.agrees ? .pass : .fail }
    if !weights.contains(where: { !$0.isUnheld }) { verdicts.append(.inconclusive) }
    verdicts += unheldOutputs.map { $0.isInBoth ? .inconclusive : unheld }
    verdicts += nonFinite.map(\.verdict)
    verdicts += runs.flatMap(\.outputs).map(\.verdict)
    if !notCompared.isEmpty { verdicts.append(.fail) }
    if !undecided.isEmpty { verdicts.append(.inconclusive) }
    if !options.weightsOnly, runs.isEmpty { verdicts.append(.inconclusive) }
    return .combined(verdicts)
  }
}

/// Compares two models: first every weight, then what they compute.
public enum ParityCheck {
  /// Compares two models.
  ///
  /// - Parameters:
  ///   - first: the model that is taken to be right.
  ///   - second: the model that is judged.
  ///   - options: what to do.
  /// - Returns: the report.
  /// - Throws: what mapping, reading or running throws. Models of an unknown architecture are compared by name.
  public static func compare(
    _ first: ParitySide, _ second: ParitySide, options: ParityOptions = ParityOptions()
  ) throws -> ParityReport {
    let a: MappedModel
    do {
      a = try first.mapped()
    } catch let error as LayoutError where error.kind == .unmapped {
      return try compareByName(first, second, options, because: error)
    }
    var judged = second
    judged.request.fallback = a.values
    let b = try judged.mapped()
    guard a.architecture.name == b.architecture.name else {
      throw ParityError(
        "\(first.name) is a \(a.architecture.name) model and \(second.name) a \(b.architecture.name) model: nothing can be compared"
      )
    }
    let scans = (first: FiniteScan(a.source), second: FiniteScan(b.source))
    let weights = try WeightComparison.compare(a, b, scans: scans, allowsOverflow: options.allowsOverflow)
    try scans.first.finish()
    try scans.second.finish()
    let nonFinite = try NonFinitePairs(scans: scans, isAllowed: options.isNonFiniteAllowed).findings(a, b, weights)
    let ties = TieDifference.all(a, b, weights)
    let apart = Set(ties.filter(\.hasSameValues).map(\.setting))
    let missing = (a.missing + b.missing).first
    let graphs: (first: Graph, second: Graph)? =
      options.weightsOnly || missing != nil
      ? nil : try (first.graph(of: a, untying: apart), second.graph(of: b, untying: apart))
    var notes = (a.notes + b.notes).uniqued() + differences(a, b, apart, first.name, second.name)
    let isSameFunction = graphs.map { $0.first.description == $0.second.description } ?? false
    notes += ties.map { $0.sentence((first.name, second.name), isSameFunction: isSameFunction) }
    notes += [(a, first.name), (b, second.name)].compactMap { model, name in constants(of: model, called: name) }
    notes += [(a, first.name), (b, second.name)].compactMap { model, name in leftOut(of: model, called: name) }
    var runs: [ParityReport.Run] = []
    var notCompared: [String] = []
    let unheldOutputs = graphs.map { UnheldOutput.all($0.first, $0.second, weights) } ?? []
    var batches: [SeededInputs.Batch] = []
    var skipped: String?
    if let missing {
      skipped = "no outputs were compared: \(missing) is missing"
    } else if let graphs {
      batches = try options.batches(for: graphs.first)
      try options.tolerance.check(
        against: OutputGate.outputs(graphs.first, batches).filter { graphs.second.output($0.name) != nil })
      do {
        var options = options
        options.tolerance.allowsNonFinite =
          nonFinite.contains(where: \.isAllowed) || options.allowsOverflow && weights.contains { $0.overflows }
        (runs, notCompared) = try self.runs(
          a, b, graphs, weights, batches, except: Set(unheldOutputs.map(\.name)), options)
      } catch  where weights.contains(where: { !$0.hasCounterpart }) {
        // Models of other sizes or parts need not take the same inputs; the weights have failed already.
        skipped = "no outputs were compared: \(error)"
      }
    }
    var report = ParityReport(
      names: (first.name, second.name),
      layouts: ("\(a.architecture.name).\(a.layout.name)", "\(b.architecture.name).\(b.layout.name)"),
      weights: weights, nonFinite: nonFinite, runs: runs, inputs: batches, notCompared: notCompared,
      coverage: runs.isEmpty ? nil : try InputCoverage(a.graph(), batches), unheldOutputs: unheldOutputs,
      skipped: skipped, notes: notes,
      undecided: options.weightsOnly
        ? [] : try UndecidedSettings.sentences(a, b, names: (first.name, second.name)), options: options)
    if report.verdict == .fail { report.blame = try blame(a, b, report) }
    if let format = (second.source as? Checkpoint)?.format, format.isWritten {
      report.again = "tfconv convert \(first.name) -o NEW\(format.fileExtension) --to \(format.name):\(b.layout.name)"
    }
    return report
  }

  /// Where two models part, looked for on the first inputs that show it; nil if nothing was run.
  private static func blame(_ a: MappedModel, _ b: MappedModel, _ report: ParityReport) throws -> BlameReport? {
    let failed = report.runs.firstIndex { $0.outputs.contains { $0.verdict == .fail } } ?? 0
    guard !report.inputs.isEmpty, report.runs.indices.contains(failed) else { return nil }
    let batch = report.inputs[failed % report.inputs.count]
    let graph = try batch.scoped(b.graph())
    let outputs = try batch.scoped(a.graph()).outputs.filter { $0.role != .loss && graph.output($0.name) != nil }
      .map(\.name)
    let truth = RoundedParameters(a, report.weights)
    return try Blame(
      a, b, truth: truth, weights: report.weights, threads: report.options.threads, firstStates: batch.firstStates
    )
    .find(batch, outputs: outputs)
  }

  /// What decides the computation and is not the same on both sides, a sentence each.
  private static func differences(
    _ a: MappedModel, _ b: MappedModel, _ apart: Set<String>, _ first: String, _ second: String
  ) -> [String] {
    a.architecture.functionNames.subtracting(apart).sorted().compactMap { name in
      guard let x = a.values.entries[name], let y = b.values.entries[name], !x.value.means(y.value) else { return nil }
      return "\(name) is \(x.value) in \(first) (\(x.origin)) and \(y.value) in \(second) (\(y.origin))"
    }
  }

  /// What the user allowed to be left out of a comparison, in a sentence; nil if there is nothing.
  private static func leftOut(of model: MappedModel, called name: String) -> String? {
    let names = model.uses.compactMap { tensor, use in if case .unmapped = use { tensor.name } else { nil } }
    guard let example = names.first else { return nil }
    return names.count == 1
      ? "\(example) of \(name) was not compared, as allowed"
      : "\(names.count) tensors of \(name), such as \(example), were not compared, as allowed"
  }

  /// What a model leaves out because it is a constant, in a sentence; nil if it leaves nothing out.
  private static func constants(of model: MappedModel, called name: String) -> String? {
    guard let example = model.constants.keys.min() else { return nil }
    let settings = model.layout.absences.filter { model.values[$0] == .bool(false) }.sorted()
    return
      "\(name) leaves out \(model.constants.count) parameters, such as \(example), that are constants in the function "
      + "(\(settings.joined(separator: ", ")) is false)"
  }

  private static func compareByName(
    _ first: ParitySide, _ second: ParitySide, _ options: ParityOptions, because error: LayoutError
  ) throws -> ParityReport {
    let scans = (first: FiniteScan(first.source), second: FiniteScan(second.source))
    let weights = try WeightComparison.compareByName(
      first.source, second.source, scans: scans, allowsOverflow: options.allowsOverflow)
    try scans.first.finish()
    try scans.second.finish()
    return ParityReport(
      names: (first.name, second.name), layouts: (nil, nil), weights: weights,
      nonFinite: try NonFinitePairs(scans: scans, isAllowed: options.isNonFiniteAllowed).findings(
        first.source, second.source),
      runs: [], inputs: [], notCompared: [], coverage: nil, unheldOutputs: [],
      skipped: "no outputs were compared: \(error.message)",
      notes: [], undecided: [],
      options: options)
  }

  /// Runs both models and compares what they compute with the float64 oracle on the first.
  ///
  /// Where the second holds rounded weights, the oracle runs on the first with the same rounding, so that the budget is
  /// that of a float32 run and not that of the cast.
  private static func runs(
    _ a: MappedModel, _ b: MappedModel, _ graphs: (first: Graph, second: Graph), _ weights: [WeightFinding],
    _ batches: [SeededInputs.Batch], except excluded: Set<String>, _ options: ParityOptions
  ) throws -> (runs: [ParityReport.Run], notCompared: [String]) {
    let gate = try OutputGate(
      graphs.first, RoundedParameters(a, weights), batches: batches, except: excluded, tolerance: options.tolerance,
      threads: options.threads)
    let other = graphs.second
    var runs = try gate.judge(other, b)
    // Rounding in float32 may hide another epsilon or activation; float64 does not.
    if other.description != gate.graph.description { runs += try gate.judge(other, b, precision: .f64) }
    return (runs, gate.notCompared(other))
  }
}

extension ParitySide {
  /// The graph of the mapped side; an error names the side.
  fileprivate func graph(of model: MappedModel, untying ties: Set<String>) throws -> Graph {
    do { return try model.graph(untying: ties) } catch {
      throw LayoutError(error.kind, "\(name): \(error.message)", details: error.details, hint: error.hint)
    }
  }

  /// The side through its layout; an error names the side.
  fileprivate func mapped() throws -> MappedModel {
    do {
      return try ModelMapper.map(source, request)
    } catch var error as LayoutError {
      error.message = "\(name): \(error.message)"
      throw error
    }
  }
}

extension WeightFinding {
  /// Whether both sides have the parameter, in the same shape.
  fileprivate var hasCounterpart: Bool {
    switch relation {
    case .absent, .unheld, .shapes: false
    case .equal, .rounded, .overflowed, .differs: true
    }
  }

  /// Whether rounding made finite values infinite.
  fileprivate var overflows: Bool { loss.map { $0.overflowed > 0 } ?? false }
}

/// The parameters of a model, rounded where the other side of a comparison holds them rounded.
struct RoundedParameters: ParameterSource {
  private let model: MappedModel
  private let types: [String: DType]
  /// The parameters whose values beyond the range of the type are kept as they are.
  private let overflowed: Set<String>

  init(_ model: MappedModel, _ findings: [WeightFinding]) {
    self.model = model
    var types: [String: DType] = [:]
    var overflowed: Set<String> = []
    for finding in findings {
      switch finding.relation {
      case .rounded(_, let to): types[finding.name] = to
      case .overflowed(_, let to):
        types[finding.name] = to
        overflowed.insert(finding.name)
      case .equal, .differs, .absent, .unheld, .shapes: break
      }
    }
    self.types = types
    self.overflowed = overflowed
  }

  func parameter(named name: String) throws -> Tensor {
    let tensor = try model.parameter(named: name)
    guard let type = types[name] else { return tensor }
    let rounded = try Cast.convert(tensor, to: type)
    guard overflowed.contains(name) else { return rounded }
    let values = zip(try tensor.doubles(), try rounded.doubles()).map { $0.isFinite && !$1.isFinite ? $0 : $1 }
    return Tensor(dtype: .f64, shape: tensor.shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
  }
}
