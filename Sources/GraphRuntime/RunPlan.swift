import TensorGraph

/// The steps of a run: nodes on their own, or products together with what is done to their elements in the same pass.
///
/// Values that only lead from one node of a step to the next are never stored. Every element is computed by the same
/// arithmetic in the same order as node by node.
struct RunPlan {
  /// A linear node, and the nodes after it that change each element.
  struct Product {
    let linear: Int
    /// The activation of the product.
    var activation: Int?
    /// The sum of the product, or of its activation, with an earlier value.
    var sum: (node: Int, other: Int)?

    /// The node whose value the product is.
    var result: Int { sum?.node ?? activation ?? linear }
    /// The nodes after the linear one.
    var following: [Int] { [activation, sum?.node].compactMap { $0 } }
  }

  /// What a step does.
  enum Work {
    case node(Int)
    /// Products of one value.
    case products([Product])
    /// A product, and one of its result, which nobody else reads.
    case chain(Product, Product)
    /// All steps of a recurrence.
    case recurrence(RecurrencePlan)
  }

  /// One step, and the values that nobody reads after it.
  struct Step {
    let work: Work
    let released: [Int]
  }

  let steps: [Step]
  /// Linear nodes that compute only the last position of their input.
  let narrowed: Set<Int>

  /// Plans a run.
  ///
  /// - Parameters:
  ///   - graph: the graph.
  ///   - order: the nodes that will run, in order.
  ///   - kept: the nodes whose values stay.
  ///   - isFused: whether nodes may be taken together.
  ///   - isTapped: whether the value of every node is wanted, those inside of recurrences too.
  ///   - narrowed: linear nodes that compute only the last position of their input.
  ///   - isInside: whether it is one step of a recurrence that is planned.
  init(
    graph: Graph, order: [Int], kept: [Int], isFused: Bool, isTapped: Bool = false, narrowed: Set<Int> = [],
    isInside: Bool = false
  ) {
    self.narrowed = narrowed
    let kept = Set(kept)
    var recurrences: [Int: RecurrencePlan] = [:]
    for index in Set(isInside ? [] : order.compactMap { graph.nodes[$0].recurrence }) {
      recurrences[index] = RecurrencePlan(
        graph.recurrences[index], graph, order: order, kept: kept, isFused: isFused, isTapped: isTapped)
    }
    let works = RunPlan.works(graph, order, kept: kept, recurrences, isFused: isFused, narrowed: narrowed)
    var last: [Int: Int] = [:]
    for (step, work) in works.enumerated() {
      for (value, reads) in RunPlan.values(of: work, graph) {
        last[value] = step
        for read in reads { last[read] = step }
      }
    }
    var released = [[Int]](repeating: [], count: works.count)
    for (value, step) in last where !kept.contains(value) { released[step].append(value) }
    steps = zip(works, released).map { Step(work: $0, released: $1) }
  }

  /// The values that a step stores, and what it reads for each.
  private static func values(of work: Work, _ graph: Graph) -> [(value: Int, reads: [Int])] {
    switch work {
    case .node(let node): [(node, graph.nodes[node].inputs.map(\.node))]
    case .products(let products):
      products.map { ($0.result, reads(of: $0, graph)) }
    case .chain(let first, let second):
      [(second.result, reads(of: first, graph) + (second.sum.map { [$0.other] } ?? []))]
    case .recurrence(let plan): plan.stacked.map { ($0, plan.outside) }
    }
  }

  private static func reads(of product: Product, _ graph: Graph) -> [Int] {
    graph.nodes[product.linear].inputs.map(\.node) + (product.sum.map { [$0.other] } ?? [])
  }

  /// The steps of a run: node by node, or nodes taken together; a recurrence is one step.
  private static func works(
    _ graph: Graph, _ order: [Int], kept: Set<Int>, _ recurrences: [Int: RecurrencePlan], isFused: Bool,
    narrowed: Set<Int>
  ) -> [Work] {
    // What a recurrence reads must be there as a value of its own.
    let kept = recurrences.values.reduce(into: kept) { $0.formUnion($1.outside) }
    var readers: [Int: [Int]] = [:]
    for node in order {
      for input in graph.nodes[node].inputs { readers[input.node, default: []].append(node) }
    }
    let running = Set(order)
    /// The only node that reads a value, if nobody else wants it.
    func onlyReader(_ node: Int) -> Int? {
      guard !kept.contains(node), let all = readers[node], all.count == 1 else { return nil }
      return all[0]
    }
    /// A linear node with what follows it; `start` is the first node of the step.
    func product(_ linear: Int, start: Int) -> Product {
      var product = Product(linear: linear)
      if let next = onlyReader(linear), case .activation = graph.nodes[next].op { product.activation = next }
      if let next = onlyReader(product.result), graph.nodes[next].op == .add,
        graph.nodes[next].inputs[0].axes == graph.nodes[next].inputs[1].axes
      {
        let inputs = graph.nodes[next].inputs.map(\.node)
        let other = inputs[0] == product.result ? inputs[1] : inputs[0]
        // Whatever came before this step, or is not of this run, is known.
        if other != product.result, other < start || !running.contains(other) { product.sum = (next, other) }
      }
      return product
    }
    var taken: Set<Int> = []
    var works: [Work] = []
    for node in order where !taken.contains(node) {
      if let index = graph.nodes[node].recurrence, let plan = recurrences[index] {
        works.append(.recurrence(plan))
        taken.formUnion(plan.recurrence.nodes)
        continue
      }
      guard isFused, graph.nodes[node].op == .linear else {
        works.append(.node(node))
        continue
      }
      let first = product(node, start: node)
      taken.formUnion(first.following)
      let input = graph.nodes[node].inputs[0].node
      if case .products(let earlier) = works.last, earlier.count < mostProducts, let sibling = earlier.first,
        graph.nodes[sibling.linear].inputs[0].node == input,
        narrowed.contains(sibling.linear) == narrowed.contains(node),
        !earlier.contains(where: { $0.result == first.sum?.other })
      {
        works[works.count - 1] = .products(earlier + [first])
      } else if first.sum == nil, let next = onlyReader(first.result), graph.nodes[next].op == .linear,
        narrowed.isDisjoint(with: [node, next])
      {
        let second = product(next, start: node)
        taken.formUnion([next] + second.following)
        works.append(.chain(first, second))
      } else {
        works.append(.products([first]))
      }
    }
    return works
  }
}
