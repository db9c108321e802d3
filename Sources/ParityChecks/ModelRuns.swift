import Architectures
import GraphRuntime
import TensorData
import TensorGraph

/// Runs one graph on one source of parameters in both precisions.
struct ModelRuns {
  let graph: Graph
  let oracle: GraphExecutor
  let fast: GraphExecutor

  /// How many outcomes of float32 rounding the noise is taken from: the run as it is, and runs that round at random.
  static let roundings = 4

  init(_ graph: Graph, _ parameters: any ParameterSource, threads: Int?) throws {
    self.graph = graph
    oracle = try GraphExecutor(graph, parameters: parameters, precision: .f64, threads: threads)
    fast = try GraphExecutor(graph, parameters: parameters, precision: .f32, threads: threads)
  }

  /// Runs one batch in float64 and several times in float32.
  ///
  /// - Parameters:
  ///   - inputs: the inputs of the batch.
  ///   - outputs: the names of the outputs to compute.
  /// - Returns: each output, the layers of a stack one by one, without its noise.
  /// - Throws: what running throws.
  func taps(_ inputs: [String: Tensor], _ outputs: [String]) throws -> [OutputTap] {
    guard !outputs.isEmpty else { return [] }
    let truth = try oracle.run(inputs: inputs, outputs: outputs)
    let rounded = try (0..<ModelRuns.roundings).map { index in
      let perturbation = index == 0 ? nil : RoundingPerturbation(seed: UInt32(index))
      return try fast.run(inputs: inputs, outputs: outputs, perturbation: perturbation)
    }
    return try outputs.flatMap { name -> [OutputTap] in
      guard let output = graph.output(name), let exact = truth[name] else { return [] }
      return try OutputTap.all(
        of: output, truth: exact, rounded: rounded.compactMap { $0[name] }, graph: graph, inputs: inputs)
    }
  }

  /// The largest difference between a float32 and a float64 value that count; infinite if float32 leaves its range where
  /// the truth is finite.
  static func noise(_ truth: Tensor, _ rounded: Tensor, counts: [Bool]?) throws -> Double {
    noise(try truth.doubles(), try rounded.doubles(), counts: counts)
  }

  /// The same of values in memory.
  static func noise(_ truth: [Double], _ rounded: [Double], counts: [Bool]?) -> Double {
    var noise = 0.0
    for index in truth.indices where truth[index].isFinite && counts?[index] ?? true {
      guard rounded[index].isFinite else { return .infinity }
      noise = max(noise, abs(truth[index] - rounded[index]))
    }
    return noise
  }
}
