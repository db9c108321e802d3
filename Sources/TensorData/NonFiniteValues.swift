internal import CKernels

/// The values of a tensor that are no finite numbers: how many there are, and the first of them.
public struct NonFiniteValues: Sendable, Equatable {
  /// How many elements are NaN or infinite.
  public let count: Int
  /// How many elements the tensor has.
  public let elements: Int
  /// Where the first of them is, an index on each axis.
  public let place: [Int]
  /// What the first of them is.
  public let value: Double

  /// Takes the four fields.
  public init(count: Int, elements: Int, place: [Int], value: Double) {
    self.count = count
    self.elements = elements
    self.place = place
    self.value = value
  }

  /// Whether count, place and value are the same; one NaN is as good as another.
  public static func == (a: NonFiniteValues, b: NonFiniteValues) -> Bool {
    a.count == b.count && a.elements == b.elements && a.place == b.place
      && (a.value == b.value || a.value.isNaN && b.value.isNaN)
  }

  /// Looks through a tensor, in one pass over its bits.
  ///
  /// - Parameter tensor: the values, with any strides; of a complex number both parts are looked at.
  /// - Returns: nil if every element is finite, as those of whole numbers and of the packed types always are.
  public static func find(in tensor: Tensor) -> NonFiniteValues? {
    guard let pattern = Pattern(tensor.dtype) else { return nil }
    let (count, first) = tensor.withUnsafeBytes { bytes -> (Int, Int) in
      guard let start = bytes.baseAddress else { return (0, 0) }
      var first = 0
      let count = tfconv_count_marked(
        start, bytes.count / pattern.width, pattern.width, pattern.flip, pattern.mask, pattern.least, &first)
      return (count, first)
    }
    guard count > 0 else { return nil }
    let position = first * pattern.width * 8 / tensor.dtype.bitWidth
    return NonFiniteValues(
      count: count, elements: tensor.elementCount, place: Tensor.place(of: position, in: tensor.shape),
      value: tensor.withUnsafeBytes { pattern.value(of: first, in: $0) })
  }

  /// How numbers that are not finite are told from others in a type: by the greatest of their masked bits.
  private struct Pattern {
    let dtype: DType
    /// The bytes of one number; a complex one is two.
    var width: Int { dtype.bitWidth / 8 }
    let flip: UInt64
    let mask: UInt64
    let least: UInt64

    init?(_ dtype: DType) {
      self.dtype = dtype == .c64 ? .f32 : dtype
      // NaN of the unsigned-zero formats is the code that would be minus zero; turned over it is the greatest of all.
      flip = dtype == .f8e4m3fnuz || dtype == .f8e5m2fnuz ? 0x7F : 0
      switch dtype {
      case .f64: (mask, least) = (0x7FFF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000)
      case .f32, .c64: (mask, least) = (0x7FFF_FFFF, 0x7F80_0000)
      case .f16: (mask, least) = (0x7FFF, 0x7C00)
      case .bf16: (mask, least) = (0x7FFF, 0x7F80)
      case .f8e5m2: (mask, least) = (0x7F, 0x7C)
      case .f8e4m3: (mask, least) = (0x7F, 0x7F)
      case .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0: (mask, least) = (0xFF, 0xFF)
      default: return nil
      }
    }

    func value(of index: Int, in bytes: UnsafeRawBufferPointer) -> Double {
      var value = Double.nan
      let element = UnsafeRawBufferPointer(rebasing: bytes[(index * width)..<((index + 1) * width)])
      withUnsafeMutableBytes(of: &value) { _ = try? Cast.convert(element, from: dtype, into: $0, as: .f64) }
      return value
    }
  }
}
