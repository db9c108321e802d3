public import TensorData

/// SplitMix64 (Steele, Lea and Flood 2014): a small generator whose numbers depend on nothing but the seed.
public struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  /// Starts at a seed.
  public init(seed: UInt64) { state = seed }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A float32 tensor of numbers between -1 and 1.
  public mutating func tensor(_ shape: [Int]) -> Tensor {
    let values = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &self) }
    return Tensor(dtype: .f32, shape: shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
  }
}
