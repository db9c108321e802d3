extension Tensor {
  /// The values, row-major, as float64.
  ///
  /// - Returns: one number for each element; exact for every floating type.
  /// - Throws: `CastError` if the elements are no numbers, or a whole number has no exact float64.
  public func doubles() throws(CastError) -> [Double] { try values(as: .f64) }

  /// The values, row-major, as float32; float64 values are rounded to nearest.
  ///
  /// - Returns: one number for each element.
  /// - Throws: `CastError` if the elements are no numbers, or a whole number has no exact float32.
  public func floats() throws(CastError) -> [Float] { try values(as: .f32) }

  /// Whether both tensors have one shape and the same values: bit for bit where the types are the same, as numbers where
  /// they are not.
  ///
  /// - Parameter other: the other tensor.
  /// - Returns: whether they are the same.
  /// - Throws: `CastError` if the types differ and one of them holds no numbers.
  public func hasSameValues(as other: Tensor) throws(CastError) -> Bool {
    if dtype == other.dtype { return isBitEqual(to: other) }
    guard shape == other.shape else { return false }
    return try doubles() == other.doubles()
  }

  private func values<Value: BitwiseCopyable>(as dtype: DType) throws(CastError) -> [Value] {
    try Cast.convert(self, to: dtype).withUnsafeBytes { bytes in
      [Value](unsafeUninitializedCapacity: elementCount) { values, count in
        UnsafeMutableRawBufferPointer(values).copyMemory(from: bytes)
        count = elementCount
      }
    }
  }
}
