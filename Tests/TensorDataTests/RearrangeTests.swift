import TensorData
import TestSupport
import Testing

@Suite struct RearrangeTests {
  /// The element that a strided copy must put at each place, counted one by one.
  private func reference(_ source: Tensor, width: Int) -> [UInt8] {
    var result: [UInt8] = []
    func walk(_ axis: Int, _ offset: Int) {
      guard axis < source.shape.count else {
        result += source.storage.bytes[offset..<offset + width]
        return
      }
      for index in 0..<source.shape[axis] { walk(axis + 1, offset + index * source.strides[axis] * width) }
    }
    walk(0, source.byteOffset)
    return result
  }

  @Test(arguments: [(DType.u8, 1), (.bf16, 2), (.f32, 4), (.f64, 8)])
  func everyPermutationOfEveryWidthMovesEachElement(_ dtype: DType, _ width: Int) {
    let shape = [3, 37, 2, 35]
    var generator = SplitMix64(seed: 1)
    let bytes = (0..<shape.reduce(width, *)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let source = Tensor(dtype: dtype, shape: shape) { $0.copyBytes(from: bytes) }
    for order in permutations(of: [0, 1, 2, 3]) {
      let turned = source.permuted(order)
      #expect(turned.contiguous().elements(as: UInt8.self, byteCount: bytes.count) == reference(turned, width: width))
    }
  }

  private func permutations(of items: [Int]) -> [[Int]] {
    guard items.count > 1 else { return [items] }
    return items.flatMap { first in permutations(of: items.filter { $0 != first }).map { [first] + $0 } }
  }

  @Test func aCopyIntoAWiderTensorLeavesTheRestAlone() {
    let source = Tensor(.i32, [2, 2], [1, 2, 3, 4].map { Int32($0) })
    let target = Tensor(dtype: .i32, shape: [3, 3]) { bytes in
      bytes.initializeMemory(as: Int32.self, repeating: 9)
      Rearrange.copy(source, into: bytes, strides: [1, 3])
    }
    #expect(target.elements(as: Int32.self) == [1, 3, 9, 2, 4, 9, 9, 9, 9])
  }

  @Test func scalarsAndEmptyTensorsAreCopied() {
    let scalar = Tensor(.u16, [], [UInt16(7)])
    #expect(Tensor(dtype: .u16, shape: []) { Rearrange.copy(scalar, into: $0, strides: []) }.isBitEqual(to: scalar))
    let empty = Tensor(.u16, [0, 4], [UInt16]())
    Rearrange.copy(empty, into: UnsafeMutableRawBufferPointer(start: nil, count: 0), strides: [4, 1])
  }
}

extension Tensor {
  fileprivate func elements(as _: UInt8.Type, byteCount: Int) -> [UInt8] { withUnsafeBytes { Array($0) } }
}
