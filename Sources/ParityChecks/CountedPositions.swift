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
  ///   - inputs: the inputs of the run.
  /// - Returns: a truth value for each element, row-major.
  /// - Throws: `CastError` if a mask holds no numbers.
  static func of(axes: [String], shape: [Int], inputs: [String: Tensor]) throws -> [Bool]? {
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
