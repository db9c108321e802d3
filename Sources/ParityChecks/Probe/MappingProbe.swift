public import Architectures
import TensorData

/// One pair of layouts on one synthetic model: written, converted there and back, and run.
public struct ProbeCase: Sendable {
  /// How it ended, if the model can be said in both layouts at all.
  public enum Outcome: Sendable {
    /// Both layouts can say the model: whether it came back bit for bit, and the worst output.
    case compared(parameters: Int, differing: [String], outputs: [OutputComparison])
    /// A layout has no place or no word for something of this model.
    case notRepresentable(String)
    /// Mapping or running failed where it should not.
    case failed(String)
  }

  /// What kind of model.
  public let variant: String
  /// How large its weights are.
  public let scale: Float
  /// How it ended.
  public let outcome: Outcome

  /// The verdict; nil if the pair of layouts cannot hold such a model.
  public var verdict: Verdict? {
    switch outcome {
    case .notRepresentable: nil
    case .failed: .fail
    case .compared(_, let differing, let outputs):
      differing.isEmpty ? .combined(outputs.map(\.verdict)) : .fail
    }
  }

  /// The output that is worst in units of its budget.
  public var worst: OutputComparison? {
    if case .compared(_, _, let outputs) = outcome { outputs.max { $0.ratio < $1.ratio } } else { nil }
  }
}

/// What a probe of one pair of layouts found.
public struct ProbeReport: Sendable {
  /// The architecture.
  public let architecture: String
  /// The layout that was written first.
  public let from: String
  /// The layout that it was converted to.
  public let to: String
  /// The seed of the models and inputs.
  public let seed: UInt64
  /// Each model at each scale.
  public let cases: [ProbeCase]

  /// Whether both layouts can hold at least one of the models.
  public var hasCommonModels: Bool { cases.contains { $0.verdict != nil } }

  /// How it ended: a pair that can hold none of the models proves nothing.
  public var verdict: Verdict { .combined(cases.compactMap(\.verdict)) }
}

/// Proves the mapping between two layouts on synthetic models, without any checkpoint.
public enum MappingProbe {
  /// Probes pairs of layouts.
  ///
  /// Each synthetic model is written in the first layout, converted to the second and back, and must come back bit for bit;
  /// what the converted model computes must agree with the original to within the measured noise.
  ///
  /// - Parameters:
  ///   - architecture: the architecture.
  ///   - pairs: the layouts, first and second.
  ///   - seed: the seed of weights and inputs.
  ///   - threads: how many threads may work.
  /// - Returns: a report for each pair.
  /// - Throws: `ParityError` if there are no synthetic models of the architecture; what the runtime throws.
  public static func run(
    _ architecture: any Architecture.Type, pairs: [(from: Layout, to: Layout)], seed: UInt64, threads: Int? = nil
  ) throws -> [ProbeReport] {
    var cases = [[ProbeCase]](repeating: [], count: pairs.count)
    for variant in try ProbeVariant.all(of: architecture) {
      for (index, scale) in SyntheticModel.scales.enumerated() {
        let synthetic = try SyntheticModel(variant, seed: seed &+ UInt64(index), scale: scale)
        let gate = try OutputGate(
          synthetic.model.graph(), synthetic.model,
          batches: SeededInputs.batches(for: synthetic.model.graph(), seed: seed), tolerance: Tolerance(),
          threads: threads)
        for (position, pair) in pairs.enumerated() {
          let outcome = outcome(synthetic, pair, gate)
          cases[position].append(ProbeCase(variant: variant.name, scale: scale, outcome: outcome))
        }
      }
    }
    return zip(pairs, cases).map { pair, cases in
      ProbeReport(
        architecture: architecture.name, from: pair.from.name, to: pair.to.name, seed: seed, cases: cases)
    }
  }

  /// Every ordered pair of different layouts of an architecture.
  public static func pairs(of architecture: any Architecture.Type) -> [(from: Layout, to: Layout)] {
    architecture.layouts.flatMap { from in
      architecture.layouts.filter { $0.name != from.name }.map { (from, $0) }
    }
  }

  private static func outcome(
    _ synthetic: SyntheticModel, _ pair: (from: Layout, to: Layout), _ gate: OutputGate
  ) -> ProbeCase.Outcome {
    do {
      let first = try synthetic.model.rewritten(in: pair.from)
      let second = try first.rewritten(in: pair.to)
      let model = synthetic.model
      for written in [first, second] {
        if let task = synthetic.lostTask(of: written) {
          return .notRepresentable("\(written.layout.name) has no word for the task \(task)")
        }
      }
      let back = try second.rewritten(in: pair.from)
      var differing = try WeightComparison.compare(model, second).filter { $0.relation != .equal }.map(\.name)
      differing += try changes(first, back)
      differing += gate.notCompared(try second.graph()).map { "output \($0)" }
      let outputs = try gate.judge(second.graph(), second).flatMap(\.outputs)
      return .compared(parameters: model.parameters.count, differing: differing, outputs: outputs)
    } catch let error as LayoutError where error.kind == .notRepresentable {
      return .notRepresentable(error.message)
    } catch {
      return .failed("\(error)")
    }
  }

  /// The stored tensors that did not come back as they were.
  private static func changes(_ first: MappedModel, _ back: MappedModel) throws -> [String] {
    guard first.source.tensors == back.source.tensors else { return ["the list of stored tensors"] }
    return try first.source.tensors.map(\.name).filter { name in
      try !first.source.tensor(named: name).isBitEqual(to: back.source.tensor(named: name))
    }
  }
}
