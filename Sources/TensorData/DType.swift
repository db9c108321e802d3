/// The element types of tensors, named as the safetensors specification names them.
///
/// Source: huggingface/safetensors, `Dtype` in `tensor.rs`. The raw value is the spelling used in file headers.
public enum DType: String, Sendable, CaseIterable, Hashable {
  case bool = "BOOL"
  case f4 = "F4"
  case f6e2m3 = "F6_E2M3"
  case f6e3m2 = "F6_E3M2"
  case u8 = "U8"
  case i8 = "I8"
  case f8e5m2 = "F8_E5M2"
  case f8e4m3 = "F8_E4M3"
  case f8e8m0 = "F8_E8M0"
  case f8e4m3fnuz = "F8_E4M3FNUZ"
  case f8e5m2fnuz = "F8_E5M2FNUZ"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case c64 = "C64"
  case f64 = "F64"
  case i64 = "I64"
  case u64 = "U64"

  /// Bits that one element occupies: 4 or 6 for the packed sub-byte types.
  public var bitWidth: Int {
    switch self {
    case .f4: 4
    case .f6e2m3, .f6e3m2: 6
    case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz: 8
    case .i16, .u16, .f16, .bf16: 16
    case .i32, .u32, .f32: 32
    case .c64, .f64, .i64, .u64: 64
    }
  }

  /// Bytes that one element occupies, or nil for the packed sub-byte types.
  public var byteWidth: Int? { bitWidth % 8 == 0 ? bitWidth / 8 : nil }

  /// Whether the elements are floating-point numbers that this package can compute with.
  public var isComputableFloat: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64, .f8e5m2, .f8e4m3, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0: true
    default: false
    }
  }

  /// Whether a floating type has an infinity; in one that has none, NaN stands for numbers that are too large.
  public var hasInfinity: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64, .f8e5m2: true
    default: false
    }
  }

  /// Whether the elements are whole numbers or truth values.
  public var isInteger: Bool {
    switch self {
    case .bool, .u8, .i8, .i16, .u16, .i32, .u32, .i64, .u64: true
    default: false
    }
  }

  /// Bytes that `elementCount` elements occupy, or nil if that is no whole number of bytes or does not fit in an `Int`.
  public func byteCount(elementCount: Int) -> Int? {
    let (bits, overflow) = elementCount.multipliedReportingOverflow(by: bitWidth)
    guard !overflow, bits % 8 == 0 else { return nil }
    return bits / 8
  }
}

#if _endian(big)
#error("tfconv reads little-endian files in place and does not run on big-endian machines")
#endif
