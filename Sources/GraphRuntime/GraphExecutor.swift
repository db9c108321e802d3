public import TensorData
public import TensorGraph

/// Runs a graph, node by node, in one precision.
///
/// A value is let go of after its last use, and parameters are asked for when their node runs, so that memory holds the
/// live activations and the parameters of one node (beside what the source itself keeps, such as a mapped file).
public struct GraphExecutor: Sendable {
  /// What is run.
  public var graph: Graph { environment.graph }
  /// Where the parameters come from.
  public var parameters: any ParameterSource { environment.parameters }
  /// The arithmetic.
  public let precision: Precision
  /// How many threads may work.
  public var threads: Int { environment.threads }
  private let environment: NodeEnvironment
  /// Where parameters are kept from run to run.
  let weights: WeightCache?

  /// Sees a node and its value, row-major, as soon as it is computed; what it throws ends the run.
  public typealias Tap = (_ node: Node, _ value: Tensor) throws -> Void

  /// Prepares to run a graph; in float32 this loads OpenBLAS where it is used.
  ///
  /// - Parameters:
  ///   - graph: what to run.
  ///   - parameters: where its parameters come from.
  ///   - precision: the arithmetic.
  ///   - threads: how many threads may work; all processors if nil. Results do not depend on the number; but where
  ///     OpenBLAS multiplies, which has one such setting for the process, they do as far as its products do.
  ///   - keepsParameters: whether parameters are kept from run to run as they were first used, rather than asked for
  ///     each time: faster, but whatever had to be decompressed or converted stays in memory.
  /// - Throws: `RuntimeError.libraryUnavailable` if float32 is asked for and OpenBLAS is needed and cannot be loaded.
  public init(
    _ graph: Graph, parameters: any ParameterSource, precision: Precision, threads: Int? = nil,
    keepsParameters: Bool = false
  ) throws {
    try self.init(
      graph, parameters: parameters, precision: precision, threads: threads, keepsParameters: keepsParameters,
      products: .best)
  }

  /// As the other, with a choice of who multiplies.
  init(
    _ graph: Graph, parameters: any ParameterSource, precision: Precision, threads: Int?,
    keepsParameters: Bool = false, products: ProductLibrary
  ) throws {
    let threads = max(1, threads ?? Parallel.processorCount)
    environment = NodeEnvironment(graph: graph, parameters: parameters, products: products, threads: threads)
    self.precision = precision
    weights = keepsParameters ? WeightCache() : nil
    if precision == .f32 { try products.load(threads: threads) }
  }

  /// Runs what the outputs need.
  ///
  /// - Parameters:
  ///   - inputs: tensors by the names of the graph's inputs; those with a default may be left out.
  ///   - outputs: the outputs to compute; if nil, every one that the inputs suffice for.
  ///   - perturbation: changes each value of a float32 run as other rounding could have; nil for the values as computed.
  ///   - tap: sees each value as it is computed.
  /// - Returns: the outputs by name, in the type of the precision; stacked ones have a new first axis.
  /// - Throws: `RuntimeError`, what the parameter source throws, and what the tap throws.
  public func run(
    inputs: [String: Tensor], outputs: [String]? = nil, perturbation: RoundingPerturbation? = nil, tap: Tap? = nil
  ) throws -> [String: Tensor] {
    let wanted = try graph.resolve(outputs, given: Set(inputs.keys))
    let order = graph.nodes(neededFor: wanted.flatMap { $0.values.map(\.node) })
    let isNodeByNode = tap != nil || perturbation != nil
    let plan = plan(order, kept: wanted.flatMap { $0.values.map(\.node) }, isNodeByNode: isNodeByNode)
    var values = ValueStore(graph: graph)
    try load(inputs: inputs, order: order, into: &values, past: 0, knownShapes: [:])
    try run(plan, in: &values, cache: nil, weights: weights, past: 0, perturbation: perturbation, tap: tap)
    return Dictionary(uniqueKeysWithValues: wanted.map { ($0.name, values.output($0)) })
  }

