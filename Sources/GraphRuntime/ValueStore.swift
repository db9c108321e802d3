import TensorData
import TensorGraph

/// The values of a run.
struct ValueStore {
  private let graph: Graph
  private var values: [Tensor?]

  /// Starts without a value.
  init(graph: Graph) {
    self.graph = graph
    values = [Tensor?](repeating: nil, count: graph.nodes.count)
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

  /// Lets go of values.
  mutating func release(_ nodes: [Int]) {
    for node in nodes { values[node] = nil }
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
