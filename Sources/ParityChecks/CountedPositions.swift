import TensorData
import TensorGraph

extension GraphOutput {
  /// The axes of the output; a stack has one more in front.
  var axes: [String] { (isStacked ? ["layers"] : []) + (values.first?.axes ?? []) }
}

/// Which elements of an output count: those at positions that the masks keep.
///
/// What a model computes at padded positions differs between frameworks and never reaches another position.
enum CountedPositions {
  /// For each element of an output whether it counts, or nil if all do.
  ///
  /// - Parameters:
  ///   - axes: the axes of the output.
  ///   - shape: its shape.
  ///   - graph: the graph that the output is of; its masks decide.
  ///   - inputs: the inputs of the run.
  /// - Returns: a truth value for each element, row-major.
  /// - Throws: `CastError` if a mask holds no numbers.
  static func of(axes: [String], shape: [Int], graph: Graph, inputs: [String: Tensor]) throws -> [Bool]? {
    guard axes.count == shape.count else { return nil }
    for mask in graph.inputs {
      guard case .mask(over: let axis) = mask.role, let batch = axes.firstIndex(of: mask.axes[0]),
        let position = axes.firstIndex(of: axis), let tensor = inputs[mask.name]
      else { continue }
      let kept = try tensor.doubles()
      let strides = Tensor.rowMajorStrides(shape)
      let columns = tensor.shape[1]
      return (0..<shape.reduce(1, *)).map { element in
        let row = element / strides[batch] % shape[batch]
        let column = element / strides[position] % shape[position]
        return kept[row * columns + column] != 0
      }
    }
    return nil
  }
}
