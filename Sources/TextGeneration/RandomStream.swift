import TensorData

/// A stream of random numbers that one seed fixes on every machine: xoshiro256**, seeded through SplitMix64.
///
/// Source: Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators" (arXiv:1805.01407), and the
/// authors' C code `xoshiro256starstar.c` and `splitmix64.c`, which gives these rotations and constants.
public struct RandomStream: RandomNumberGenerator, Sendable, Hashable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Starts the stream of a seed.
  public init(seed: UInt64) {
    var seeds = SplitMix64(seed: seed)
    state = (seeds.next(), seeds.next(), seeds.next(), seeds.next())
  }

  /// Starts at a state, which must not be all zeros.
  init(state: (UInt64, UInt64, UInt64, UInt64)) { self.state = state }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let result = rotated(state.1 &* 5, by: 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotated(state.3, by: 45)
    return result
  }

  /// The next number in 0 ..< 1: the upper 53 bits, evenly spaced.
  public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

  private func rotated(_ bits: UInt64, by count: Int) -> UInt64 { bits << count | bits >> (64 - count) }

  /// Whether both streams will give the same numbers.
  public static func == (a: RandomStream, b: RandomStream) -> Bool { a.state == b.state }

  /// Feeds the state to the hasher.
  public func hash(into hasher: inout Hasher) {
    for word in [state.0, state.1, state.2, state.3] { hasher.combine(word) }
  }
}
