import CKernels

/// What a cast did to the values, beside rounding them.
public struct CastReport: Sendable, Hashable {
  /// Elements converted.
  public var elements: Int
  /// Finite elements that became infinite, or NaN where the format has no infinity.
  public var overflowed: Int
  /// Elements that were not zero and became zero.
  public var underflowed: Int

  /// Takes the counts.
  public init(elements: Int = 0, overflowed: Int = 0, underflowed: Int = 0) {
    self.elements = elements
    self.overflowed = overflowed
    self.underflowed = underflowed
  }

  /// Adds the counts of another part.
  public static func += (total: inout CastReport, part: CastReport) {
    total.elements += part.elements
    total.overflowed += part.overflowed
    total.underflowed += part.underflowed
  }
}

/// Why values cannot be converted.
public enum CastError: Error, Hashable, CustomStringConvertible {
  /// There is no conversion between the two types.
  case unsupported(from: DType, to: DType)
  /// A whole number has no exact representation in the floating type; `element` counts in row-major order.
  case inexact(element: Int, value: String, to: DType)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .unsupported(let from, let to):
      "\(from.rawValue) cannot be converted to \(to.rawValue): conversions lead from floating or whole numbers to F64, "
        + "F32, F16, BF16, F8_E4M3, F8_E5M2 and their FNUZ variants"
    case .inexact(let element, let value, let to):
      "element \(element) is the whole number \(value), which \(to.rawValue) cannot represent exactly; choose a wider type"
    }
  }
}

/// Conversions between element types: round to nearest, ties to even, rounded once.
///
/// Numbers that are too large become infinite, or NaN in the eight-bit formats without infinity (as the `ml_dtypes`
/// package converts without saturation); NaN stays NaN. A float64 on its way to a type narrower than float32 is first
/// rounded to odd, after which the second rounding cannot differ from a direct one (Boldo and Melquiond, "Emulation of
/// FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE Transactions on Computers 57, 2008).
public enum Cast {
  /// Whether `convert` knows the pair.
  public static func isSupported(from: DType, to: DType) -> Bool {
    if from == to { return true }
    guard from.isComputableFloat || from.isInteger else { return false }
    return to.isComputableFloat && to != .f8e8m0
  }

  /// Converts a tensor.
  ///
  /// - Parameters:
  ///   - tensor: the values, with any strides.
  ///   - dtype: the type of the result.
  /// - Returns: a tensor of the same shape; the same one if it already has that type.
  /// - Throws: `CastError` if there is no such conversion or a whole number is not representable.
  public static func convert(_ tensor: Tensor, to dtype: DType) throws(CastError) -> Tensor {
    try convertCounting(tensor, to: dtype).tensor
  }

  /// Converts a tensor and counts the values that left the range of the new type.
  ///
  /// - Parameters:
  ///   - tensor: the values, with any strides.
  ///   - dtype: the type of the result.
  /// - Returns: a tensor of the same shape, and the counts.
  /// - Throws: `CastError` if there is no such conversion or a whole number is not representable.
  public static func convertCounting(
    _ tensor: Tensor, to dtype: DType
  ) throws(CastError) -> (tensor: Tensor, report: CastReport) {
    guard isSupported(from: tensor.dtype, to: dtype) else {
      throw .unsupported(from: tensor.dtype, to: dtype)
    }
    if tensor.dtype == dtype { return (tensor, CastReport(elements: tensor.elementCount)) }
    var report = CastReport()
    let result = try Tensor(dtype: dtype, shape: tensor.shape) { (destination) throws(CastError) in
      report = try tensor.withUnsafeBytes { (source) throws(CastError) in
        try convert(source, from: tensor.dtype, into: destination, as: dtype)
      }
    }
    return (result, report)
  }

  /// Converts elements that lie without gaps, at any address; a stream is converted piece by piece.
  ///
  /// - Parameters:
  ///   - source: whole elements.
  ///   - from: their type.
  ///   - destination: room for as many elements of the new type.
  ///   - to: the new type.
  /// - Returns: the counts for these elements.
  /// - Throws: `CastError` if there is no such conversion or a whole number is not representable.
  public static func convert(
    _ source: UnsafeRawBufferPointer, from: DType, into destination: UnsafeMutableRawBufferPointer, as to: DType
  ) throws(CastError) -> CastReport {
    guard isSupported(from: from, to: to) else { throw .unsupported(from: from, to: to) }
    if from == to {
      precondition(destination.count >= source.count, "the destination is too small")
      destination.copyMemory(from: source)
      return CastReport(elements: source.count * 8 / from.bitWidth)
    }
    guard let fromWidth = from.byteWidth, let toWidth = to.byteWidth else {
      preconditionFailure("only whole-byte types are converted")
    }
    let count = source.count / fromWidth
    precondition(count * fromWidth == source.count, "the source ends inside an element")
    precondition(destination.count >= count * toWidth, "the destination is too small")
    guard count > 0, let input = source.baseAddress, let output = destination.baseAddress else { return CastReport() }
    if from.isInteger { return try WholeNumberCast.convert(input, from: from, count: count, into: output, as: to) }
    return convertFloats(input, from: from, count: count, into: output, as: to)
  }

  /// Converts floating-point numbers of different types, by way of float32 in blocks that stay in the first-level cache.
  private static func convertFloats(
    _ source: UnsafeRawPointer, from: DType, count: Int, into destination: UnsafeMutableRawPointer, as to: DType
  ) -> CastReport {
    var report = CastReport(elements: count)
    if from == .f64 && to == .f32 {
      tfconv_f64_to_f32(source, destination, count)
      countDoubles(source, count: count, in: &report)
      return report
    }
    let fromWidth = from.bitWidth / 8
    let toWidth = to.bitWidth / 8
    let decoder = FloatDecoder(from)
    let encoder = FloatEncoder(to)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: min(count, 4096)) { block in
      guard let floats = block.baseAddress else { return }
      let isReady = from == .f32 && UInt(bitPattern: source) % 4 == 0
      for first in stride(from: 0, to: count, by: block.count) {
        let size = min(block.count, count - first)
        let stored = source + first * fromWidth
        if !isReady { decoder.decode(stored, into: floats, count: size) }
        encoder.encode(
          isReady ? stored.assumingMemoryBound(to: Float.self) : UnsafePointer(floats),
          into: destination + first * toWidth, count: size, counting: &report)
      }
    }
    return report
  }

  /// Counts the float64 values that a float32 cannot hold.
  private static func countDoubles(_ source: UnsafeRawPointer, count: Int, in report: inout CastReport) {
    for index in 0..<count {
      let magnitude = source.loadUnaligned(fromByteOffset: index * 8, as: Double.self).magnitude
      // Half a unit above the largest float32, and half of the smallest one: both ties round away from the range.
      if magnitude >= 0x1.ffffffp127 && magnitude < .infinity { report.overflowed += 1 }
      if magnitude > 0 && magnitude <= 0x1p-150 { report.underflowed += 1 }
    }
  }
}
