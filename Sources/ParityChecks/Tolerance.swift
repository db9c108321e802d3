import GraphRuntime
import TensorGraph

/// How far outputs may differ: multiples of measured rounding noise, unless the user says otherwise.
public struct Tolerance: Sendable, Hashable {
  /// Bounds that the user chose.
  public struct Bounds: Sendable, Hashable {
    /// An absolute bound, or nil.
    public var absolute: Double?
    /// A bound relative to the largest expected value, or nil.
    public var relative: Double?

    /// Takes both.
    public init(absolute: Double? = nil, relative: Double? = nil) {
      self.absolute = absolute
      self.relative = relative
    }

    /// Whether there is a bound.
    public var isChosen: Bool { absolute != nil || relative != nil }
  }

  /// The bounds of every output that has none of its own.
  public var everywhere: Bounds
  /// The bounds of single outputs by name: of `hidden_states[3]`, or of all of `hidden_states`.
  public var taps: [String: Bounds] = [:]
  /// Whether an output may hold values that are not finite, if they are the same on both sides: a model that is allowed
  /// to hold such values may compute them.
  public var allowsNonFinite = false

  /// Measured noise decides unless a bound is given.
  public init(absolute: Double? = nil, relative: Double? = nil) {
    everywhere = Bounds(absolute: absolute, relative: relative)
  }

  /// A float32 run may stray from the truth this many times as far as another float32 run of the same model did.
  ///
  /// Two runs that round differently (another order of summation, another orientation of a weight) have the same
  /// distribution of errors; the maximum over the elements of one output varies by less than this factor. The figures
  /// are in docs/PARITY-EVIDENCE.md.
  public static let noiseFactor = 6.0

  /// What was recorded in float16 or bfloat16 may stray this many times as far as a run that computes in that type, and the
  /// comparison is then left open: the recording may have been made so.
  static let recordedFactor = 3.0

  /// Rounding noise is at least one unit in the last place of float32 at the largest value.
  static let float32Unit = 0x1p-23

  /// Two float64 computations of one function agree to this, relative to the largest value.
  public static let float64Relative = 1e-12

  /// Whether the user chose a bound for any output.
  public var isChosen: Bool { everywhere.isChosen || taps.values.contains(where: \.isChosen) }

  /// Checks that there is an output for every bound that was chosen for a single one.
  ///
  /// - Parameters:
  ///   - outputs: the outputs that are compared; the layers of a stack may be named as well.
  ///   - nodes: names of nodes that are compared beside them.
  /// - Throws: `RuntimeError.unknownOutput` for a bound of an output that is not compared.
  func check(against outputs: [GraphOutput], nodes: [String] = []) throws(RuntimeError) {
    let layers = outputs.filter(\.isStacked).flatMap { output in
      output.values.indices.map { "\(output.name)[\($0)]" }
    }
    let known = Set(outputs.map(\.name) + layers + nodes)
    for name in taps.keys.sorted() where !known.contains(name) {
      throw .unknownOutput(name: name, known: outputs.map(\.name))
    }
  }

  /// The bounds that the user chose for an output; those of its own name count more than those of its stack.
  ///
  /// - Parameter name: the output, or a layer of it.
  /// - Returns: the bounds, or nil if measured noise decides.
  public func bounds(of name: String) -> Bounds? {
    let stack = name.firstIndex(of: "[").map { String(name[..<$0]) }
    let own = taps[name] ?? stack.flatMap { taps[$0] } ?? everywhere
    return own.isChosen ? own : nil
  }

  /// The bound for one output.
  ///
  /// - Parameters:
  ///   - name: the output.
  ///   - noise: the largest measured rounding error.
  ///   - scale: the largest magnitude of the truth.
  ///   - isFloat64: whether both sides were computed in float64.
  /// - Returns: the largest difference that passes.
  func budget(of name: String, noise: Double, scale: Double, isFloat64: Bool) -> Double {
    if let chosen = bounds(of: name) { return (chosen.absolute ?? 0) + (chosen.relative ?? 0) * scale }
    if isFloat64 { return Tolerance.float64Relative * scale }
    return Tolerance.noiseFactor * max(noise, Tolerance.float32Unit * scale)
  }
}
