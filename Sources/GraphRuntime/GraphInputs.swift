public import TensorData
public import TensorGraph

/// Turns what the caller gives into the inputs that a graph asks for: row-major, of known shape, whole numbers as I64.
struct GraphInputs {
  let graph: Graph
  /// The type of inputs that hold real numbers.
  var dtype = DType.f64
  /// How many positions a cache already holds.
  var past = 0

  /// The value of each input that `nodes` need.
  ///
  /// - Parameters:
  ///   - nodes: the indices of the input nodes.
  ///   - given: the caller's tensors by name.
  ///   - knownShapes: the shapes of inputs given on an earlier call.
  /// - Returns: a tensor for each node.
  /// - Throws: `RuntimeError` for an input that is missing or does not fit.
  func values(
    of nodes: [Int], given: [String: Tensor], knownShapes: [String: [Int]] = [:]
  ) throws -> [Int: Tensor] {
    let shapes = given.mapValues(\.shape).merging(knownShapes) { given, _ in given }
    let sizes: [String: Int]
    do { sizes = try graph.sizes(inputShapes: shapes, past: past) } catch {
      throw RuntimeError.inputShapes(error.description)
    }
    var values: [Int: Tensor] = [:]
    for node in nodes {
      let name = graph.nodes[node].name
      guard let input = graph.inputs.first(where: { $0.name == name }) else {
        preconditionFailure("\(name) is no declared input")
      }
      values[node] =
        if let tensor = given[name] {
          try checked(tensor, for: input, sizes: sizes)
        } else {
          try fallback(for: input, node: graph.nodes[node], sizes: sizes, given: given)
        }
    }
    return values
  }

  private func fallback(
    for input: GraphInput, node: Node, sizes: [String: Int], given: [String: Tensor]
  ) throws -> Tensor {
    let missing = RuntimeError.missingInput(name: input.name, axes: input.axes)
    if input.fallback == .required { throw missing }
    guard let all = try? graph.shape(of: node, sizes: sizes) else { throw missing }
    // What the caller said of earlier keys still holds: a default is for the new ones.
    let shape = zip(input.axes, all).map { axis, size in axis.hasSuffix("_keys") ? size - past : size }
    switch input.fallback {
    case .constant(let number):
      let numbers = GraphInputs.tensor(shape: shape) { _ in number }
      return input.role.isReal ? try realNumbers(numbers, name: input.name) : numbers
    case .positions: return try positions(input, shape: shape, given: given, missing: missing)
    case .required: throw missing
    }
  }

  /// Positions as the rule of the input counts them.
  private func positions(
    _ input: GraphInput, shape: [Int], given: [String: Tensor], missing: RuntimeError
  ) throws -> Tensor {
    guard let rule = input.role.positionRule else { throw missing }
    let length = max(shape.last ?? 1, 1)
    switch rule {
    case .counted(let first): return GraphInputs.tensor(shape: shape) { first + past + $0 % length }
    case .keptOnly(let first):
      guard let name = graph.inputs.first(where: { $0.role == .tokens && $0.axes == input.axes })?.name,
        let tokens = given[name]
      else { throw missing }
      let ids = try GraphInputs.wholeNumbers(tokens, name: name)
      var count = 0
      let positions = ids.indices.map { index in
        if index % length == 0 { count = past }
        guard ids[index] != first - 1 else { return first - 1 }
        count += 1
        return first + count - 1
      }
      return GraphInputs.tensor(shape: shape) { positions[$0] }
    }
  }

  /// Reads whole numbers of any dtype and compares them with the table that they index.
  private func checked(_ tensor: Tensor, for input: GraphInput, sizes: [String: Int]) throws -> Tensor {
    if input.role.isReal { return try realNumbers(tensor, name: input.name) }
    let numbers = try GraphInputs.wholeNumbers(tensor, name: input.name)
    if let axis = input.bound, let limit = sizes[axis] {
      let mayIgnore = input.role == .labels
      for (index, number) in numbers.enumerated() where !(0..<limit).contains(number) {
        if mayIgnore && number == ignoredLabel { continue }
        throw RuntimeError.indexOutOfRange(
          name: input.name, position: GraphInputs.position(index, in: tensor.shape), value: number, limit: limit,
          table: "the axis \(axis)")
      }
    }
    return GraphInputs.tensor(shape: tensor.shape) { numbers[$0] }
  }

  /// The elements of a tensor of numbers in the type of the run.
  private func realNumbers(_ tensor: Tensor, name: String) throws(RuntimeError) -> Tensor {
    do { return try Cast.convert(tensor.contiguous(), to: dtype) } catch {
      throw .inputType(name: name, dtype: tensor.dtype, detail: error.description)
    }
  }

  /// The elements of a tensor of whole numbers, truth values, or floating-point numbers without a fraction.
  static func wholeNumbers(_ tensor: Tensor, name: String) throws -> [Int] {
    if tensor.dtype == .i64 {
      return tensor.withUnsafeBytes { bytes in
        (0..<tensor.elementCount).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
      }
    }
    let doubles: [Double]
    do { doubles = try tensor.doubles() } catch {
      throw RuntimeError.inputValues(name: name, dtype: tensor.dtype, detail: error.description)
    }
    return try doubles.enumerated().map { index, value in
      guard let number = Int(exactly: value) else {
        throw RuntimeError.inputValues(
          name: name, dtype: tensor.dtype, detail: "element \(position(index, in: tensor.shape)) is \(value)")
      }
      return number
    }
  }

  /// A new I64 tensor.
  static func tensor(shape: [Int], _ number: (Int) -> Int) -> Tensor {
    Tensor(dtype: .i64, shape: shape) { bytes in
      for index in 0..<bytes.count / 8 {
        bytes.storeBytes(of: Int64(number(index)), toByteOffset: index * 8, as: Int64.self)
      }
    }
  }

  /// The index on each axis of an element counted row-major.
  static func position(_ index: Int, in shape: [Int]) -> [Int] {
    var rest = index
    var position: [Int] = []
    for size in shape.reversed() {
      position.append(rest % max(size, 1))
      rest /= max(size, 1)
    }
    return position.reversed()
  }
}

extension Graph {
  /// What an input holds in a run without a cache: what was given, or its default.
  ///
  /// - Parameters:
  ///   - input: an input of this graph.
  ///   - given: the caller's tensors by name.
  /// - Returns: whole numbers as I64, real numbers as F64.
  /// - Throws: `RuntimeError` if it is missing or does not fit.
  public func value(of input: GraphInput, given: [String: Tensor]) throws -> Tensor {
    guard let node = index(of: input.name),
      let value = try GraphInputs(graph: self).values(of: [node], given: given)[node]
    else { throw RuntimeError.missingInput(name: input.name, axes: input.axes) }
    return value
  }
}

/// The label that takes no part in a loss, as PyTorch's cross-entropy has it.
let ignoredLabel = -100
