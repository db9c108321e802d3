public import Architectures
import GraphRuntime
import TensorData
import TensorGraph

/// A model compared with what the original framework computed.
public struct GoldenReport: Sendable {
  /// Each recorded output that the model has.
  public let outputs: [OutputComparison]
  /// The recorded ids of greedy generation compared with the model's, or nil if none were recorded.
  public let generation: GenerationComparison?
  /// Recorded members that were not compared; with one of them nothing is decided.
  public let notCompared: [UncomparedMember]
  /// Recorded members that were compared with what the model calls otherwise.
  public let renamed: [RecordedNames.Match]
  /// What the user chose to pass.
  public let tolerance: Tolerance
  /// Every stored tensor of the model with values that are not finite.
  public let nonFinite: [NonFiniteFinding]
  /// Every node compared with its sketch, or nil if the golden has none.
  public internal(set) var sketches: SketchReport?
  /// The parts of the model between recorded outputs that are wrong by themselves; empty if none is, or with sketches.
  public internal(set) var suspects: [SuspectSection] = []

  /// How it ended.
  public var verdict: Verdict {
    .combined(
      outputs.map(\.verdict) + nonFinite.map(\.verdict) + [generation?.verdict, sketches?.verdict].compactMap { $0 }
        + notCompared.map { _ in .inconclusive })
  }
}

/// A member of a golden that was not compared.
public struct UncomparedMember: Sendable, Hashable {
  /// The name of the member.
  public let name: String
  /// Why, a sentence without its subject.
  public let reason: String
}

/// Checks a model against a golden file.
public enum GoldenCheck {
  /// Runs the model on the recorded inputs in both precisions and compares every recorded output that it has.
  ///
  /// The float64 run is the truth and the float32 run measures the noise; a recorded float64 output must agree with the
  /// truth to 1e-12 of the largest value.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - golden: the recorded values.
  ///   - tolerance: what passes.
  ///   - threads: how many threads may work.
  ///   - isNonFiniteAllowed: whether a stored tensor may hold values that are not finite, if the recorded model had them.
  /// - Returns: the report.
  /// - Throws: what running the model throws; a recorded output of another shape than the model's.
  public static func run(
    _ model: MappedModel, _ golden: GoldenFile, tolerance: Tolerance = Tolerance(), threads: Int? = nil,
    isNonFiniteAllowed: (String) -> Bool = { _ in false }
  ) throws -> GoldenReport {
    let weights = try golden.record.map { try DigestDiagnosis(model, $0.weights) }
    let nonFinite = try NonFiniteFinding.all(in: model, isAllowed: isNonFiniteAllowed) { names in
      weights.map { weights in names.allSatisfy(weights.agrees) ? .alike : .different } ?? .alike
    }
    let chosen = tolerance
    var tolerance = tolerance
    tolerance.allowsNonFinite = nonFinite.contains(where: \.isAllowed)
    let graph = try model.graph()
    let runs = try ModelRuns(graph, model, threads: threads)
    let members = try GoldenMembers(golden, graph)
    let (inputs, recordedOutputs) = (members.inputs, members.outputs)
    let names = recordedOutputs.keys.filter { graph.output($0) != nil }.sorted()
    try tolerance.check(against: names.compactMap(graph.output), nodes: golden.record?.nodes ?? [])

    // Where the model's weights are those of the golden, rounded, the budget is that of the cast.
    let isCast = weights.map { !$0.rounded.isEmpty } ?? false
    let others = try (0..<(isCast ? ModelRuns.roundings : 0)).map { index in
      try GraphExecutor(
        graph, parameters: RerolledRounding(model: model, types: weights?.rounded ?? [:], seed: UInt64(index)),
        precision: .f32, threads: threads)
    }
    let moved = try others.map { try $0.run(inputs: inputs, outputs: names) }
    let taps = try OutputTap.withNoise([try runs.taps(inputs, names)])[0].map { tap in
      var tap = tap
      for values in moved.compactMap({ $0[tap.output.name] }) {
        tap.noise = max(tap.noise, try tap.distance(to: values))
      }
      return tap
    }
    let coarse = try coarseRuns(model, runs, golden, inputs, names, threads: threads)
    var outputs: [OutputComparison] = []
    for tap in taps {
      guard let recorded = recordedOutputs[tap.output.name] else { continue }
      let shape =
        tap.output.layer == nil ? tap.truth.shape : [taps.count { $0.output.name == tap.output.name }] + tap.truth.shape
      guard recorded.shape == shape else {
        throw ParityError(
          "out_\(tap.output.name) is recorded with the shape \(recorded.shape), the model gives \(shape)")
      }
      outputs.append(
        try tap.compared(
          with: recorded, tolerance: tolerance, isFloat64: recorded.dtype == .f64 && !isCast,
          coarse: coarse[tap.output.name]))
    }
    let generation = try recordedOutputs[GoldenMembers.generated].map {
      try GenerationComparison(model, inputs: inputs, recorded: $0, threads: threads)
    }
    var report = GoldenReport(
      outputs: outputs, generation: generation, notCompared: members.notCompared, renamed: members.renamed,
      tolerance: chosen, nonFinite: nonFinite)
    if let record = golden.record, let weights {
      report.sketches = try SketchCheck(model, runs, record, tolerance, weights, others: others).run(inputs)
    } else if outputs.contains(where: { $0.verdict == .fail }) {
      report.suspects = try SuspectSearch(model, inputs: inputs, recorded: recordedOutputs, threads: threads).sections()
    }
    return report
  }

  /// What a run gives that computes in the type of a recorded output, for each output that is narrower than float32.
  private static func coarseRuns(
    _ model: MappedModel, _ runs: ModelRuns, _ golden: GoldenFile, _ inputs: [String: Tensor], _ names: [String],
    threads: Int?
  ) throws -> [String: Tensor] {
    var values: [String: Tensor] = [:]
    for type in [DType.f16, .bf16] {
      let own = names.filter { golden.outputs[$0]?.dtype == type }
      guard !own.isEmpty else { continue }
      let executor = try GraphExecutor(
        runs.graph, parameters: RoundedTo(model, type), precision: .f32, threads: threads)
      let found = try executor.run(
        inputs: inputs, outputs: own, perturbation: RoundingPerturbation(roundingTo: type))
      values.merge(found) { $1 }
    }
    return values
  }
}
