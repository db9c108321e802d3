import Architectures
import GraphRuntime
import TensorData
import TensorGraph

/// Runs one graph on one source of parameters in both precisions.
struct ModelRuns {
  let graph: Graph
  let oracle: GraphExecutor
  let fast: GraphExecutor

  init(_ graph: Graph, _ parameters: any ParameterSource, threads: Int?) throws {
    self.graph = graph
    oracle = try GraphExecutor(graph, parameters: parameters, precision: .f64, threads: threads)
    fast = try GraphExecutor(graph, parameters: parameters, precision: .f32, threads: threads)
  }

  /// The largest difference between a float32 and a float64 value that count; infinite if float32 leaves its range where
  /// the truth is finite.
  static func noise(_ truth: Tensor, _ rounded: Tensor, counts: [Bool]?) throws -> Double {
    let a = try truth.doubles()
    let b = try rounded.doubles()
    var noise = 0.0
    for index in a.indices where a[index].isFinite && counts?[index] ?? true {
      guard b[index].isFinite else { return .infinity }
      noise = max(noise, abs(a[index] - b[index]))
    }
    return noise
  }
}
