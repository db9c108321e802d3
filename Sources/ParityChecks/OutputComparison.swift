public import TensorData

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
  /// The type whose own rounding is part of the budget, because the values were recorded in it; nil for none.
  public let recordedType: DType?
  /// Whether the values are no further from the truth than a run that computes in the recorded type, but further than
  /// rounding its result alone can move them.
  public let isWithinRecordedType: Bool
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
  ///   - recorded: the type, narrower than float32, that the found values were recorded in, and how far a run strays that
  ///     computes in it; nil if they were not.
  /// - Throws: `CastError` if the values are no numbers.
  init(
    _ name: String, truth: Tensor, found: Tensor, counts: [Bool]?, noise: Double?, measured: Double? = nil,
    tolerance: Tolerance, isFloat64: Bool, recorded: (type: DType, noise: Double)? = nil
  ) throws {
    let expected = try truth.doubles()
    let values = try found.doubles()
    // What a value beyond the range of the recorded type is recorded as.
    let rounded = try recorded.map { try Cast.convert(truth, to: $0.type).doubles() }
    let grid = recorded.flatMap { FloatGrid($0.type) }
    let scale = expected.indices.reduce(0) { scale, index in
      (counts?[index] ?? true) && expected[index].isFinite && values[index].isFinite
        ? max(scale, abs(expected[index])) : scale
    }
    let limit = tolerance.budget(of: name, noise: noise ?? 0, scale: scale, isFloat64: isFloat64)
    var statistics = Statistics(limit: limit)
    for index in expected.indices where counts?[index] ?? true {
      if let rounded, !rounded[index].isFinite, rounded[index] == values[index] { continue }
      // Half a unit in the last place is what recording takes from each value.
      let half = values[index].isFinite ? (grid?.unit(at: values[index]) ?? 0) / 2 : 0
      statistics.add(index, expected[index], values[index], rounding: half)
    }
    self.name = name
    elements = statistics.elements
    difference = statistics.difference
    worst = Tensor.place(of: statistics.worst, in: truth.shape)
    self.expected = statistics.elements == 0 ? .nan : expected[statistics.worst]
    self.found = statistics.elements == 0 ? .nan : values[statistics.worst]
    self.noise = noise
    self.measured = measured
    self.scale = scale
    nonFinite = statistics.nonFinite
    isChosen = tolerance.bounds(of: name) != nil
    budget = statistics.budget
    recordedType = recorded?.type
    let verdict = OutputComparison.verdict(
      statistics, scale: scale, noise: isChosen ? 0 : noise ?? 0, allowsNonFinite: tolerance.allowsNonFinite)
    isWithinRecordedType =
      verdict == .fail && statistics.unmatched == 0 && !isChosen
      && recorded.map { statistics.difference <= Tolerance.recordedFactor * $0.noise } ?? false
    self.verdict = isWithinRecordedType ? .inconclusive : verdict
  }

  private static func verdict(
    _ statistics: Statistics, scale: Double, noise: Double, allowsNonFinite: Bool
  ) -> Verdict {
    // A float32 run of the reference itself leaves the range: no float32 run can be judged.
    if !noise.isFinite { return .inconclusive }
    if statistics.unmatched > 0 || statistics.difference > statistics.budget { return .fail }
    if statistics.elements == 0 || statistics.nonFinite.expected > 0 && !allowsNonFinite { return .inconclusive }
    // A budget as large as the signal would pass anything.
    if noise > 0.1 * scale { return .inconclusive }
    return .pass
  }

  private struct Statistics {
    /// The largest difference that passes, but for what recording takes.
    let limit: Double
    var elements = 0
    var difference = 0.0
    /// The largest difference that passes at the worst element.
    var budget: Double
    var worst = 0
    var nonFinite = (expected: 0, found: 0)
    /// Elements that are not finite on one side and not the same on the other.
    var unmatched = 0

    init(limit: Double) {
      self.limit = limit
      budget = limit
    }

    mutating func add(_ index: Int, _ expected: Double, _ found: Double, rounding: Double) {
      if !expected.isFinite { nonFinite.expected += 1 }
      if !found.isFinite { nonFinite.found += 1 }
      guard expected.isFinite, found.isFinite else {
        if expected != found, !expected.isNaN || !found.isNaN { unmatched += 1 }
        return
      }
      let own = limit + rounding
      if elements == 0 { (worst, budget) = (index, own) }
      elements += 1
      let distance = abs(expected - found)
      // The worst element is the one that takes the largest share of what passes there.
      if rounding == 0 && budget == limit ? distance > difference : distance * budget > difference * own {
        (difference, worst, budget) = (distance, index, own)
      }
    }
  }
}
