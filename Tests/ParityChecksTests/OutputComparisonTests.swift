import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import ParityChecks

@Suite struct OutputComparisons {
  /// Compares rows of two columns.
  private func compare(
    _ truth: [Double], _ found: [Double], counts: [Bool]? = nil, noise: Double? = 1e-3,
    tolerance: Tolerance = Tolerance()
  ) throws -> OutputComparison {
    try OutputComparison(
      "logits", truth: Tensor(.f64, [truth.count / 2, 2], truth), found: Tensor(.f64, [found.count / 2, 2], found),
      counts: counts, noise: noise, tolerance: tolerance, isFloat64: false)
  }

  @Test func theLargestDifferenceIsFoundWithItsPlace() throws {
    let result = try compare([1, 2, 3, 4], [1, 2.004, 3.001, 4])
    #expect(result.verdict == .pass)
    #expect(result.worst == [0, 1] && result.expected == 2 && result.found == 2.004)
    #expect(result.elements == 4 && result.scale == 4 && result.budget == 0.006)
    #expect(abs(result.ratio - 2 / 3) < 1e-9)
    #expect(try compare([1, 2, 3, 4], [1, 2, 3, 4.01]).verdict == .fail)
  }

  /// Compares values that were recorded in float16.
  private func compare(_ truth: [Double], recorded: [Float16], noise: Double) throws -> OutputComparison {
    try OutputComparison(
      "logits", truth: Tensor(.f64, [truth.count / 2, 2], truth),
      found: Tensor(.f16, [recorded.count / 2, 2], recorded), counts: nil, noise: 1e-7, tolerance: Tolerance(),
      isFloat64: false, recorded: (.f16, noise))
  }

  @Test func halfAUnitOfTheRecordedTypeIsInTheBudget() throws {
    let truth = [1.0003, -0.0123456, 0.7, 3e-6]
    #expect(try compare(truth, recorded: truth.map { Float16($0) }, noise: 0).verdict == .pass)
    var wrong = truth.map { Float16($0) }
    wrong[1] = wrong[1].nextUp.nextUp
    let result = try compare(truth, recorded: wrong, noise: 0)
    #expect(result.verdict == .fail && result.worst == [0, 1] && result.recordedType == .f16)
    // No further off than a run in float16 is: not decided.
    let open = try compare(truth, recorded: wrong, noise: 1)
    #expect(open.verdict == .inconclusive && open.isWithinRecordedType)
  }

  @Test func whatTheRecordedTypeCannotHoldIsRecordedAsInfinite() throws {
    #expect(try compare([70_000, 1], recorded: [.infinity, 1], noise: 0).verdict == .pass)
    #expect(try compare([60_000, 1], recorded: [.infinity, 1], noise: 1e9).verdict == .fail)
    #expect(try compare([70_000, 1], recorded: [-.infinity, 1], noise: 0).verdict == .fail)
  }

  @Test func whatDoesNotCountIsNotCompared() throws {
    let result = try compare([1, 2, 3, 4], [1, 99, 3, .nan], counts: [true, false, true, false])
    #expect(result.verdict == .pass && result.elements == 2 && result.nonFinite == (0, 0))
  }

  @Test func nothingComparedDecidesNothing() throws {
    #expect(try compare([], []).verdict == .inconclusive)
    #expect(try compare([1, 2], [1, 2], counts: [false, false]).verdict == .inconclusive)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func theSameNonFiniteValueOnBothSidesDecidesNothing(value: Double) throws {
    let result = try compare([1, value], [1, value])
    #expect(result.verdict == .inconclusive && result.nonFinite == (1, 1))
    #expect(try compare([value, value], [value, value]).verdict == .inconclusive)
  }

  @Test(arguments: [(Double.nan, 1.0), (1.0, .nan), (.infinity, 1.0), (.infinity, -.infinity), (.infinity, .nan)])
  func aNonFiniteValueOnOneSideFails(expected: Double, found: Double) throws {
    #expect(try compare([5, expected], [5, found]).verdict == .fail)
  }

