/// Whole numbers and truth values as floating-point numbers: exactly, or not at all.
enum WholeNumberCast {
  static func convert(
    _ source: UnsafeRawPointer, from: DType, count: Int, into destination: UnsafeMutableRawPointer, as to: DType
  ) throws(CastError) -> CastReport {
    switch from {
    case .bool:
      let encoder = FloatEncoder(to)
      var report = CastReport(elements: count)
      for index in 0..<count {
        var value: Float = source.load(fromByteOffset: index, as: UInt8.self) == 0 ? 0 : 1
        encoder.encode(&value, into: destination + index * to.bitWidth / 8, count: 1, counting: &report)
      }
    case .u8: try convert(source, UInt8.self, count: count, into: destination, as: to)
    case .i8: try convert(source, Int8.self, count: count, into: destination, as: to)
    case .i16: try convert(source, Int16.self, count: count, into: destination, as: to)
    case .u16: try convert(source, UInt16.self, count: count, into: destination, as: to)
    case .i32: try convert(source, Int32.self, count: count, into: destination, as: to)
    case .u32: try convert(source, UInt32.self, count: count, into: destination, as: to)
    case .i64: try convert(source, Int64.self, count: count, into: destination, as: to)
    case .u64: try convert(source, UInt64.self, count: count, into: destination, as: to)
    default: preconditionFailure("\(from) is no whole number")
    }
    return CastReport(elements: count)
  }

  private static func convert<Number: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawPointer, _: Number.Type, count: Int, into destination: UnsafeMutableRawPointer, as to: DType
  ) throws(CastError) {
    let encoder = FloatEncoder(to)
    let decoder = FloatDecoder(to)
    let width = to.bitWidth / 8
    var report = CastReport()
    for index in 0..<count {
      let number = source.loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.size, as: Number.self)
      let place = destination + index * width
      let isExact: Bool
      if to == .f64 {
        place.storeBytes(of: Double(number), as: Double.self)
        isExact = Number(exactly: Double(number)) == number
      } else {
        var value = Float(number)
        encoder.encode(&value, into: place, count: 1, counting: &report)
        decoder.decode(place, into: &value, count: 1)
        isExact = Number(exactly: value) == number
      }
      guard isExact else { throw .inexact(element: index, value: "\(number)", to: to) }
    }
  }
}
