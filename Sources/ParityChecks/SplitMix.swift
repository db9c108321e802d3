/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): numbers that depend
/// on nothing but the seed.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

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
