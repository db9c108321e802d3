import ModelConversion
import TensorData
import TestSupport
import Testing

@Suite struct TensorStatisticsTests {
  @Test func smallTensorsGiveTheTextbookFigures() throws {
    let found = try #require(TensorStatistics(Tensor(.f32, [2, 2], [1, -2, 0, 5] as [Float])))
    #expect(found.minimum == -2 && found.maximum == 5 && found.mean == 1)
    #expect(found.standardDeviation == (26.0 / 4).squareRoot())
    #expect(found.zeros == 1 && found.nans == 0 && found.infinities == 0 && found.elements == 4)
    #expect(!found.isAllZero)
  }

  @Test func manyBlocksGiveTheFiguresOfTheWhole() throws {
    var generator = SplitMix64(seed: 3)
    // A large offset shows a variance that is computed from a sum of squares.
    let values = (0..<100_003).map { _ in 1000 + Double.random(in: -1...1, using: &generator) }
    let found = try #require(TensorStatistics(Tensor(.f64, [100_003], values)))
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    #expect(found.minimum == values.min() && found.maximum == values.max())
    #expect(abs(try #require(found.mean) - mean) < 1e-9)
    #expect(abs(try #require(found.standardDeviation) - variance.squareRoot()) < 1e-9)
  }

  @Test func valuesThatAreNotFiniteAreCountedAndLeftOut() throws {
    let values: [Float] = [.nan, 1, .infinity, 3, -.infinity, .nan, -0.0]
    let found = try #require(TensorStatistics(Tensor(.f32, [7], values)))
    #expect(found.nans == 2 && found.infinities == 2 && found.finite == 3 && found.zeros == 1)
    #expect(found.minimum == 0 && found.maximum == 3)
    #expect(abs(try #require(found.mean) - 4.0 / 3) < 1e-15)
    let none = try #require(TensorStatistics(Tensor(.f32, [2], [.nan, .infinity] as [Float])))
    #expect(none.mean == nil && none.minimum == nil && none.maximum == nil && none.standardDeviation == nil)
  }

  @Test(arguments: [DType.f16, .bf16, .f8e4m3, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz])
  func narrowTypesAreReadAsTheNumbersTheyHold(dtype: DType) throws {
    let numbers: [Float] = [0.5, -1.5, 0, 2]
    let found = try #require(TensorStatistics(Cast.convert(Tensor(.f32, [4], numbers), to: dtype)))
    #expect(found.minimum == -1.5 && found.maximum == 2 && found.mean == 0.25 && found.zeros == 1)
  }

  @Test(arguments: [DType.bool, .i64, .u8, .c64, .f4])
  func typesThatAreNoFloatingPointNumbersHaveNone(dtype: DType) {
    #expect(
      TensorStatistics(Tensor(dtype: dtype, shape: [2]) { $0.initializeMemory(as: UInt8.self, repeating: 0) }) == nil)
  }

  @Test func emptyTensorsHaveNoFiguresAndAreNotAllZero() throws {
    let found = try #require(TensorStatistics(Tensor(.f32, [0, 3], [] as [Float])))
    #expect(found.elements == 0 && found.mean == nil && !found.isAllZero)
    #expect(try #require(TensorStatistics(Tensor(.f32, [2], [0, -0.0] as [Float]))).isAllZero)
  }

  @Test func transposedTensorsHaveTheSameFigures() throws {
    let tensor = Tensor(.f32, [2, 3], [1, 2, 3, 4, 5, 6] as [Float])
    #expect(TensorStatistics(tensor.permuted([1, 0]))?.mean == 3.5)
  }
}
