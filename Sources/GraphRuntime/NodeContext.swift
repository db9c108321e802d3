import TensorData
import TensorGraph

/// What a backend is told of the node that it runs.
struct NodeContext {
  let environment: NodeEnvironment
  /// The index of the node in the graph.
  let index: Int
  /// Where attention keeps keys and values, if the run decodes step by step.
  var cache: KeyValueCache?
  /// Where prepared weights are kept from run to run.
  var weights: WeightCache?
  /// How many positions the cache held before this step.
  var past = 0
  /// The place on the axis of time at which a recurrence stands.
  var place = 0

  var graph: Graph { environment.graph }
  var node: Node { environment.graph.nodes[index] }
  var parameters: any ParameterSource { environment.parameters }
  var arena: ActivationArena { environment.arena }
  var products: ProductLibrary { environment.products }
  var threads: Int { environment.threads }

  /// The parameter at `index` of the node's list, with the declared shape and a floating dtype.
  func parameter(_ index: Int) throws -> Tensor {
    let name = node.parameters[index]
    let tensor = try parameters.parameter(named: name)
    let axes = graph.parameterAxes[name] ?? []
    let expected = axes.map { graph.sizes[$0] ?? -1 }
    guard tensor.shape == expected else {
      throw RuntimeError.parameterShape(
        node: node.name, parameter: name, axes: axes, expected: expected, found: tensor.shape)
    }
    guard tensor.dtype.isComputableFloat else {
      throw RuntimeError.parameterType(node: node.name, parameter: name, found: tensor.dtype)
    }
    return tensor
  }

  /// The parameter at `index` of the node's list as float32 numbers, row-major.
  func vector(_ index: Int) throws -> Elements<Float> {
    let make = { try Elements<Float>(Cast.convert(parameter(index).contiguous(), to: .f32)) }
    return try weights?.vector(node.parameters[index], make: make) ?? make()
  }

  /// A new F32 tensor whose elements `fill` writes, row-major.
  func float32(_ shape: [Int], fill: (UnsafeMutablePointer<Float>) -> Void) -> Tensor {
    let (tensor, elements) = arena.float32(shape)
    if !shape.contains(0) { fill(elements) }
    return tensor
  }

  /// The axes of a parameter as the graph declares them.
  func axes(ofParameter index: Int) -> [String] { graph.parameterAxes[node.parameters[index]] ?? [] }

  /// The weight of a linear node as rows to sum over and columns to produce.
  ///
  /// - Parameter tensor: the weight as declared.
  /// - Returns: the weight with the summed axes first, in the order of the input; and how many there are.
  func matrix(_ tensor: Tensor) -> (weight: Tensor, contracted: Int) {
    let axes = axes(ofParameter: 0)
    let contracted = node.inputs[0].axes.filter(axes.contains)
    let produced = axes.filter { !contracted.contains($0) }
    let order = (contracted + produced).map { axis in axes.firstIndex(of: axis) ?? 0 }
    return (tensor.permuted(order), contracted.count)
  }

  /// An error about the shape of one of the inputs.
  func mismatch(_ input: Int, expected: String, found: [Int]) -> RuntimeError {
    .valueShape(node: node.name, value: graph.nodes[node.inputs[input].node].name, expected: expected, found: found)
  }

  /// Requires that the two first inputs have one shape.
  func requireEqualShapes(_ inputs: [Tensor]) throws {
    guard inputs[0].shape == inputs[1].shape else {
      throw mismatch(1, expected: "the shape \(inputs[0].shape)", found: inputs[1].shape)
    }
  }

  /// An error about an index into a table of the node.
  func indexError(position: Int, in ids: Tensor, value: Int, limit: Int) -> RuntimeError {
    .indexOutOfRange(
      name: graph.nodes[node.inputs[0].node].name, position: GraphInputs.position(position, in: ids.shape),
      value: value, limit: limit, table: node.parameters[0])
  }
}
