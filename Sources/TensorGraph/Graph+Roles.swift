// Questions about inputs by what they are for.

extension Graph {
  /// The input of that name, or nil.
  public func input(_ name: String) -> GraphInput? { inputs.first { $0.name == name } }

  /// The token ids that one half of the model reads, or nil if it reads none.
  public func tokens(_ side: ModelSide) -> GraphInput? { inputs.first { $0.role == .tokens && $0.side == side } }

  /// The token ids of a text that the caller gives: the encoder's, or those of a model that is only a decoder.
  public var text: GraphInput? { tokens(.encoder) ?? tokens(.decoder) }

  /// The input that says which places of these tokens are padding, or nil.
  public func mask(of tokens: GraphInput) -> GraphInput? {
    guard let axis = tokens.axes.last else { return nil }
    return inputs.first { $0.role == .mask(over: axis) }
  }

  /// The positions of one half of the model, or nil if it is given none.
  public func positions(_ side: ModelSide) -> GraphInput? {
    inputs.first { $0.role.positionRule != nil && $0.side == side }
  }

  /// How many positions one half of the model has an embedding for; nil if nothing limits them.
  public func positionLimit(_ side: ModelSide) -> Int? {
    guard let input = positions(side), let rule = input.role.positionRule, let rows = input.bound.flatMap({ sizes[$0] })
    else { return nil }
    return rows - rule.first
  }

  /// The axes whose sizes the caller chooses: sequences of a batch, places of a text.
  public var callerAxes: Set<String> { Set(inputs.flatMap(\.axes)).subtracting(sizes.keys) }

  /// The inputs that an output is computed from.
  public func inputs(neededFor output: GraphOutput) -> [GraphInput] {
    let names = Set(
      nodes(neededFor: output.values.map(\.node)).filter { nodes[$0].op == .input }.map { nodes[$0].name })
    return inputs.filter { names.contains($0.name) }
  }

  /// The outputs that can be computed from the given inputs and the defaults of the others.
  ///
  /// - Parameter given: the names of the inputs that are given.
  /// - Returns: the outputs in the order of their declaration.
  public func outputs(given: Set<String>) -> [GraphOutput] {
    outputs.filter { inputsLacking(for: $0, given: given).isEmpty }
  }

  /// The inputs that an output needs, that have no default and that are not given.
  ///
  /// - Parameters:
  ///   - output: the output.
  ///   - given: the names of the inputs that are given.
  /// - Returns: the names, in the order in which the inputs were declared.
  public func inputsLacking(for output: GraphOutput, given: Set<String>) -> [String] {
    inputs(neededFor: output).filter { $0.fallback == .required && !given.contains($0.name) }.map(\.name)
  }

  /// The axes of attention heads and of the numbers in a head, as the projections that attention reads have them.
  public var headAxes: [(heads: String, head: String)] {
    var found: [(heads: String, head: String)] = []
    for node in nodes {
      guard case .attention = node.op, case let axes = node.inputs[0].axes, axes.count == 4,
        !found.contains(where: { $0.heads == axes[2] && $0.head == axes[3] })
      else { continue }
      found.append((axes[2], axes[3]))
    }
    return found
  }

  /// The size of the attention heads whose queries a node reads, or 1.
  public func headSize(of node: Node) -> Int { node.inputs.first?.axes.last.flatMap { sizes[$0] } ?? 1 }

  /// The axes that number the rows of tables.
  public var rowAxes: Set<String> {
    Set(nodes.filter { $0.op.traits.firstParameter.isTable }.compactMap { parameterAxes[$0.parameters[0]]?.first })
  }
}
