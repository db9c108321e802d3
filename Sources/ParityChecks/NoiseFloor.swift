import TensorData

/// How far a float32 run strays from the truth by rounding alone, for each output and each batch.
///
/// It is the largest error of several float32 runs, because a single one can be lucky: a model with large weights may magnify
/// one rounding and not another. The largest error of an output is a steady figure if many positions go into it, but luck
/// if few do: two logits can both happen to be rounded right, and all logits of one token share one error. An output with few positions or elements
/// therefore counts as at least as noisy as the same output in another batch, and relative to its largest value as the
/// larger outputs of its own batch, from which such a head is computed. The measurements behind this are in
/// docs/PARITY-EVIDENCE.md.
struct NoiseFloor {
  /// What float32 runs of the reference gave for one output.
  struct Measurement {
    /// How many elements count.
    var elements = 0
    /// At how many positions of how many sequences they are.
    let positions: Int
    /// The largest magnitude of the truth.
    var scale = 0.0
    /// The largest distance of a float32 value of any run from the truth; infinite if float32 leaves its range where the
    /// truth is finite.
    var noise = 0.0
    /// The same of the first run alone, which does not round at random.
    let plain: Double

    /// Compares the float32 values of several runs with the truth.
    ///
    /// - Parameters:
    ///   - axes: the axes of the output.
    ///   - callerAxes: those along which there are positions and sequences.
    ///   - truth: the float64 values.
    ///   - rounded: the float32 values of each run, the one without random rounding first.
    ///   - counts: for each element whether it counts; nil for all.
    /// - Throws: `CastError` if the values are no numbers.
    init(
      axes: [String], callerAxes: Set<String>, truth: Tensor, rounded: [Tensor], counts: [Bool]?
    ) throws {
      let exact = try truth.doubles()
      for (index, value) in exact.enumerated() where counts?[index] ?? true {
        elements += 1
        if value.isFinite { scale = max(scale, abs(value)) }
      }
      let noises = try rounded.map { ModelRuns.noise(exact, try $0.doubles(), counts: counts) }
      plain = noises[0]
      noise = noises.max() ?? 0
      let width = zip(axes, truth.shape).reduce(1) { $0 * (callerAxes.contains($1.0) ? 1 : $1.1) }
      positions = elements / max(width, 1)
    }

    /// Whether the largest error is a steady figure.
    var isSteady: Bool { elements >= NoiseFloor.fewElements && positions >= NoiseFloor.fewPositions }

    /// The noise in units of the largest value.
    var relative: Double { scale > 0 ? noise / scale : 0 }
  }

  /// With fewer elements the largest error of an output is not steady.
  static let fewElements = 64
  /// With fewer positions the largest error of an output is not steady.
  static let fewPositions = 8

  private let batches: [[String: Measurement]]
  private var pooled: [String: (absolute: Double, relative: Double)] = [:]

  /// Takes the measurements of each batch by the name of the output.
  init(_ batches: [[String: Measurement]]) {
    self.batches = batches
    for (name, measurement) in batches.joined() {
      let (absolute, relative) = pooled[name] ?? (0, 0)
      pooled[name] = (max(absolute, measurement.noise), max(relative, measurement.relative))
    }
  }

  /// The noise to reckon with.
  ///
  /// - Parameters:
  ///   - name: the output.
  ///   - batch: the index of the batch.
  /// - Returns: the largest rounding error to expect; 0 if nothing was measured.
  func noise(of name: String, inBatch batch: Int) -> Double {
    guard let own = batches[batch][name] else { return 0 }
    guard !own.isSteady else { return own.noise }
    let larger = batches[batch].values.filter(\.isSteady).map(\.relative).max() ?? 0
    let (absolute, relative) = pooled[name] ?? (0, 0)
    return max(absolute, own.scale * max(relative, larger))
  }
}
