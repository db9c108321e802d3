public import TensorData

extension KnownValue {
  /// Checks that a stored buffer holds what it must: another mask or other positions would be another computation.
  ///
  /// - Parameters:
  ///   - tensor: the stored tensor.
  ///   - source: where it is stored.
  ///   - reason: what it is, for the error.
  /// - Throws: `LayoutError` if it holds something else.
  func check(_ tensor: TensorInfo, in source: any TensorSource, reason: String) throws {
    guard self != .anything else { return }
    let stored = try source.tensor(named: tensor.name)
    let expected = try KnownValue.numbers(filled(dtype: stored.dtype, shape: stored.shape))
    guard try KnownValue.numbers(stored) == expected else {
      throw LayoutError(
        .notRepresentable, "\(tensor.name) is a \(reason), but does not hold what such a buffer holds",
        hint: "if the model does not use it: --allow-unmapped '\(tensor.name)'")
    }
  }

  /// The buffer of that type and shape.
  ///
  /// - Parameters:
  ///   - dtype: the element type.
  ///   - shape: the shape.
  /// - Returns: a contiguous tensor.
  /// - Throws: if the type cannot hold the numbers.
  public func filled(dtype: DType, shape: [Int]) throws -> Tensor {
    let count = shape.reduce(1, *)
    let columns = shape.last ?? 1
    let rows = shape.count > 1 ? shape[shape.count - 2] : 1
    var numbers = [Double](repeating: 0, count: count)
    for index in 0..<count {
      switch self {
      case .range: numbers[index] = Double(index % columns)
      case .lowerTriangle: numbers[index] = index % columns <= (index / columns) % rows ? 1 : 0
      case .constant(let value): numbers[index] = value
      case .anything: break
      }
    }
    return try Cast.tensor(numbers, dtype: dtype, shape: shape)
  }

  private static func numbers(_ tensor: Tensor) throws -> [Double] { try tensor.doubles() }
}
