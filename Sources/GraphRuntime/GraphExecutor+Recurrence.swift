import TensorData
import TensorGraph

extension GraphExecutor {
  /// Runs all steps of a recurrence and stores the stacked values that are wanted.
  ///
  /// In a run with a cache the states begin as the run before left them.
  ///
  /// - Parameters:
  ///   - region: the recurrence.
  ///   - values: what was computed before; the stacked values are added.
  ///   - cache: where states are kept from run to run.
  ///   - weights: where parameters are kept; if nil, for the steps of this recurrence alone.
  ///   - past: how many positions the runs before have covered.
  ///   - perturbation: changes each value of each step as other rounding could have.
  /// - Throws: what running its nodes throws.
  func run(
    _ region: RecurrencePlan, in values: inout ValueStore, cache: KeyValueCache?, weights: WeightCache?, past: Int,
    perturbation: RoundingPerturbation?
  ) throws {
    let count = try stepCount(of: region, values)
    let weights = weights ?? WeightCache()
    var inside = ValueStore(graph: graph)
    for node in region.outside { inside[node] = values[node] }
    for node in region.carried {
      let initial = graph.nodes[node].inputs[0].node
      inside[node] = cache?.state(graph.nodes[node].name, past: past) ?? values.value(of: initial)
    }
    var collected = [[Tensor]](repeating: [], count: region.stacked.count)
    for step in 0..<count {
      let place = region.recurrence.isReversed ? count - 1 - step : step
      try run(
        region.plan, in: &inside, cache: nil, weights: weights, past: past, place: place, perturbation: perturbation,
        tap: nil)
      for (index, node) in region.stacked.enumerated() { collected[index].append(inside.value(of: node)) }
      let next = region.carried.map { inside.value(of: graph.nodes[$0].inputs[1].node) }
      for (node, value) in zip(region.carried, next) { inside[node] = value }
    }
    for (node, steps) in zip(region.stacked, collected) {
      values[node] = GraphExecutor.stacked(region.recurrence.isReversed ? steps.reversed() : steps)
    }
    for node in region.carried {
      cache?.keep(graph.nodes[node].name, inside.value(of: node), past: past + count, newPositions: count)
    }
  }

  /// How many places the axis of a recurrence has in this run.
  private func stepCount(of region: RecurrencePlan, _ values: ValueStore) throws -> Int {
    guard let node = region.length, case .step(let axis) = graph.nodes[node].op,
      let position = graph.nodes[node].inputs[0].axes.firstIndex(of: axis)
    else {
      throw RuntimeError.inputShapes("\(region.recurrence.name): nothing says how many steps it has")
    }
    let shape = values.value(of: graph.nodes[node].inputs[0].node).shape
    guard shape[position] > 0 else {
      throw RuntimeError.inputShapes("\(region.recurrence.name): the axis \(axis) is empty, so that there is no step")
    }
    return shape[position]
  }

  /// The values of all steps, with the axis of time after the first axis.
  static func stacked(_ steps: [Tensor]) -> Tensor {
    let first = steps[0]
    let axis = min(1, first.shape.count)
    let shape = first.shape.prefix(axis) + [steps.count] + first.shape.dropFirst(axis)
    var strides = Tensor.rowMajorStrides(Array(shape))
    let width = strides.remove(at: axis) * (first.dtype.byteWidth ?? 0)
    return Tensor(dtype: first.dtype, shape: Array(shape)) { bytes in
      for (index, step) in steps.enumerated() where !bytes.isEmpty {
        Rearrange.copy(step, into: UnsafeMutableRawBufferPointer(rebasing: bytes[(index * width)...]), strides: strides)
      }
    }
  }

  /// Computes one node of a recurrence from the values of all steps of what it reads.
  ///
  /// - Parameters:
  ///   - node: the index of the node.
  ///   - recurrence: the recurrence that it is a part of.
  ///   - operands: for each input its value: that of all steps for a node of the same recurrence.
  /// - Returns: the values of all steps.
  /// - Throws: what computing the node throws.
  func evaluate(node: Int, of recurrence: Recurrence, operands: [Tensor]) throws -> Tensor {
    let described = graph.nodes[node]
    let isInside = described.inputs.map { recurrence.nodes.contains($0.node) }
    if case .carried = described.op { return GraphExecutor.shifted(operands[0], operands[1], recurrence.isReversed) }
    let axis = { (input: Int) in min(1, described.inputs[input].axes.count) }
    let count =
      if case .step(let time) = described.op {
        described.inputs[0].axes.firstIndex(of: time).map { operands[0].shape[$0] }
      } else {
        isInside.firstIndex(of: true).map { operands[$0].shape[axis($0)] }
      }
    // What reads nothing of a step is the same in each; it has one value, which stands for all.
    let steps = try (0..<(count ?? 1)).map { place in
      let context = context(for: node, cache: nil, weights: nil, past: 0, place: place)
      let inputs = operands.indices.map { input in
        isInside[input] ? operands[input].selecting(place, onAxis: axis(input)).contiguous() : operands[input]
      }
      return try compute(context, inputs)
    }
    guard !steps.isEmpty else {
      throw RuntimeError.inputShapes(
        "\(described.name): its axis \(recurrence.axis) is empty, so that there is no step")
    }
    return GraphExecutor.stacked(steps)
  }

  /// A state before each step: its first value, then what the steps but the last made of it.
  private static func shifted(_ initial: Tensor, _ next: Tensor, _ isReversed: Bool) -> Tensor {
    let axis = min(1, initial.shape.count)
    let count = next.shape[axis]
    let places = isReversed ? Array(1..<max(count, 1)) : Array(0..<max(count - 1, 0))
    let later = places.map { next.selecting($0, onAxis: axis) }
    return stacked(isReversed ? later + [initial] : [initial] + later)
  }
}
