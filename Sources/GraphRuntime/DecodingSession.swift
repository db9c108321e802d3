public import TensorData
import TensorGraph

/// Runs a graph step by step, each step continuing the positions of the steps before.
///
/// Attention nodes that the graph marks as cached keep their keys and values. What depends on nothing but the static
/// inputs (the encoder, and the keys and values that the decoder takes from it) is computed in the first step and kept.
/// A step that throws leaves the session where it was.
public final class DecodingSession {
  /// What is run.
  public let executor: GraphExecutor
  /// How many positions the steps so far have covered.
  public private(set) var past = 0

  private let outputs: [GraphOutput]
  private let staticInputs: [String: Tensor]
  private let staticNodes: [Int]
  private let stepNodes: [Int]
  private let kept: [Int]
  private var known: ValueStore?
  private let cache = KeyValueCache()
  private let weights = WeightCache()

  /// Prepares a session; nothing runs yet.
  ///
  /// - Parameters:
  ///   - executor: the graph, its parameters and the precision.
  ///   - staticInputs: inputs that are the same in every step; empty for a model that is only a decoder.
  ///   - outputs: the outputs of each step.
  /// - Throws: `RuntimeError.unknownOutput`.
  public init(_ executor: GraphExecutor, staticInputs: [String: Tensor] = [:], outputs: [String]) throws {
    let graph = executor.graph
    self.executor = executor
    self.staticInputs = staticInputs
    self.outputs = try graph.resolve(outputs, given: [])
    let order = graph.nodes(neededFor: self.outputs.flatMap { $0.values.map(\.node) })
    let fixed = DecodingSession.fixedNodes(graph, order: order, staticInputs: Set(staticInputs.keys))
    staticNodes = order.filter(fixed.contains)
    stepNodes = order.filter { !fixed.contains($0) }
    let read = stepNodes.flatMap { graph.nodes[$0].inputs.map(\.node) } + self.outputs.flatMap { $0.values.map(\.node) }
    kept = Array(Set(read.filter(fixed.contains)))
  }

  /// Runs the next positions.
  ///
  /// - Parameters:
  ///   - inputs: the inputs of the new positions. A mask over the keys may cover the new positions, or all so far.
  ///   - tap: sees each value as it is computed.
  /// - Returns: the outputs of the new positions.
  /// - Throws: what `GraphExecutor.run` throws.
  public func step(
    _ inputs: [String: Tensor], tap: GraphExecutor.Tap? = nil
  ) throws -> [String: Tensor] {
    let graph = executor.graph
    var fixed = known ?? ValueStore(graph: graph, order: staticNodes, kept: kept)
    if known == nil {
      try executor.load(inputs: staticInputs, order: staticNodes, into: &fixed, past: 0, knownShapes: [:])
      try executor.run(staticNodes, in: &fixed, cache: nil, weights: weights, past: 0, tap: tap)
      known = fixed
    }
    var values = ValueStore(graph: graph, order: stepNodes, kept: outputs.flatMap { $0.values.map(\.node) } + kept)
    for node in kept { values[node] = fixed[node] }
    try executor.load(
      inputs: inputs, order: stepNodes, into: &values, past: past, knownShapes: staticInputs.mapValues(\.shape))
    try executor.run(stepNodes, in: &values, cache: cache, weights: weights, past: past, tap: tap)
    past += cache.newPositions
    return Dictionary(uniqueKeysWithValues: outputs.map { ($0.name, values.output($0)) })
  }

  /// The nodes that depend on nothing but static inputs, and defaults whose shape these determine.
  private static func fixedNodes(_ graph: Graph, order: [Int], staticInputs: Set<String>) -> Set<Int> {
    let fixedAxes = Set(graph.inputs.filter { staticInputs.contains($0.name) }.flatMap(\.axes))
    var fixed: Set<Int> = []
    for index in order {
      let node = graph.nodes[index]
      let isFixed =
        if node.op == .input {
          staticInputs.contains(node.name)
            || graph.inputs.contains {
              $0.name == node.name && $0.fallback != .required && fixedAxes.isSuperset(of: $0.axes)
            }
        } else {
          node.inputs.allSatisfy { fixed.contains($0.node) }
        }
      if isFixed { fixed.insert(index) }
    }
    return fixed
  }
}