  @Test func asManyNaNsInOtherPlacesFail() throws {
    #expect(try compare([.nan, 1], [1, .nan]).verdict == .fail)
  }

  @Test func nonFiniteValuesDoNotHideADifference() throws {
    #expect(try compare([.nan, 1], [.nan, 2]).verdict == .fail)
  }

  @Test func noiseAsLargeAsTheSignalDecidesNothing() throws {
    #expect(try compare([1, 1], [1, 1], noise: 0.2).verdict == .inconclusive)
    #expect(try compare([0, 0], [0, 0], noise: 0.2).verdict == .inconclusive)
    #expect(try compare([1, 1], [1, 1], noise: .infinity).verdict == .inconclusive)
    #expect(try compare([1, 1], [1, .infinity], noise: .infinity).verdict == .inconclusive)
    // A tolerance of the user's own is not measured against the noise.
    #expect(try compare([1, 1], [1, 1], noise: 0.2, tolerance: Tolerance(absolute: 1)).verdict == .pass)
  }

  @Test func noiseIsTheLargestErrorThatCounts() throws {
    let truth = Tensor(.f64, [3], [1, 2, 3.0])
    #expect(try ModelRuns.noise(truth, Tensor(.f32, [3], [1, 2.5, 9] as [Float]), counts: [true, true, false]) == 0.5)
    #expect(try ModelRuns.noise(truth, Tensor(.f32, [3], [1, .infinity, 3] as [Float]), counts: nil) == .infinity)
    let undefined = Tensor(.f64, [2], [Double.nan, 1])
    #expect(try ModelRuns.noise(undefined, Tensor(.f32, [2], [Float.nan, 1]), counts: nil) == 0)
  }
}

@Suite struct CountedPositionsOfMasks {
  private let mask = Tensor(.i64, [2, 3], [1, 1, 0, 0, 1, 1] as [Int64])

  /// Masks of both sides, under names that say nothing.
  private var graph: Graph {
    var graph = Graph(parameterAxes: [:], sizes: [:])
    _ = graph.input("left", .mask(over: "seq"), axes: ["batch", "seq_keys"])
    _ = graph.input("right", .mask(over: "decoder_seq"), of: .decoder, axes: ["batch", "decoder_seq"])
    return graph
  }

  @Test func positionsThatTheMaskLeavesOutDoNotCount() throws {
    let counts = try CountedPositions.of(
      axes: ["batch", "seq", "embed"], shape: [2, 3, 2], graph: graph, inputs: ["left": mask])
    #expect(
      counts == [true, true, true, true, false, false, false, false, true, true, true, true])
  }

  @Test func aStackOfLayersHasOneMaskForAll() throws {
    let counts = try CountedPositions.of(
      axes: ["layers", "batch", "seq"], shape: [2, 2, 3], graph: graph, inputs: ["left": mask])
    let once = [true, true, false, false, true, true]
    #expect(counts == once + once)
  }

  @Test func theDecoderHasItsOwnMask() throws {
    let axes = ["batch", "decoder_seq"]
    #expect(try CountedPositions.of(axes: axes, shape: [2, 3], graph: graph, inputs: ["left": mask]) == nil)
    #expect(
      try CountedPositions.of(axes: axes, shape: [2, 3], graph: graph, inputs: ["right": mask])
        == [true, true, false, false, true, true])
  }

  @Test func withoutAMaskOrASequenceEverythingCounts() throws {
    #expect(try CountedPositions.of(axes: ["batch", "seq"], shape: [2, 3], graph: graph, inputs: [:]) == nil)
    #expect(
      try CountedPositions.of(axes: ["batch", "embed"], shape: [2, 3], graph: graph, inputs: ["left": mask]) == nil)
    #expect(try CountedPositions.of(axes: [], shape: [], graph: graph, inputs: ["left": mask]) == nil)
  }
}
