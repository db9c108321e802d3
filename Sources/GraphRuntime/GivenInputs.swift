public import TensorData
public import TensorGraph

/// Holds the inputs that a user or a file gives to what they mean, before anything is run on them.
///
/// What transformers and PyTorch would refuse, or read otherwise than this runtime does, is an error with a sentence.
public struct GivenInputs {
  private let graph: Graph
  private let inputs: [String: Tensor]

  /// Checks the names, shapes, types and values of inputs, and whether they agree with each other.
  ///
  /// - Parameters:
  ///   - inputs: tensors by the names of the graph's inputs.
  ///   - graph: the graph that is to run on them.
  /// - Throws: `RuntimeError` that names the input, the place and the value.
  public static func check(_ inputs: [String: Tensor], for graph: Graph) throws(RuntimeError) {
    let given = GivenInputs(graph: graph, inputs: inputs)
    try given.checkNames()
    try given.checkShapes()
    for input in graph.inputs {
      guard let tensor = inputs[input.name] else { continue }
      try given.checkValues(of: input, tensor)
    }
    try given.checkPositions()
    try given.checkLosses()
    try given.checkLastTokens()
    try given.checkReaders()
  }

  private func checkNames() throws(RuntimeError) {
    for name in inputs.keys.sorted() where !graph.inputs.contains(where: { $0.name == name }) {
      throw .unknownInput(name: name, known: graph.inputs.map(\.name))
    }
  }

  private func checkShapes() throws(RuntimeError) {
    let sizes: [String: Int]
    do { sizes = try graph.sizes(inputShapes: inputs.mapValues(\.shape)) } catch {
      throw .inputShapes(error.description)
    }
    for input in graph.inputs {
      guard let shape = inputs[input.name]?.shape else { continue }
      if shape.contains(0) { throw .unfitInput(name: input.name, problem: "has the shape \(shape) and holds nothing") }
      // Without a cache the keys are the positions of the tokens.
      for (axis, size) in zip(input.axes, shape) where axis.hasSuffix("_keys") {
        guard let tokens = sizes[String(axis.dropLast("_keys".count))], tokens != size else { continue }
        throw .unfitInput(name: input.name, problem: "covers \(size) positions where the tokens have \(tokens)")
      }
    }
  }

  // MARK: One input

  private func checkValues(of input: GraphInput, _ tensor: Tensor) throws(RuntimeError) {
    if input.role.isReal { return try checkReal(input, tensor) }
    if input.role.isMask { return try checkMask(input, tensor) }
    let isLabel = input.role == .labels
    guard let exact = GivenInputs.exactWholeNumbers(of: tensor.dtype) else {
      throw .unfitInput(
        name: input.name, problem: "is \(tensor.dtype.rawValue), which holds no numbers that could index a table")
    }
    if isLabel, !tensor.dtype.isInteger {
      throw .unfitInput(
        name: input.name,
        problem:
          "is \(tensor.dtype.rawValue), but labels must be of a whole-number type: transformers computes another "
          + "loss on others")
    }
    guard let limit = input.bound.flatMap({ graph.sizes[$0] }) else { return }
    if limit - 1 > exact {
      throw .unfitInput(
        name: input.name,
        problem: "is \(tensor.dtype.rawValue), which cannot tell whole numbers beyond \(exact) apart; the table has "
          + "\(limit) rows")
    }
    for (index, number) in try numbers(tensor, input.name).enumerated() where !(0..<limit).contains(number) {
      if isLabel, number == ignoredLabel { continue }
      throw .indexOutOfRange(
        name: input.name, position: GraphInputs.position(index, in: tensor.shape), value: number, limit: limit,
        table: "the axis \(input.bound ?? "")")
    }
  }

  private func checkReal(_ input: GraphInput, _ tensor: Tensor) throws(RuntimeError) {
    let values: [Double]
    do { values = try tensor.doubles() } catch {
      throw .inputType(name: input.name, dtype: tensor.dtype, detail: error.description)
    }
    guard let index = values.firstIndex(where: { !$0.isFinite }) else { return }
    throw .unfitInput(
      name: "\(input.name)\(GraphInputs.position(index, in: tensor.shape))", problem: "is \(values[index])")
  }

