import TensorData

extension SplitMix64 {
  /// A whole number from 0 up to, but not including, the bound.
  mutating func number(below bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }

  /// A number of mean 0 and variance 1, nearly normal: a sum of four that are uniform.
  ///
  /// Whole-number arithmetic and one exact division, so that every machine gets the same bits.
  mutating func normal() -> Float {
    let bits = next()
    let sum = (0..<4).reduce(0) { $0 + Int(bits >> (16 * UInt64($1)) & 0xFFFF) }
    // Each part has the variance (2^32 - 1) / 12; the sum of four is centred at 2 * 65535.
    return Float(sum - 2 * 65_535) / 37_837
  }
}
