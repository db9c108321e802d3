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
    let expected = try filled(dtype: stored.dtype, shape: stored.shape).doubles()
    guard try stored.doubles() == expected else {
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
    guard dtype.isInteger, let width = dtype.byteWidth else {
      let doubles = Tensor(dtype: .f64, shape: shape) { $0.copyBytes(from: numbers.withUnsafeBytes(Array.init)) }
      return try Cast.convert(doubles, to: dtype)
    }
    return Tensor(dtype: dtype, shape: shape) { bytes in
      for (index, number) in numbers.enumerated() {
        withUnsafeBytes(of: Int64(number)) {
          bytes[(index * width)..<((index + 1) * width)].copyBytes(from: $0[..<width])
        }
      }
    }
  }
}
