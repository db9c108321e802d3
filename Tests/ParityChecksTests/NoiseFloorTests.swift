import TensorData
import TestSupport
import Testing

@testable import ParityChecks

/// How much rounding noise is reckoned with, and from which outputs it is taken.
@Suite struct NoiseFloorTests {
  @Test func anOutputOfManyPositionsIsJudgedByItsOwnNoise() throws {
    let quiet = try measurement(positions: 20, width: 8, error: 0.001)
    let loud = try measurement(positions: 20, width: 8, error: 0.1)
    let floor = NoiseFloor([["logits": quiet], ["logits": loud]])
    #expect(floor.noise(of: "logits", inBatch: 0) == quiet.noise)
    #expect(floor.noise(of: "logits", inBatch: 1) == loud.noise)
  }

  @Test func anOutputOfFewPositionsIsAsNoisyAsInOtherBatches() throws {
    let lucky = try measurement(positions: 1, width: 2, error: 0)
    let usual = try measurement(positions: 3, width: 2, error: 0.25)
    let floor = NoiseFloor([["logits": lucky], ["logits": usual]])
    #expect(floor.noise(of: "logits", inBatch: 0) == 0.25)
  }

  @Test func manyElementsOfOnePositionAreNotSteady() throws {
    #expect(try !measurement(positions: 1, width: 100, error: 0).isSteady)
    #expect(try !measurement(positions: 30, width: 1, error: 0).isSteady)
    #expect(try measurement(positions: 30, width: 4, error: 0).isSteady)
  }

  @Test func aSmallHeadIsAsNoisyAsTheStatesItIsComputedFrom() throws {
    let head = try measurement(positions: 3, width: 2, error: 0)
    let states = try measurement(positions: 20, width: 8, error: 0.125)
    let floor = NoiseFloor([["logits": head, "last_hidden_state": states]])
    // Both have a largest value of 1, so that relative and absolute noise are the same.
    #expect(floor.noise(of: "logits", inBatch: 0) == 0.125)
  }

  @Test func elementsThatDoNotCountAreLeftOut() throws {
    let truth = Tensor(.f64, [1, 2, 1], [1.0, 1.0])
    let rounded = Tensor(.f32, [1, 2, 1], [Float(1), 9])
    let measured = try NoiseFloor.Measurement(
      axes: ["batch", "seq", "embed"], callerAxes: ["batch", "seq"], truth: truth, rounded: [rounded],
      counts: [true, false])
    #expect(measured.elements == 1 && measured.noise == 0)
  }

  @Test func theWorstOfSeveralRunsCounts() throws {
    let truth = Tensor(.f64, [1, 2, 1], [1.0, 1.0])
    let runs = [[Float(1), 1], [1.5, 1], [1, 0.75]].map { Tensor(.f32, [1, 2, 1], $0) }
    let measured = try NoiseFloor.Measurement(
      axes: ["batch", "seq", "embed"], callerAxes: ["batch", "seq"], truth: truth, rounded: runs, counts: nil)
    #expect(measured.noise == 0.5 && measured.plain == 0)
  }

  private func measurement(positions: Int, width: Int, error: Float) throws -> NoiseFloor.Measurement {
    let count = positions * width
    let truth = Tensor(.f64, [1, positions, width], [Double](repeating: 1, count: count))
    let rounded = Tensor(.f32, [1, positions, width], [Float](repeating: 1 - error, count: count))
    return try NoiseFloor.Measurement(
      axes: ["batch", "seq", "embed"], callerAxes: ["batch", "seq"], truth: truth, rounded: [rounded], counts: nil)
  }
}
