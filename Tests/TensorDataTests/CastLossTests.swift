import TensorData
import TestSupport
import Testing

@Suite struct CastLosses {
  /// The largest number that each type takes, and the first that it does not.
  @Test(arguments: [
    (DType.f16, 65_519.0, 65_520.0), (.bf16, 3.3895313892515355e38, 3.4e38), (.f8e4m3, 464, 465),
    (.f8e5m2, 61_439, 61_440),
    (.f8e4m3fnuz, 247, 248), (.f8e5m2fnuz, 61_439, 61_440), (.f32, 3.4028235e38, 3.5e38),
  ])
  func theFirstValueBeyondTheRangeIsNamed(dtype: DType, inside: Double, outside: Double) throws {
    let small = Tensor(.f64, [2, 2], [0, inside, -inside, 1])
    #expect(try CastLoss(of: small, to: dtype).overflowed == 0)
    let large = Tensor(.f64, [2, 2], [0, inside, -outside, outside])
    let loss = try CastLoss(of: large, to: dtype)
    #expect(loss.overflowed == 2 && loss.place == [1, 0] && loss.value == -outside)
  }

  @Test func valuesThatBecomeZeroAreCountedAndZerosAreNot() throws {
    let loss = try CastLoss(of: Tensor(.f32, [5], [0, -0.0, 1e-9, -1e-9, 6e-8] as [Float]), to: .f16)
    #expect(loss.underflowed == 2 && loss.overflowed == 0 && loss.place.isEmpty)
  }

  @Test func whatWasInfiniteBeforeIsNoLoss() throws {
    let loss = try CastLoss(of: Tensor(.f32, [3], [.infinity, -.infinity, .nan] as [Float]), to: .f16)
    #expect(loss == CastLoss(CastReport(elements: 3)))
  }

  @Test func aPlaceBehindTheFirstBlockIsFound() throws {
    var numbers = [Float](repeating: 1, count: 40_000)
    numbers[33_333] = 1e6
    let loss = try CastLoss(of: Tensor(.f32, [200, 200], numbers), to: .f16)
    #expect(loss.overflowed == 1 && loss.place == [166, 133] && loss.value == 1e6)
  }
}
