import TensorData
import TestSupport
import Testing

@Suite struct TensorTests {
  private let matrix = Tensor(.i32, [2, 3], (0..<6).map { Int32($0) })

  @Test func rowMajorStridesIgnoreEmptyAxes() {
    #expect(Tensor.rowMajorStrides([2, 3, 4]) == [12, 4, 1])
    #expect(Tensor.rowMajorStrides([]) == [])
    #expect(Tensor.rowMajorStrides([2, 0, 4]) == [4, 4, 1])
  }

  @Test func permutingSharesBytesAndContiguousLaysThemOut() {
    let turned = matrix.permuted([1, 0])
    #expect(turned.shape == [3, 2])
    #expect(turned.storage === matrix.storage)
    #expect(!turned.isContiguous)
    #expect(turned.contiguous().elements(as: Int32.self) == [0, 3, 1, 4, 2, 5])
    #expect(turned.elements(as: Int32.self) == [0, 3, 1, 4, 2, 5])
  }

  @Test func selectingDropsTheAxis() {
    #expect(matrix.selecting(1, onAxis: 0).elements(as: Int32.self) == [3, 4, 5])
    let column = matrix.selecting(2, onAxis: 1)
    #expect(column.shape == [2])
    #expect(column.elements(as: Int32.self) == [2, 5])
    #expect(column.selecting(1, onAxis: 0).elements(as: Int32.self) == [5])
  }

  @Test func reshapingAStridedTensorKeepsTheOrderOfItsElements() {
    #expect(matrix.permuted([1, 0]).reshaped([6]).elements(as: Int32.self) == [0, 3, 1, 4, 2, 5])
    #expect(matrix.reshaped([3, 2]).storage === matrix.storage)
  }

  @Test func axesOfOneElementDoNotBreakContiguity() {
    let window = Tensor(dtype: .i32, shape: [1, 3], strides: [77, 1], storage: matrix.storage, byteOffset: 12)
    #expect(window.isContiguous)
    #expect(window.elements(as: Int32.self) == [3, 4, 5])
  }

  @Test func scalarsAndEmptyTensorsHaveBytes() {
    let scalar = Tensor(.f64, [], [1.5])
    #expect(scalar.elementCount == 1)
    #expect(scalar.byteCount == 8)
    #expect(scalar.elements(as: Double.self) == [1.5])
    let empty = Tensor(.f32, [2, 0, 3], [Float]())
    #expect(empty.elementCount == 0)
    #expect(empty.permuted([2, 1, 0]).contiguous().byteCount == 0)
    #expect(empty.withUnsafeBytes { $0.count } == 0)
    #expect(empty.selecting(1, onAxis: 0).withUnsafeBytes { $0.count } == 0)
  }

  @Test func bitEqualityDistinguishesZerosAndNaNs() {
    let a = Tensor(.f32, [2], [Float(0), .nan])
    #expect(a.isBitEqual(to: Tensor(.f32, [2], [Float(0), .nan])))
    #expect(!a.isBitEqual(to: Tensor(.f32, [2], [Float(-0.0), .nan])))
    #expect(!a.isBitEqual(to: Tensor(.f32, [2, 1], [Float(0), .nan])))
    #expect(!a.isBitEqual(to: Tensor(.u32, [2], [Float(0), .nan])))
    #expect(matrix.permuted([1, 0]).isBitEqual(to: Tensor(.i32, [3, 2], [0, 3, 1, 4, 2, 5].map { Int32($0) })))
  }

  @Test func aWindowThatLeavesItsStorageTraps() async {
    await #expect(processExitsWith: .failure) {
      let storage = ByteStorage(byteCount: 16) { $0.initializeMemory(as: UInt8.self, repeating: 0) }
      _ = Tensor(dtype: .f32, shape: [2, 2], storage: storage, byteOffset: 4)
    }
  }

  @Test func bytesThatAThrowingFillLeavesAreNotKept() {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) {
      _ = try Tensor(dtype: .f32, shape: [4]) { (_) throws(Refusal) in throw Refusal() }
    }
  }

  @Test func aSpanShowsTheBytesInOrder() {
    let sum = matrix.permuted([1, 0]).withBytes { span in
      (0..<6).map { Int(span.unsafeLoad(fromByteOffset: $0 * 4, as: Int32.self)) * ($0 + 1) }.reduce(0, +)
    }
    #expect(sum == 0 * 1 + 3 * 2 + 1 * 3 + 4 * 4 + 2 * 5 + 5 * 6)
  }
}
