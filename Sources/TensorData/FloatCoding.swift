import CKernels

/// Reads elements of a floating type as float32: exactly, but for float64, which is rounded to odd.
struct FloatDecoder {
  private let dtype: DType
  private let table: [Float]

  init(_ dtype: DType) {
    precondition(dtype.isComputableFloat, "\(dtype) is no floating type")
    self.dtype = dtype
    self.table = MiniFloat.values(of: dtype) ?? []
  }

  func decode(_ source: UnsafeRawPointer, into floats: UnsafeMutablePointer<Float>, count: Int) {
    switch dtype {
    case .f64: tfconv_f64_to_f32_odd(source, floats, count)
    case .f32: UnsafeMutableRawPointer(floats).copyMemory(from: source, byteCount: count * 4)
    case .f16: tfconv_f16_to_f32(source, floats, count)
    case .bf16: tfconv_bf16_to_f32(source, floats, count)
    default:
      for index in 0..<count {
        floats[index] = table[Int(source.load(fromByteOffset: index, as: UInt8.self))]
      }
    }
  }
}

/// Writes float32 values as elements of a floating type, rounded to nearest, and counts those that leave its range.
struct FloatEncoder {
  private let dtype: DType
  private let format: MiniFloat?
  /// Bit patterns of magnitudes: below the first a number that is not zero becomes zero, from the second on it overflows.
  private let range: (lower: UInt32, upper: UInt32)

  init(_ dtype: DType) {
    precondition(dtype.isComputableFloat && dtype != .f8e8m0, "\(dtype) cannot be written")
    self.dtype = dtype
    self.format = MiniFloat(dtype)
    range =
      switch dtype {
      // Half of the smallest number ties to zero; half a unit above the largest one ties to the even power of two.
      case .f16: ((0x1p-25 as Float).bitPattern + 1, (65520 as Float).bitPattern)
      case .bf16: ((0x1p-134 as Float).bitPattern + 1, 0x7F7F_8000)
      default: format?.range ?? (0, 0x7F80_0000)
      }
  }

  func encode(
    _ floats: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, count: Int,
    counting report: inout CastReport
  ) {
    if dtype != .f64 && dtype != .f32 {
      tfconv_count_f32_outside(floats, count, range.lower, range.upper, &report.underflowed, &report.overflowed)
    }
    switch dtype {
    case .f64: tfconv_f32_to_f64(floats, destination, count)
    case .f32: destination.copyMemory(from: floats, byteCount: count * 4)
    case .f16: tfconv_f32_to_f16(floats, destination, count)
    case .bf16: tfconv_f32_to_bf16(floats, destination, count)
    default:
      guard let format else { preconditionFailure("\(dtype) cannot be written") }
      for index in 0..<count {
        destination.storeBytes(of: format.code(of: floats[index]), toByteOffset: index, as: UInt8.self)
      }
    }
  }
}

extension MiniFloat {
  /// Bit patterns of float32 magnitudes: below the first a number becomes zero, from the second on it overflows.
  var range: (lower: UInt32, upper: UInt32) {
    let smallest = value(of: 1)
    let largest = value(of: largestCode)
    let middle = largest + (largest - value(of: largestCode - 1)) / 2
    // The largest code, if even, still takes the tie above it.
    return ((smallest / 2).bitPattern + 1, middle.bitPattern + (largestCode & 1 == 0 ? 1 : 0))
  }
}
