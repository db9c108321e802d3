import TensorData

/// One output compared with the truth, element by element.
public struct OutputComparison: Sendable {
  /// The name of the output.
  public let name: String
  /// How many elements were compared; padded positions are not.
  public let elements: Int
  /// The largest absolute difference.
  public let difference: Double
  /// Where it is, an index for each axis.
  public let worst: [Int]
  /// The true value there.
  public let expected: Double
  /// The value that was found there.
  public let found: Double
  /// The rounding error of a float32 run to reckon with, or nil if it was not measured.
  public let noise: Double?
  /// The rounding error of this very output, where `noise` may be that of larger ones; nil if it was not measured.
  public let measured: Double?
  /// The largest difference that passes.
  public let budget: Double
  /// Whether the user chose the budget.
  public let isChosen: Bool
  /// The largest magnitude of the truth.
  public let scale: Double
  /// How many elements are not finite on the true side and on the other.
  public let nonFinite: (expected: Int, found: Int)
  /// How it ended.
  public let verdict: Verdict

  /// The difference in units of the budget; at most one passes.
  public var ratio: Double { budget > 0 ? difference / budget : difference > 0 ? .infinity : 0 }

  /// Compares one output.
  ///
  /// - Parameters:
  ///   - name: the name of the output.
  ///   - truth: the true values.
  ///   - found: the values to be judged, of the same shape.
  ///   - counts: for each element whether it counts; nil for all.
  ///   - noise: the rounding error to reckon with, or nil.
  ///   - measured: the rounding error of this very output, or nil.
  ///   - tolerance: what passes.
  ///   - isFloat64: whether both sides were computed in float64.
  /// - Throws: `CastError` if the values are no numbers.
  init(
    _ name: String, truth: Tensor, found: Tensor, counts: [Bool]?, noise: Double?, measured: Double? = nil,
    tolerance: Tolerance, isFloat64: Bool
  ) throws {
    let expected = try truth.doubles()
    let values = try found.doubles()
    var statistics = Statistics()
    for index in expected.indices where counts?[index] ?? true {
      statistics.add(index, expected[index], values[index])
    }
    self.name = name
    elements = statistics.elements
    difference = statistics.difference
    worst = Tensor.place(of: statistics.worst, in: truth.shape)
    self.expected = statistics.elements == 0 ? .nan : expected[statistics.worst]
    self.found = statistics.elements == 0 ? .nan : values[statistics.worst]
    self.noise = noise
    self.measured = measured
    scale = statistics.scale
    nonFinite = statistics.nonFinite
    isChosen = tolerance.bounds(of: name) != nil
    budget = tolerance.budget(of: name, noise: noise ?? 0, scale: statistics.scale, isFloat64: isFloat64)
    verdict = OutputComparison.verdict(
      statistics, budget: budget, noise: isChosen ? 0 : noise ?? 0, allowsNonFinite: tolerance.allowsNonFinite)
  }

  private static func verdict(
    _ statistics: Statistics, budget: Double, noise: Double, allowsNonFinite: Bool
  ) -> Verdict {
    // A float32 run of the reference itself leaves the range: no float32 run can be judged.
    if !noise.isFinite { return .inconclusive }
    if statistics.unmatched > 0 || statistics.difference > budget { return .fail }
    if statistics.elements == 0 || statistics.nonFinite.expected > 0 && !allowsNonFinite { return .inconclusive }
    // A budget as large as the signal would pass anything.
    if noise > 0.1 * statistics.scale { return .inconclusive }
    return .pass
  }

  private struct Statistics {
    var elements = 0
    var difference = 0.0
    var worst = 0
    var scale = 0.0
    var nonFinite = (expected: 0, found: 0)
    /// Elements that are not finite on one side and not the same on the other.
    var unmatched = 0

    mutating func add(_ index: Int, _ expected: Double, _ found: Double) {
      if !expected.isFinite { nonFinite.expected += 1 }
      if !found.isFinite { nonFinite.found += 1 }
      guard expected.isFinite, found.isFinite else {
        if expected != found, !expected.isNaN || !found.isNaN { unmatched += 1 }
        return
      }
      if elements == 0 { worst = index }
      elements += 1
      scale = max(scale, abs(expected))
      let distance = abs(expected - found)
      if distance > difference {
        difference = distance
        worst = index
      }
    }
  }
}
