import Architectures
import GraphRuntime
import TensorData
import TensorGraph

/// The reference side of a comparison of outputs, run once: any number of models can then be judged by it.
struct OutputGate {
  /// One batch and what the reference makes of it.
  struct Reference {
    let batch: SeededInputs.Batch
    /// The inputs of the batch.
    let inputs: [String: Tensor]
    /// Each output, the layers of a stack one by one.
    let taps: [OutputTap]
  }

  let graph: Graph
  /// Outputs that are not compared.
  let excluded: Set<String>
  let references: [Reference]
  let tolerance: Tolerance
  let threads: Int?

  /// Runs the reference in both precisions.
  ///
  /// - Parameters:
  ///   - graph: its graph.
  ///   - parameters: its parameters.
  ///   - batches: the inputs.
  ///   - excluded: outputs that are not compared.
  ///   - tolerance: what passes.
  ///   - threads: how many threads may work.
  /// - Throws: what running throws.
  init(
    _ graph: Graph, _ parameters: any ParameterSource, batches: [SeededInputs.Batch], except excluded: Set<String> = [],
    tolerance: Tolerance, threads: Int?
  ) throws {
    self.excluded = excluded
    self.graph = graph
    self.tolerance = tolerance
    self.threads = threads
    try tolerance.check(against: OutputGate.outputs(graph, batches))
    let taps = try batches.map { batch in
      let runs = try ModelRuns(batch.scoped(graph), parameters, threads: threads)
      return try runs.taps(
        batch.inputs, runs.graph.comparable(on: batch.inputs).map(\.name).filter { !excluded.contains($0) })
    }
    references = zip(batches, OutputTap.withNoise(taps)).map { Reference(batch: $0, inputs: $0.inputs, taps: $1) }
  }

  /// The outputs that are compared on some of the batches.
  static func outputs(_ graph: Graph, _ batches: [SeededInputs.Batch]) -> [GraphOutput] {
    let names = Set(batches.flatMap { $0.scoped(graph).comparable(on: $0.inputs).map(\.name) })
    return graph.outputs.filter { names.contains($0.name) }
  }

  /// The outputs that are compared.
  var outputs: [GraphOutput] { OutputGate.outputs(graph, references.map(\.batch)) }

  /// Outputs that only one of the two graphs has.
  func notCompared(_ other: Graph) -> [String] {
    let others = OutputGate.outputs(other, references.map(\.batch)).map(\.name)
    return Set(outputs.map(\.name)).symmetricDifference(others).subtracting(excluded).sorted()
  }

  /// Runs another model and compares what it computes with the truth.
  ///
  /// - Parameters:
  ///   - other: the graph of the judged model.
  ///   - parameters: its parameters.
  ///   - precision: the arithmetic of the judged run: float32 is judged by the measured noise, float64 by its own.
  ///   - stopsAtFailure: whether the batches after one that fails are left out.
  ///   - changing: changes the inputs that the judged model gets; the identity but for injected faults.
  /// - Returns: every batch.
  /// - Throws: what running throws; an output of another shape than the reference's.
  func judge(
    _ other: Graph, _ parameters: any ParameterSource, precision: Precision = .f32, stopsAtFailure: Bool = false,
    changing: ([String: Tensor]) throws -> [String: Tensor] = { $0 }
  ) throws -> [ParityReport.Run] {
    var runs: [ParityReport.Run] = []
    for reference in references {
      let scoped = reference.batch.scoped(other)
      let judged = try GraphExecutor(scoped, parameters: parameters, precision: precision, threads: threads)
      let names = Set(reference.taps.map(\.output.name)).filter { scoped.output($0) != nil }.sorted()
      let found = try judged.run(inputs: changing(reference.inputs), outputs: names)
      let outputs = try reference.taps.compactMap { tap in
        try found[tap.output.name].map {
          try tap.compared(with: $0, tolerance: tolerance, isFloat64: precision == .f64)
        }
      }
      let label = precision == .f64 ? "\(reference.batch.name), both in float64" : reference.batch.name
      runs.append(ParityReport.Run(batch: label, outputs: outputs))
      if stopsAtFailure, outputs.contains(where: { $0.verdict == .fail }) { break }
    }
    return runs
  }

  /// Whether another graph computes another function, decided in float64, where rounding hides nothing.
  ///
  /// Two graphs that read the same, on parameters that are bit-equal, need no run. Two that differ (another epsilon,
  /// another activation) may differ by less than float32 shows.
  ///
  /// - Parameters:
  ///   - other: the graph of the judged model.
  ///   - parameters: its parameters.
  ///   - changing: changes the inputs that the judged model gets.
  /// - Returns: whether an output differs, or nil if the graphs are the same.
  /// - Throws: what running throws.
  func computesOtherFunction(
    _ other: Graph, _ parameters: any ParameterSource,
    changing: ([String: Tensor]) throws -> [String: Tensor] = { $0 }
  ) throws -> Bool? {
    guard other.description != graph.description else { return nil }
    return try judge(other, parameters, precision: .f64, stopsAtFailure: true, changing: changing)
      .flatMap(\.outputs).contains { $0.verdict == .fail }
  }
}

extension Graph {
  /// The outputs that must be compared on these inputs: all of them, but a loss only where it has its labels.
  func comparable(on inputs: [String: Tensor]) -> [GraphOutput] {
    outputs.filter { $0.role != .loss || inputsLacking(for: $0, given: Set(inputs.keys)).isEmpty }
  }
}
