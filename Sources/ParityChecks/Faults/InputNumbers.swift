import TensorData
import TensorGraph

/// The whole numbers of one input, so that they can be replaced.
struct InputNumbers {
  let shape: [Int]
  let values: [Int]

  /// The input with every number changed.
  func mapped(_ change: (Int) -> Int) -> Tensor { replaced(by: values.map(change)) }

  /// An input of the same shape with other numbers.
  func replaced(by numbers: [Int]) -> Tensor {
    Tensor(dtype: .i64, shape: shape) { bytes in
      numbers.map(Int64.init).withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }
}

extension GraphInput {
  /// The numbers of this input: those that were given, or the positions that stand for them where none were.
  ///
  /// - Parameter inputs: what was given.
  /// - Returns: the numbers, or nil if the input was left out and its default is no position.
  /// - Throws: `CastError` if what was given is no number.
  func numbers(in inputs: [String: Tensor]) throws -> InputNumbers? {
    if let given = inputs[name] { return InputNumbers(shape: given.shape, values: try given.doubles().map { Int($0) }) }
    guard fallback == .positions, let shape = inputs["input_ids"]?.shape, let width = shape.last else { return nil }
    return InputNumbers(shape: shape, values: (0..<shape.reduce(1, *)).map { $0 % width })
  }
}
