import CKernels
public import TensorData

/// Random rounding of a float32 run: every value of every node moves by up to 2^-23 of itself.
///
/// One run shows one outcome of rounding, which can be lucky. Runs with different seeds are further outcomes, as another
/// order of summation or another library would give: Monte Carlo arithmetic (Parker, "Monte Carlo Arithmetic", 1997), here
/// on the results of nodes, whose errors the next products amplify as they do those of rounding.
public struct RoundingPerturbation: Sendable, Hashable {
  /// Two runs with the same seed are moved alike.
  public let seed: UInt32
  /// The type that every value is rounded to instead, as a framework that computes in this type does; nil for none.
  public let dtype: DType?

  /// Takes the seed.
  public init(seed: UInt32) {
    self.seed = seed
    dtype = nil
  }

  /// Rounds every value of every node to a type.
  public init(roundingTo dtype: DType) {
    seed = 0
    self.dtype = dtype
  }

  /// A float32 value with its elements moved; any other value as it is.
  func applied(to value: Tensor, node: Int) -> Tensor {
    guard value.dtype == .f32 else { return value }
    if let dtype, let narrow = try? Cast.convert(value, to: dtype), let wide = try? Cast.convert(narrow, to: .f32) {
      return wide
    }
    let elements = value.float32.values
    return .float32(shape: value.shape) { moved in
      guard let start = elements.baseAddress else { return }
      tfconv_perturb(start, seed &+ UInt32(truncatingIfNeeded: node) &* 0x85EB_CA77, moved, elements.count)
    }
  }
}
