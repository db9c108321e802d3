public import TensorData
import TensorGraph

/// Runs a graph step by step, each step continuing the positions of the steps before.
///
/// Attention nodes that the graph marks as cached keep their keys and values, recurrences their states. What depends on nothing but the static
/// inputs (the encoder, and the keys and values that the decoder takes from it) is computed in the first step and kept.
/// In float32 the parameters are kept from step to step as they were first used. A step that throws leaves the session
/// where it was.
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
  private let narrowed: Set<Int>
  private let staticPlan: RunPlan
  private let stepPlan: RunPlan
  private var known: ValueStore?
  private let cache = KeyValueCache()
  private let weights: WeightCache

  /// Prepares a session; nothing runs yet.
  ///
  /// - Parameters:
  ///   - executor: the graph, its parameters and the precision.
  ///   - staticInputs: inputs that are the same in every step; empty for a model that is only a decoder.
  ///   - outputs: the outputs of each step.
  ///   - isLastOnly: whether of outputs that a linear node gives only the last new position is wanted, and computed.
  /// - Throws: `RuntimeError.unknownOutput`; `notStepwise` if new positions would have to be read from the last one.
  public init(
    _ executor: GraphExecutor, staticInputs: [String: Tensor] = [:], outputs: [String], isLastOnly: Bool = false
  ) throws {
    let graph = executor.graph
    self.executor = executor
    weights = executor.weights ?? WeightCache()
    self.staticInputs = staticInputs
    self.outputs = try graph.resolve(outputs, given: [])
    let order = graph.nodes(neededFor: self.outputs.flatMap { $0.values.map(\.node) })
    let fixed = DecodingSession.fixedNodes(graph, order: order, staticInputs: Set(staticInputs.keys))
    staticNodes = order.filter(fixed.contains)
    stepNodes = order.filter { !fixed.contains($0) }
    if let reversed = stepNodes.lazy.compactMap(graph.recurrence(of:)).first(where: \.isReversed) {
      throw RuntimeError.notStepwise(reversed.name)
    }
    let read = stepNodes.flatMap { graph.nodes[$0].inputs.map(\.node) } + self.outputs.flatMap { $0.values.map(\.node) }
    kept = Array(Set(read.filter(fixed.contains)))
    narrowed = isLastOnly ? DecodingSession.heads(graph, self.outputs, among: stepNodes) : []
    staticPlan = executor.plan(staticNodes, kept: kept, isNodeByNode: false)
    stepPlan = executor.plan(
      stepNodes, kept: self.outputs.flatMap { $0.values.map(\.node) } + kept, isNodeByNode: false, narrowed: narrowed)
  }

  /// Computes what depends on static inputs alone, which is otherwise part of the first step.
  ///
  /// - Parameter tap: sees each value as it is computed.
  /// - Throws: what `GraphExecutor.run` throws.
  public func prepare(tap: GraphExecutor.Tap? = nil) throws {
    guard known == nil else { return }
    var fixed = ValueStore(graph: executor.graph)
    try executor.load(inputs: staticInputs, order: staticNodes, into: &fixed, past: 0, knownShapes: [:])
    let plan = tap == nil ? staticPlan : executor.plan(staticNodes, kept: kept, isNodeByNode: true)
    try executor.run(plan, in: &fixed, cache: nil, weights: weights, past: 0, tap: tap)
    known = fixed
  }

  /// Runs the next positions.
  ///
  /// - Parameters:
  ///   - inputs: the inputs of the new positions. A mask over the keys may cover the new positions, or all so far.
  ///   - tap: sees each value as it is computed.
  /// - Returns: the outputs of the new positions; the last alone where that was asked for.
  /// - Throws: what `GraphExecutor.run` throws.
  public func step(
    _ inputs: [String: Tensor], tap: GraphExecutor.Tap? = nil
  ) throws -> [String: Tensor] {
    try prepare(tap: tap)
    guard let fixed = known else { preconditionFailure("what is static has just been computed") }
    var values = ValueStore(graph: executor.graph)
    for node in kept { values[node] = fixed[node] }
    try executor.load(
      inputs: inputs, order: stepNodes, into: &values, past: past, knownShapes: staticInputs.mapValues(\.shape))
    let plan =
      tap == nil
      ? stepPlan
      : executor.plan(
        stepNodes, kept: outputs.flatMap { $0.values.map(\.node) } + kept, isNodeByNode: tap != nil, narrowed: narrowed)
    try executor.run(plan, in: &values, cache: cache, weights: weights, past: past, tap: tap)
    past += cache.newPositions
    return Dictionary(uniqueKeysWithValues: outputs.map { ($0.name, values.output($0)) })
  }

  /// The linear nodes that give outputs with positions and nothing else.
  private static func heads(_ graph: Graph, _ outputs: [GraphOutput], among nodes: [Int]) -> Set<Int> {
    let results = Set(outputs.filter { !$0.isStacked }.flatMap { $0.values.map(\.node) })
    let read = Set(nodes.flatMap { graph.nodes[$0].inputs.map(\.node) })
    return results.subtracting(read).filter {
      graph.nodes[$0].op == .linear && graph.nodes[$0].axes.count > 2 && graph.nodes[$0].recurrence == nil
    }
  }

  /// The nodes that depend on nothing but static inputs, and defaults whose shape these determine.
  private static func fixedNodes(_ graph: Graph, order: [Int], staticInputs: Set<String>) -> Set<Int> {
    let fixedAxes = Set(graph.inputs.filter { staticInputs.contains($0.name) }.flatMap(\.axes))
    var fixed: Set<Int> = []
    for index in order {
      let node = graph.nodes[index]
      if let recurrence = graph.recurrence(of: index) {
        // A recurrence is fixed as a whole or not at all.
        let read = order.filter(recurrence.nodes.contains).flatMap { graph.nodes[$0].inputs.map(\.node) }
        if read.allSatisfy({ fixed.contains($0) || recurrence.nodes.contains($0) }) { fixed.insert(index) }
        continue
      }
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