  /// Computes one node from given inputs, without a cache: what it would do if everything before it were right.
  ///
  /// - Parameters:
  ///   - node: the index of the node in the graph.
  ///   - inputs: a tensor for each of the node's inputs, with its axes; numbers of any type.
  /// - Returns: the node's value.
  /// - Throws: `RuntimeError`, `CastError` for inputs that are no numbers, and what the parameter source throws.
  public func evaluate(node: Int, inputs: [Tensor]) throws -> Tensor {
    let described = graph.nodes[node]
    precondition(inputs.count == described.inputs.count, "\(described.name) has \(described.inputs.count) inputs")
    var operands: [Tensor] = []
    let context = context(for: node, cache: nil, weights: nil, past: 0)
    for (index, tensor) in inputs.enumerated() {
      guard tensor.shape.count == graph.rank(ofInput: described.inputs[index], of: node) else {
        throw context.mismatch(index, expected: "the axes \(described.inputs[index].axes)", found: tensor.shape)
      }
      if tensor.dtype.isInteger {
        let numbers = try GraphInputs.wholeNumbers(tensor, name: graph.nodes[described.inputs[index].node].name)
        operands.append(GraphInputs.tensor(shape: tensor.shape) { numbers[$0] })
      } else {
        operands.append(try Cast.convert(tensor.contiguous(), to: precision.dtype))
      }
    }
    if let recurrence = graph.recurrence(of: node) {
      return try evaluate(node: node, of: recurrence, operands: operands)
    }
    return try compute(context, operands)
  }

  /// Computes one node from values of nodes before it, with whatever lies between.
  ///
  /// - Parameters:
  ///   - node: the index of the node.
  ///   - given: values by node, those of nodes in a recurrence with all steps; numbers of any type.
  ///   - inputs: tensors by the names of the graph's inputs, for those that are needed beside.
  /// - Returns: the node's value.
  /// - Throws: `RuntimeError`, `CastError` for values that are no numbers, and what the parameter source throws.
  public func evaluate(node: Int, given: [Int: Tensor], inputs: [String: Tensor]) throws -> Tensor {
    if let known = given[node] { return known }
    // A recurrence runs as a whole or not at all.
    let running = Set(
      graph.nodes(neededFor: [node], given: Set(given.keys)).compactMap { graph.nodes[$0].recurrence })
    var given = given.filter { index, _ in graph.nodes[index].recurrence.map { !running.contains($0) } ?? true }
    for (index, value) in given {
      given[index] =
        value.dtype.isInteger && graph.nodes[index].op == .input
        ? value.contiguous() : try Cast.convert(value.contiguous(), to: precision.dtype)
    }
    let order = graph.nodes(neededFor: [node], given: Set(given.keys))
    var values = ValueStore(graph: graph)
    for (index, value) in given { values[index] = value }
    try load(inputs: inputs, order: order, into: &values, past: 0, knownShapes: [:])
    let plan = plan(order, kept: [node] + given.keys, isNodeByNode: true)
    try run(plan, in: &values, cache: nil, weights: weights, past: 0, tap: nil)
    return values.value(of: node)
  }

  /// Reads the input nodes of a run.
  func load(
    inputs: [String: Tensor], order: [Int], into values: inout ValueStore, past: Int, knownShapes: [String: [Int]]
  ) throws {
    let nodes = order.filter { graph.nodes[$0].op == .input }
    let loaded = try GraphInputs(graph: graph, dtype: precision.dtype, past: past).values(
      of: nodes, given: inputs, knownShapes: knownShapes)
    for (node, tensor) in loaded { values[node] = tensor }
  }

  /// Plans a run: node by node where each value must be seen or changed.
  func plan(_ order: [Int], kept: [Int], isNodeByNode: Bool, narrowed: Set<Int> = []) -> RunPlan {
    RunPlan(
      graph: graph, order: order, kept: kept, isFused: precision == .f32 && !isNodeByNode, isTapped: isNodeByNode,
      narrowed: narrowed)
  }

