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
}
