import TensorData
import TensorGraph

/// Which elements of an output count: those at positions that the masks keep.
///
/// What a model computes at padded positions differs between frameworks and never reaches another position.
enum CountedPositions {
  /// For each element of an output whether it counts, or nil if all do.
  ///
  /// - Parameters:
  ///   - output: the output.
  ///   - shape: its shape, with the first axis of a stack.
  ///   - inputs: the inputs of the run.
  /// - Returns: a truth value for each element, row-major.
  /// - Throws: `CastError` if a mask holds no numbers.
  static func of(_ output: GraphOutput, shape: [Int], inputs: [String: Tensor]) throws -> [Bool]? {
    let axes = (output.isStacked ? ["layers"] : []) + (output.values.first?.axes ?? [])
    guard axes.count == shape.count, let batch = axes.firstIndex(of: "batch") else { return nil }
    for (axis, mask) in [("seq", "attention_mask"), ("decoder_seq", "decoder_attention_mask")] {
      guard let position = axes.firstIndex(of: axis), let tensor = inputs[mask] else { continue }
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
