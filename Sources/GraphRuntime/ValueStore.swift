import TensorData
import TensorGraph

/// The values of a run: each is let go of after the last node that reads it, unless it is kept.
struct ValueStore {
  private let graph: Graph
  private var values: [Int: Tensor] = [:]
  /// For each node the values that nobody reads after it.
  private var lastReads: [Int: [Int]] = [:]

  /// Plans when values can go.
  ///
  /// - Parameters:
  ///   - graph: the graph.
  ///   - order: the nodes that will run, in order.
  ///   - kept: the nodes whose values stay.
  init(graph: Graph, order: [Int], kept: [Int]) {
    self.graph = graph
    let kept = Set(kept)
    var last: [Int: Int] = [:]
    for node in order {
      last[node] = node
      for input in graph.nodes[node].inputs { last[input.node] = node }
    }
    for (value, node) in last where !kept.contains(value) { lastReads[node, default: []].append(value) }
  }

  /// The value of a node, nil if it is not known.
  subscript(node: Int) -> Tensor? {
    get { values[node] }
    set { values[node] = newValue }
  }

  /// The value of a node that has run.
  func value(of node: Int) -> Tensor {
    guard let value = values[node] else { preconditionFailure("\(graph.nodes[node].name) has not been computed") }
    return value
  }

  /// Lets go of what nobody reads after this node.
  mutating func release(after node: Int) {
    for value in lastReads[node] ?? [] { values[value] = nil }
  }

  /// The tensor of an output.
  func output(_ output: GraphOutput) -> Tensor {
    let layers = output.values.map { value(of: $0.node) }
    guard output.isStacked, let first = layers.first else { return layers[0] }
    return Tensor(dtype: first.dtype, shape: [layers.count] + first.shape) { bytes in
      for (index, layer) in layers.enumerated() {
        let place = UnsafeMutableRawBufferPointer(rebasing: bytes[(index * layer.byteCount)...])
        layer.withUnsafeBytes { place.copyMemory(from: $0) }
      }
    }
  }
}
