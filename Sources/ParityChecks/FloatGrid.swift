import TensorData

/// The numbers of a floating type as a grid: how far apart they are, and how far they reach.
struct FloatGrid {
  /// Bits of the fraction.
  let fractionBits: Int
  /// The exponent of the smallest normal number; below it the distance no longer shrinks.
  let leastExponent: Int
  /// The largest finite number.
  let greatest: Double

  /// The grid of a type; nil for one that is no floating type with a fraction.
  init?(_ dtype: DType) {
    switch dtype {
    case .f64: self.init(52, -1022, .greatestFiniteMagnitude)
    case .f32: self.init(23, -126, Double(Float.greatestFiniteMagnitude))
    case .f16: self.init(10, -14, 65_504)
    case .bf16: self.init(7, -126, 0x1.FEp127)
    case .f8e4m3: self.init(3, -6, 448)
    case .f8e5m2: self.init(2, -14, 57_344)
    case .f8e4m3fnuz: self.init(3, -7, 240)
    case .f8e5m2fnuz: self.init(2, -15, 57_344)
    default: return nil
    }
  }

  private init(_ fractionBits: Int, _ leastExponent: Int, _ greatest: Double) {
    self.fractionBits = fractionBits
    self.leastExponent = leastExponent
    self.greatest = greatest
  }

  /// The smallest normal number.
  var leastNormal: Double { Double(sign: .plus, exponent: leastExponent, significand: 1) }

  /// The distance between the numbers of the grid around a finite value.
  func unit(at value: Double) -> Double {
    let exponent = value == 0 ? leastExponent : max(Int(value.exponent), leastExponent)
    return Double(sign: .plus, exponent: exponent - fractionBits, significand: 1)
  }
}