  private func checkMask(_ input: GraphInput, _ tensor: Tensor) throws(RuntimeError) {
    let marks = try numbers(tensor, input.name)
    for (index, mark) in marks.enumerated() where mark != 0 && mark != 1 {
      throw .unfitInput(
        name: "\(input.name)\(GraphInputs.position(index, in: tensor.shape))",
        problem: "is \(mark); a mask holds 1 where a position counts and 0 where it does not")
    }
    let width = max(tensor.shape.last ?? 1, 1)
    for row in 0..<(marks.count / width) where !marks[(row * width)..<((row + 1) * width)].contains(1) {
      throw .unfitInput(
        name: input.name,
        problem: "keeps no position of row \(row): what a model makes of such a row differs between implementations")
    }
  }

  private func numbers(_ tensor: Tensor, _ name: String) throws(RuntimeError) -> [Int] {
    do { return try GraphInputs.wholeNumbers(tensor, name: name) } catch let error as RuntimeError { throw error } catch
    {
      throw .inputValues(name: name, dtype: tensor.dtype, detail: "\(error)")
    }
  }

  /// The number up to which every whole number has a value of its own; nil for types that hold no numbers of that kind.
  private static func exactWholeNumbers(of dtype: DType) -> Int? {
    switch dtype {
    case .f64: 1 << 53
    case .f32: 1 << 24
    case .f16: 1 << 11
    case .bf16: 1 << 8
    case .bool: nil
    default: dtype.isInteger ? Int.max : nil
    }
  }

  /// The name of the labels and the nodes of every loss.
  private var losses: [(labels: String, node: Node)] {
    graph.nodes.compactMap { node in
      guard case .crossEntropy = node.op else { return nil }
      return (graph.nodes[node.inputs[1].node].name, node)
    }
  }

  // MARK: Several inputs

  /// Positions that are counted must exist: as many tokens as the table has rows.
  private func checkPositions() throws(RuntimeError) {
    for side in [ModelSide.encoder, .decoder] {
      guard let limit = graph.positionLimit(side), let positions = graph.positions(side),
        inputs[positions.name] == nil, let tokens = graph.tokens(side), let length = inputs[tokens.name]?.shape.last,
        length > limit
      else { continue }
      throw .unfitInput(
        name: tokens.name, problem: "has \(length) tokens in a row, but the model has \(limit) positions")
    }
  }

  /// A single label that belongs to a whole row is a target of a regression in transformers, not a class.
  private func checkLosses() throws(RuntimeError) {
    for (labels, node) in losses where inputs[labels] != nil {
      guard node.inputs[1].axes.count == 1, node.inputs[0].axes.last.flatMap({ graph.sizes[$0] }) == 1 else { continue }
      throw .unfitInput(
        name: labels, problem: "cannot be used: with one class transformers computes a regression, which is not known")
    }
  }

  /// Without a padding token nothing says where a row of several ends.
  private func checkLastTokens() throws(RuntimeError) {
    for node in graph.nodes {
      guard case .last(nil) = node.op, let tokens = node.inputs.last.map({ graph.nodes[$0.node].name }),
        let rows = inputs[tokens]?.shape.first, rows > 1
      else { continue }
      throw .unfitInput(
        name: tokens,
        problem: "has \(rows) rows, but the model names no padding token, so that the last token of a row is unknown: "
          + "transformers takes one row at a time")
    }
  }

  /// What is given must be read by an output that can be computed.
  private func checkReaders() throws(RuntimeError) {
    let given = Set(inputs.keys)
    let read = Set(graph.outputs(given: given).flatMap { graph.inputs(neededFor: $0).map(\.name) })
    for input in graph.inputs where given.contains(input.name) && !read.contains(input.name) {
      let missing = Set(
        graph.outputs.filter { graph.inputs(neededFor: $0).contains { $0.name == input.name } }
          .flatMap { graph.inputsLacking(for: $0, given: given) })
      throw .unfitInput(
        name: input.name,
        problem: missing.isEmpty
          ? "is read by no output of this model"
          : "is given without \(graph.inputs.map(\.name).filter(missing.contains).joined(separator: ", ")), "
            + "so that nothing can be computed from it")
    }
  }
}
