import Architectures
import GraphRuntime
import TensorData
import TensorGraph

/// The reference side of a comparison of outputs, run once: any number of models can then be judged by it.
struct OutputGate {
  /// One batch and what the reference makes of it.
  struct Reference {
    let batch: SeededInputs.Batch
    /// The inputs that the reference's graph has.
    let inputs: [String: Tensor]
    /// Each output, the layers of a stack one by one.
    fileprivate(set) var taps: [Tap]
  }

  /// One output of the reference, or one layer of a stacked one.
  struct Tap {
    let name: String
    /// The output and, of a stack, the layer.
    let output: (name: String, layer: Int?)
    /// The float64 values.
    let truth: Tensor
    /// For each element whether it counts; nil for all.
    let counts: [Bool]?
    let measurement: NoiseFloor.Measurement
    /// The rounding error of float32 to reckon with.
    fileprivate(set) var noise = 0.0

    /// This tap's part of an output.
    func slice(_ tensor: Tensor) -> Tensor { output.layer.map { tensor.selecting($0, onAxis: 0) } ?? tensor }
  }

  let graph: Graph
  let references: [Reference]
  let tolerance: Tolerance
  let threads: Int?

  /// Runs the reference in both precisions.
  ///
  /// - Parameters:
  ///   - graph: its graph.
  ///   - parameters: its parameters.
  ///   - batches: the inputs.
  ///   - tolerance: what passes.
  ///   - threads: how many threads may work.
  /// - Throws: what running throws.
  init(
    _ graph: Graph, _ parameters: any ParameterSource, batches: [SeededInputs.Batch], tolerance: Tolerance,
    threads: Int?
  ) throws {
    self.graph = graph
    self.tolerance = tolerance
    self.threads = threads
    let runs = try ModelRuns(graph, parameters, threads: threads)
    let names = OutputGate.names(graph)
    var references: [Reference] = try batches.map { batch in
      let inputs = batch.inputs.filter { name, _ in graph.inputs.contains { $0.name == name } }
      let truth = try runs.oracle.run(inputs: inputs, outputs: names)
      let rounded = try runs.fast.run(inputs: inputs, outputs: names)
      let taps = try names.flatMap { name -> [Tap] in
        guard let output = graph.output(name), let x = truth[name], let y = rounded[name] else { return [] }
        return try OutputGate.taps(output, x, y, inputs)
      }
      return Reference(batch: batch, inputs: inputs, taps: taps)
    }
    let floor = NoiseFloor(
      references.map { Dictionary(uniqueKeysWithValues: $0.taps.map { ($0.name, $0.measurement) }) })
    for batch in references.indices {
      for tap in references[batch].taps.indices {
        references[batch].taps[tap].noise = floor.noise(of: references[batch].taps[tap].name, inBatch: batch)
      }
    }
    self.references = references
  }

  private static func taps(
    _ output: GraphOutput, _ truth: Tensor, _ rounded: Tensor, _ inputs: [String: Tensor]
  ) throws -> [Tap] {
    let layers: [Int?] = output.isStacked ? (0..<truth.shape[0]).map { $0 } : [nil]
    return try layers.map { layer in
      func slice(_ tensor: Tensor) -> Tensor { layer.map { tensor.selecting($0, onAxis: 0) } ?? tensor }
      let counts = try CountedPositions.of(axes: output.values[0].axes, shape: slice(truth).shape, inputs: inputs)
      return Tap(
        name: layer.map { "\(output.name)[\($0)]" } ?? output.name, output: (output.name, layer), truth: slice(truth),
        counts: counts,
        measurement: try NoiseFloor.Measurement(
          axes: output.values[0].axes, truth: slice(truth), rounded: slice(rounded), counts: counts))
    }
  }

  /// The outputs that can be compared: all but the loss, for which there are no labels.
  static func names(_ graph: Graph) -> [String] { graph.outputs.map(\.name).filter { $0 != "loss" } }

  /// Outputs that only one of the two graphs has.
  func notCompared(_ other: Graph) -> [String] {
    Set(OutputGate.names(graph)).symmetricDifference(OutputGate.names(other)).sorted()
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
    let judged = try GraphExecutor(other, parameters: parameters, precision: precision, threads: threads)
    let names = OutputGate.names(graph).filter { other.output($0) != nil }
    var runs: [ParityReport.Run] = []
    for reference in references {
      let found = try judged.run(inputs: changing(reference.inputs), outputs: names)
      let outputs = try reference.taps.compactMap { tap in
        try found[tap.output.name].map { try compare(tap, $0, isFloat64: precision == .f64) }
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

  private func compare(_ tap: Tap, _ found: Tensor, isFloat64: Bool) throws -> OutputComparison {
    if let layer = tap.output.layer, layer >= found.shape[0] {
      throw ParityError("\(tap.output.name) has only \(found.shape[0]) layers in the second model")
    }
    let value = tap.slice(found)
    guard value.shape == tap.truth.shape else {
      throw ParityError("\(tap.name) has the shape \(tap.truth.shape) in one model and \(value.shape) in the other")
    }
    return try OutputComparison(
      tap.name, truth: tap.truth, found: value, counts: tap.counts, noise: isFloat64 ? nil : tap.noise,
      measured: isFloat64 ? nil : tap.measurement.noise, tolerance: tolerance, isFloat64: isFloat64)
  }
}
