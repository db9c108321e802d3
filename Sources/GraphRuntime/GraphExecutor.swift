public import TensorData
public import TensorGraph

/// Runs a graph, node by node, in one precision.
///
/// A value is let go of after its last use, and parameters are asked for when their node runs, so that memory holds the
/// live activations and the parameters of one node (beside what the source itself keeps, such as a mapped file).
public struct GraphExecutor: Sendable {
  /// What is run.
  public let graph: Graph
  /// Where the parameters come from.
  public let parameters: any ParameterSource
  /// The arithmetic.
  public let precision: Precision
  /// How many threads may work.
  public let threads: Int

  /// Sees a node and its value, row-major, as soon as it is computed; what it throws ends the run.
  public typealias Tap = (_ node: Node, _ value: Tensor) throws -> Void

  /// Prepares to run a graph; in float32 this loads OpenBLAS.
  ///
  /// - Parameters:
  ///   - graph: what to run.
  ///   - parameters: where its parameters come from.
  ///   - precision: the arithmetic.
  ///   - threads: how many threads may work; all processors if nil. OpenBLAS has one such setting for the process. In
  ///     float64 results do not depend on the number; in float32 only as far as OpenBLAS's products do.
  /// - Throws: `RuntimeError.libraryUnavailable` if float32 is asked for and OpenBLAS cannot be loaded.
  public init(
    _ graph: Graph, parameters: any ParameterSource, precision: Precision, threads: Int? = nil
  ) throws {
    self.graph = graph
    self.parameters = parameters
    self.precision = precision
    self.threads = max(1, threads ?? Parallel.processorCount)
    if precision == .f32 { try Float32Backend.load(threads: self.threads) }
  }

  /// Runs what the outputs need.
  ///
  /// - Parameters:
  ///   - inputs: tensors of whole numbers by the names of the graph's inputs; those with a default may be left out.
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
    var values = ValueStore(graph: graph, order: order, kept: wanted.flatMap { $0.values.map(\.node) })
    try load(inputs: inputs, order: order, into: &values, past: 0, knownShapes: [:])
    try run(order, in: &values, cache: nil, weights: nil, past: 0, perturbation: perturbation, tap: tap)
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
      let axes = described.inputs[index].axes
      guard tensor.shape.count == axes.count else {
        throw context.mismatch(index, expected: "the axes \(axes)", found: tensor.shape)
      }
      if tensor.dtype.isInteger {
        let numbers = try GraphInputs.wholeNumbers(tensor, name: graph.nodes[described.inputs[index].node].name)
        operands.append(GraphInputs.tensor(shape: tensor.shape) { numbers[$0] })
      } else {
        operands.append(try Cast.convert(tensor.contiguous(), to: precision.dtype))
      }
    }
    return try compute(context, operands)
  }

  /// Reads the input nodes of a run.
  func load(
    inputs: [String: Tensor], order: [Int], into values: inout ValueStore, past: Int, knownShapes: [String: [Int]]
  ) throws {
    let nodes = order.filter { graph.nodes[$0].op == .input }
    let loaded = try GraphInputs(graph: graph, past: past).values(of: nodes, given: inputs, knownShapes: knownShapes)
    for (node, tensor) in loaded { values[node] = tensor }
  }

  /// Computes nodes in order; their inputs are in the store, or among them.
  func run(
    _ order: [Int], in values: inout ValueStore, cache: KeyValueCache?, weights: WeightCache?, past: Int,
    perturbation: RoundingPerturbation? = nil, tap: Tap?
  ) throws {
    for node in order {
      let described = graph.nodes[node]
      if described.op != .input {
        let operands = described.inputs.map { values.value(of: $0.node) }
        let value = try compute(context(for: node, cache: cache, weights: weights, past: past), operands)
        values[node] = perturbation?.applied(to: value, node: node) ?? value
      }
      try tap?(described, values.value(of: node))
      values.release(after: node)
    }
  }

  private func context(for node: Int, cache: KeyValueCache?, weights: WeightCache?, past: Int) -> NodeContext {
    NodeContext(
      graph: graph, node: graph.nodes[node], parameters: parameters, cache: cache, weights: weights, past: past,
      threads: threads)
  }

  private func compute(_ context: NodeContext, _ operands: [Tensor]) throws -> Tensor {
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
      return try names.map { name in
        guard let output = output(name) else {
          throw RuntimeError.unknownOutput(name: name, known: outputs.map(\.name))
        }
        return output
      }
    }
    var missing: [String] = []
    let possible = outputs.filter { output in
      let needed = nodes(neededFor: output.values.map(\.node)).filter { nodes[$0].op == .input }.map { nodes[$0].name }
      let absent = inputs.filter { needed.contains($0.name) && $0.fallback == .required && !given.contains($0.name) }
      for input in absent where !missing.contains(input.name) { missing.append(input.name) }
      return absent.isEmpty
    }
    guard !possible.isEmpty else { throw RuntimeError.noOutput(missing: missing) }
    return possible
  }
}
