/// A small generator of random numbers that depend on nothing but the seed: SplitMix64.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), with the constants of
/// `splitmix64.c` by Vigna.
public struct SplitMix64: RandomNumberGenerator, Sendable, Hashable {
  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var state: UInt64

  /// Starts at a seed, behind the first `count` numbers of its stream.
  public init(seed: UInt64, skipping count: Int = 0) {
    state = seed &+ UInt64(truncatingIfNeeded: count) &* SplitMix64.step
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= SplitMix64.step
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }
}
