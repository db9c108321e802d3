/// What a cast took from the values of a tensor beside rounding them: those that left the range of the new type.
public struct CastLoss: Sendable, Hashable {
  /// Finite elements that became infinite, or NaN where the type has no infinity.
  public let overflowed: Int
  /// Elements that were not zero and became zero.
  public let underflowed: Int
  /// Where the first element that overflowed is, an index on each axis; empty if none did.
  public var place: [Int]
  /// The first value that overflowed, as it was; 0 if none did.
  public let value: Double

  /// Looks for what a cast would take.
  ///
  /// - Parameters:
  ///   - tensor: the values, with any strides.
  ///   - dtype: the new type.
  /// - Throws: `CastError` if there is no such conversion or a whole number is not representable.
  public init(of tensor: Tensor, to dtype: DType) throws(CastError) {
    let (from, width, newWidth) = (tensor.dtype, tensor.dtype.bitWidth / 8, dtype.bitWidth / 8)
    let size = 16_384
    var total = CastReport()
    var first: (position: Int, value: Double)?
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: size * newWidth, alignment: 8)
    defer { block.deallocate() }
    try tensor.withUnsafeBytes { (bytes) throws(CastError) in
      for start in stride(from: 0, to: bytes.count, by: size * width) {
        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + size * width)])
        let report = try Cast.convert(piece, from: from, into: block, as: dtype)
        total += report
        guard report.overflowed > 0, first == nil else { continue }
        let elements = 0..<(piece.count / width)
        for index in elements where first == nil {
          let element = UnsafeRawBufferPointer(rebasing: piece[(index * width)..<((index + 1) * width)])
          guard try Cast.convert(element, from: from, into: block, as: dtype).overflowed > 0 else { continue }
          var value = 0.0
          try withUnsafeMutableBytes(of: &value) { (double) throws(CastError) in
            _ = try Cast.convert(element, from: from, into: double, as: .f64)
          }
          first = (start / width + index, value)
        }
      }
    }
    self.init(
      total, place: first.map { Tensor.place(of: $0.position, in: tensor.shape) } ?? [], value: first?.value ?? 0)
  }

  /// Takes counts and the place of the first value that overflowed.
  public init(_ report: CastReport, place: [Int] = [], value: Double = 0) {
    overflowed = report.overflowed
    underflowed = report.underflowed
    self.place = place
    self.value = value
  }
}
