import TensorGraph

/// What is the same for all nodes of an executor: one object, so that what is told of a node stays small.
final class NodeEnvironment: Sendable {
  let graph: Graph
  let parameters: any ParameterSource
  /// Where the memory of float32 results comes from.
  let arena = ActivationArena()
  /// Who multiplies float32 matrices.
  let products: ProductLibrary
  /// How many threads may work.
  let threads: Int

  init(graph: Graph, parameters: any ParameterSource, products: ProductLibrary, threads: Int) {
    self.graph = graph
    self.parameters = parameters
    self.products = products
    self.threads = threads
  }
}