  /// Computes the steps in order; what they read is in the store, or among them.
  func run(
    _ plan: RunPlan, in values: inout ValueStore, cache: KeyValueCache?, weights: WeightCache?, past: Int,
    place: Int = 0, perturbation: RoundingPerturbation? = nil, tap: Tap?
  ) throws {
    func request(_ product: RunPlan.Product) -> ProductRequest {
      var request = ProductRequest(context: context(for: product.linear, cache: cache, weights: weights, past: past))
      if let node = product.activation, case .activation(let function) = graph.nodes[node].op {
        request.function = function
      }
      request.sum = product.sum.map { node, other in
        (values.value(of: other), context(for: node, cache: cache, weights: weights, past: past))
      }
      return request
    }
    for step in plan.steps {
      switch step.work {
      case .node(let node):
        let described = graph.nodes[node]
        if described.op != .input, described.op != .carried {
          var operands = described.inputs.map { values.value(of: $0.node) }
          if plan.narrowed.contains(node) { operands[0] = GraphExecutor.lastPosition(of: operands[0]) }
          let value = try compute(
            context(for: node, cache: cache, weights: weights, past: past, place: place), operands)
          values[node] = perturbation?.applied(to: value, node: node + place * graph.nodes.count) ?? value
        }
        try tap?(described, values.value(of: node))
      case .products(let products):
        var x = values.value(of: graph.nodes[products[0].linear].inputs[0].node)
        if plan.narrowed.contains(products[0].linear) { x = GraphExecutor.lastPosition(of: x) }
        let requests = products.map(request)
        for (product, value) in zip(products, try Float32Backend.products(requests, of: x)) {
          values[product.result] = value
        }
      case .chain(let first, let second):
        let x = values.value(of: graph.nodes[first.linear].inputs[0].node)
        values[second.result] = try Float32Backend.chain(request(first), request(second), of: x)
      case .recurrence(let region):
        try run(region, in: &values, cache: cache, weights: weights, past: past, perturbation: perturbation)
        if let tap { for node in region.nodes { try tap(graph.nodes[node], values.value(of: node)) } }
      }
      values.release(step.released)
    }
  }

  /// The last position of a value `[batch, seq, …]`, with an axis of one position.
  private static func lastPosition(of x: Tensor) -> Tensor {
    guard x.shape[1] > 1 else { return x }
    let last = x.selecting(x.shape[1] - 1, onAxis: 1)
    return last.reshaped([last.shape[0], 1] + last.shape.dropFirst())
  }

  /// What a backend is told of a node.
  func context(
    for node: Int, cache: KeyValueCache?, weights: WeightCache?, past: Int, place: Int = 0
  ) -> NodeContext {
    NodeContext(environment: environment, index: node, cache: cache, weights: weights, past: past, place: place)
  }

  /// The value of a node that is told what it is and what it reads.
  func compute(_ context: NodeContext, _ operands: [Tensor]) throws -> Tensor {
    switch precision {
    case .f32: try Float32Backend.run(context, operands)
    case .f64: try Float64Backend.run(context, operands)
    }
  }
}

extension Graph {
  /// The outputs of those names, or every output that the given inputs suffice for.
  func resolve(_ names: [String]?, given: Set<String>) throws -> [GraphOutput] {
    if let names {
      var seen: Set<String> = []
      return try names.filter { seen.insert($0).inserted }.map { name in
        guard let output = output(name) else {
          throw RuntimeError.unknownOutput(name: name, known: outputs.map(\.name))
        }
        return output
      }
    }
    let possible = outputs(given: given)
    guard possible.isEmpty else { return possible }
    let missing = Set(outputs.flatMap { self.inputsLacking(for: $0, given: given) })
    throw RuntimeError.noOutput(missing: inputs.map(\.name).filter(missing.contains))
  }
}
