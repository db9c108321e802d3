import TensorGraph

/// The nodes of a recurrence that a run needs, and what of their values is wanted outside.
struct RecurrencePlan {
  let recurrence: Recurrence
  /// One step.
  let plan: RunPlan
  /// The nodes that run, in order.
  let nodes: [Int]
  /// Those of them whose values of all steps are wanted.
  let stacked: [Int]
  /// Those of them that are states.
  let carried: [Int]
  /// Nodes outside whose values a step reads.
  let outside: [Int]
  /// A node that takes the place of a sequence at which the recurrence stands; its input says how many places there are.
  let length: Int?

  /// Plans one step.
  ///
  /// - Parameters:
  ///   - recurrence: the recurrence.
  ///   - graph: the graph.
  ///   - order: the nodes of the whole run, in order.
  ///   - kept: the nodes whose values stay after the run.
  ///   - isFused: whether nodes may be taken together.
  ///   - isTapped: whether the value of every node is wanted.
  init(
    _ recurrence: Recurrence, _ graph: Graph, order: [Int], kept: Set<Int>, isFused: Bool, isTapped: Bool
  ) {
    self.recurrence = recurrence
    nodes = order.filter(recurrence.nodes.contains)
    let readOutside = Set(
      order.filter { !recurrence.nodes.contains($0) }.flatMap { graph.nodes[$0].inputs.map(\.node) })
    stacked = nodes.filter { isTapped || kept.contains($0) || readOutside.contains($0) }
    carried = nodes.filter(recurrence.carried.contains)
    outside = Array(Set(nodes.flatMap { graph.nodes[$0].inputs.map(\.node) }).subtracting(recurrence.nodes)).sorted()
    length = nodes.first { if case .step = graph.nodes[$0].op { true } else { false } }
    let next = carried.map { graph.nodes[$0].inputs[1].node }
    plan = RunPlan(
      graph: graph, order: nodes, kept: outside + stacked + carried + next, isFused: isFused, isInside: true)
  }
}
