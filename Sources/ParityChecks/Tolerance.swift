/// How far outputs may differ: multiples of measured rounding noise, unless the user says otherwise.
public struct Tolerance: Sendable, Hashable {
  /// An absolute bound that the user chose, or nil.
  public var absolute: Double?
  /// A bound relative to the largest expected value that the user chose, or nil.
  public var relative: Double?

  /// Measured noise decides unless a bound is given.
  public init(absolute: Double? = nil, relative: Double? = nil) {
    self.absolute = absolute
    self.relative = relative
  }

  /// A float32 run may stray from the truth this many times as far as another float32 run of the same model did.
  ///
  /// Two runs that round differently (another order of summation, another orientation of a weight) have the same
  /// distribution of errors; the maximum over the elements of one output varies by less than this factor. The figures
  /// are in docs/PARITY.md.
  public static let noiseFactor = 8.0

  /// Rounding noise is at least one unit in the last place of float32 at the largest value.
  static let float32Unit = 0x1p-23

  /// Two float64 computations of one function agree to this, relative to the largest value.
  public static let float64Relative = 1e-12

  /// Whether the user chose a bound.
  public var isChosen: Bool { absolute != nil || relative != nil }

  /// The bound for one output.
  ///
  /// - Parameters:
  ///   - noise: the largest measured rounding error.
  ///   - scale: the largest magnitude of the truth.
  ///   - isFloat64: whether both sides were computed in float64.
  /// - Returns: the largest difference that passes.
  func budget(noise: Double, scale: Double, isFloat64: Bool) -> Double {
    if isChosen { return (absolute ?? 0) + (relative ?? 0) * scale }
    if isFloat64 { return Tolerance.float64Relative * scale }
    return Tolerance.noiseFactor * max(noise, Tolerance.float32Unit * scale)
  }
}
