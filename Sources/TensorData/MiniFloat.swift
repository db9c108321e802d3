/// An eight-bit floating-point format: how its 256 codes are read, and how a number becomes the nearest code.
///
/// Sources: OCP 8-bit Floating Point Specification (OFP8) revision 1.0 for E4M3 and E5M2; the `fnuz` formats of Noune et
/// al., "8-bit Numerical Formats for Deep Neural Networks" (arXiv:2206.02915); OCP Microscaling Formats (MX) 1.0 for
/// E8M0. Numbers that are too large are treated as the `ml_dtypes` Python package does without saturation: infinity where
/// the format has one, else NaN.
struct MiniFloat: Sendable {
  /// Bits of the fraction.
  let fractionBits: Int
  /// What is subtracted from the stored exponent.
  let bias: Int
  /// The code of the largest finite magnitude.
  let largestCode: UInt8
  /// The code, without sign, that stands for numbers above it.
  let overflowCode: UInt8
  /// The code, without sign, of NaN.
  let nanCode: UInt8
  /// Whether NaN is the code that would be minus zero; then there is neither minus zero nor infinity.
  let isUnsignedZero: Bool

  static let e4m3 = MiniFloat(
    fractionBits: 3, bias: 7, largestCode: 0x7E, overflowCode: 0x7F, nanCode: 0x7F, isUnsignedZero: false)
  static let e5m2 = MiniFloat(
    fractionBits: 2, bias: 15, largestCode: 0x7B, overflowCode: 0x7C, nanCode: 0x7E, isUnsignedZero: false)
  static let e4m3fnuz = MiniFloat(
    fractionBits: 3, bias: 8, largestCode: 0x7F, overflowCode: 0x80, nanCode: 0x80, isUnsignedZero: true)
  static let e5m2fnuz = MiniFloat(
    fractionBits: 2, bias: 16, largestCode: 0x7F, overflowCode: 0x80, nanCode: 0x80, isUnsignedZero: true)

  init(
    fractionBits: Int, bias: Int, largestCode: UInt8, overflowCode: UInt8, nanCode: UInt8, isUnsignedZero: Bool
  ) {
    self.fractionBits = fractionBits
    self.bias = bias
    self.largestCode = largestCode
    self.overflowCode = overflowCode
    self.nanCode = nanCode
    self.isUnsignedZero = isUnsignedZero
  }

  /// The format of a dtype that can be written, nil for every other.
  init?(_ dtype: DType) {
    switch dtype {
    case .f8e4m3: self = .e4m3
    case .f8e5m2: self = .e5m2
    case .f8e4m3fnuz: self = .e4m3fnuz
    case .f8e5m2fnuz: self = .e5m2fnuz
    default: return nil
    }
  }

  /// The number that a code stands for.
  func value(of code: UInt8) -> Float {
    let magnitude = code & 0x7F
    if isUnsignedZero ? code == 0x80 : magnitude > largestCode {
      return magnitude == overflowCode && overflowCode != nanCode ? (code < 0x80 ? .infinity : -.infinity) : .nan
    }
    let exponent = Int(magnitude >> fractionBits)
    let fraction = Float(magnitude & (1 << fractionBits - 1))
    let unit = Float(1 << fractionBits)
    let absolute: Float =
      exponent == 0
      ? fraction / unit * Float(sign: .plus, exponent: 1 - bias, significand: 1)
      : (1 + fraction / unit) * Float(sign: .plus, exponent: exponent - bias, significand: 1)
    return code < 0x80 ? absolute : -absolute
  }

  /// The nearest code, ties to the even one.
  func code(of value: Float) -> UInt8 {
    let sign: UInt8 = value.sign == .minus ? 0x80 : 0
    if value.isNaN { return isUnsignedZero ? nanCode : sign | nanCode }
    if value.isInfinite { return isUnsignedZero ? overflowCode : sign | overflowCode }
    let bits = value.bitPattern & 0x7FFF_FFFF
    // The exponent and fraction of the result's range, with the fraction still as long as a float32's. Below the smallest
    // normal number the leading one becomes part of the fraction, shifted down.
    var exponent = Int(bits >> 23) - 127 + bias
    var fraction = bits & 0x7F_FFFF
    var dropped = 23 - fractionBits
    if exponent < 1 {
      fraction |= bits >= 0x80_0000 ? 0x80_0000 : 0
      dropped += 1 - exponent
      exponent = 0
    }
    guard dropped < 26 else { return isUnsignedZero ? 0 : sign }
    let kept = fraction >> dropped
    let rest = fraction & (1 << dropped - 1)
    let half: UInt32 = 1 << (dropped - 1)
    // A carry out of the fraction runs into the exponent, which is what it should do.
    var magnitude = exponent << fractionBits + Int(kept)
    if rest > half || rest == half && kept & 1 == 1 { magnitude += 1 }
    if magnitude > Int(largestCode) { return isUnsignedZero ? overflowCode : sign | overflowCode }
    return magnitude == 0 && isUnsignedZero ? 0 : sign | UInt8(magnitude)
  }

  /// The values of the 256 codes of an eight-bit floating dtype, nil for every other.
  static func values(of dtype: DType) -> [Float]? {
    if dtype == .f8e8m0 {
      return (0...255).map { $0 == 255 ? .nan : Float(sign: .plus, exponent: $0 - 127, significand: 1) }
    }
    guard let format = MiniFloat(dtype) else { return nil }
    return (0...255).map { format.value(of: UInt8($0)) }
  }
}
