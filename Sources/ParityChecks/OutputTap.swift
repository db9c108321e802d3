import TensorData
import TensorGraph

/// One output of a reference, or one layer of a stacked one, with what it is judged by.
struct OutputTap {
  /// The name of the output, with the layer of a stack in brackets.
  let name: String
  /// The output and, of a stack, the layer.
  let output: (name: String, layer: Int?)
  /// The float64 values.
  let truth: Tensor
  /// For each element whether it counts; nil for all.
  let counts: [Bool]?
  let measurement: NoiseFloor.Measurement
  /// The rounding error of float32 to reckon with.
  var noise = 0.0

  /// What one batch gives for an output, the layers of a stack one by one.
  ///
  /// - Parameters:
  ///   - output: the output.
  ///   - truth: its float64 values.
  ///   - rounded: its float32 values in each of several runs.
  ///   - graph: the graph that it is an output of.
  ///   - inputs: the inputs of the batch.
  /// - Returns: one tap, or one for each layer, whose noise is not known yet.
  /// - Throws: `CastError` if values are no numbers.
  static func all(
    of output: GraphOutput, truth: Tensor, rounded: [Tensor], graph: Graph, inputs: [String: Tensor]
  ) throws -> [OutputTap] {
    let axes = output.values[0].axes
    let layers: [Int?] = output.isStacked ? (0..<truth.shape[0]).map { $0 } : [nil]
    return try layers.map { layer in
      let exact = slice(truth, layer)
      let counts = try CountedPositions.of(axes: axes, shape: exact.shape, graph: graph, inputs: inputs)
      return OutputTap(
        name: layer.map { "\(output.name)[\($0)]" } ?? output.name, output: (output.name, layer), truth: exact,
        counts: counts,
        measurement: try NoiseFloor.Measurement(
          axes: axes, callerAxes: graph.callerAxes, truth: exact, rounded: rounded.map { slice($0, layer) },
          counts: counts))
    }
  }

  /// The taps of all batches with the noise to reckon with, which takes all of them to know.
  static func withNoise(_ batches: [[OutputTap]]) -> [[OutputTap]] {
    let floor = NoiseFloor(batches.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.name, $0.measurement) }) })
    return batches.enumerated().map { batch, taps in
      taps.map { tap in
        var tap = tap
        tap.noise = floor.noise(of: tap.name, inBatch: batch)
        return tap
      }
    }
  }

  /// Compares what another model or framework computed for the whole output.
  ///
  /// - Parameters:
  ///   - found: the values of the output, all layers of a stack.
  ///   - tolerance: what passes.
  ///   - isFloat64: whether they were computed in float64; if not, the noise decides.
  ///   - coarse: what a run gives that computes in the type of the found values, which is narrower than float32; or nil.
  /// - Returns: the comparison.
  /// - Throws: `ParityError` if the shapes differ.
  func compared(
    with found: Tensor, tolerance: Tolerance, isFloat64: Bool, coarse: Tensor? = nil
  ) throws -> OutputComparison {
    if let layer = output.layer, layer >= found.shape.first ?? 0 {
      throw ParityError("\(output.name) has only \(found.shape.first ?? 0) layers in the second model")
    }
    let value = OutputTap.slice(found, output.layer)
    guard value.shape == truth.shape else {
      throw ParityError("\(name) has the shape \(truth.shape) in one model and \(value.shape) in the other")
    }
    return try OutputComparison(
      name, truth: truth, found: value, counts: counts, noise: isFloat64 ? nil : noise,
      measured: isFloat64 ? nil : measurement.plain, tolerance: tolerance, isFloat64: isFloat64,
      recorded: try coarse.map { (found.dtype, try distance(to: $0)) })
  }

  /// The largest distance of other values of the whole output from the truth.
  ///
  /// - Parameter other: the values, all layers of a stack.
  /// - Returns: the distance; infinite where the truth is finite and they are not.
  /// - Throws: `CastError` if the values are no numbers.
  func distance(to other: Tensor) throws -> Double {
    try ModelRuns.noise(truth, OutputTap.slice(other, output.layer), counts: counts)
  }

  private static func slice(_ tensor: Tensor, _ layer: Int?) -> Tensor {
    layer.map { tensor.selecting($0, onAxis: 0) } ?? tensor
  }
}
