import TensorData
import TestSupport
import Testing

@Suite struct TensorAssemblies {
  private func random(_ dtype: DType, _ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return Tensor(dtype: dtype, shape: shape) { bytes in
      for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: generator.next()) }
    }
  }

  /// The bytes of an assembly, asked for in pieces of its own choosing, last piece first.
  private func bytes(_ assembly: TensorAssembly, limit: Int) throws -> [UInt8] {
    var cuts = [0]
    while let start = cuts.last, start < assembly.byteCount {
      cuts.append(assembly.pieceEnd(from: start, limit: limit))
    }
    var result = [UInt8](repeating: 0, count: assembly.byteCount)
    let memory = PieceMemory()
    for (start, end) in zip(cuts, cuts.dropFirst()).reversed() {
      #expect(end > start && end - start <= limit)
      try assembly.withBytes(start..<end, in: memory) { piece in
        for (offset, byte) in piece.enumerated() { result[start + offset] = byte }
      }
    }
    return result
  }

  @Test(arguments: [[1], [129, 257], [3, 70, 5], [2, 3, 5, 7, 4], [33, 16, 17]], [DType.u8, .bf16, .f32, .i64])
  func piecesOfAnySizeMakeEveryPermutation(_ shape: [Int], _ dtype: DType) throws {
    let tensor = random(dtype, shape, seed: UInt64(shape.count))
    for order in permutations(Array(shape.indices)) {
      let permuted = tensor.permuted(order)
      let expected = permuted.elements()
      for limit in [64, 1000, 4096, 1 << 20] {
        #expect(try bytes(TensorAssembly(permuted), limit: limit) == expected, "\(order), pieces of \(limit)")
      }
    }
  }

  @Test func aCastOnTheWayGivesWhatACastOfTheWholeGives() throws {
    let tensor = random(.f32, [130, 67], seed: 4)
    for (source, dtype) in [(tensor, DType.f16), (tensor.permuted([1, 0]), .bf16), (tensor.permuted([1, 0]), .f64)] {
      let (whole, report) = try Cast.convertCounting(source, to: dtype)
      let total = Counter()
      var assembly = try TensorAssembly(source, as: dtype)
      assembly.tally = total.add
      #expect(try bytes(assembly, limit: 512) == whole.withUnsafeBytes { Array($0) })
      #expect(total.report == report)
      #expect(try assembly.tensor(shape: source.shape).isBitEqual(to: whole))
    }
  }

  @Test func partsLieWhereTheirOriginsSay() throws {
    let (q, k, v) = (
      random(.f32, [64, 40], seed: 1), random(.f32, [64, 40], seed: 2), random(.f32, [64, 40], seed: 3)
    )
    // Three matrices, transposed, side by side in each row: "embed (qkv head)".
    let parts = [q, k, v].enumerated().map { index, matrix in
      TensorAssembly.Part(
        Tensor(
          dtype: .f32, shape: [40, 1, 64], strides: [1, 0, 40], storage: matrix.storage,
          byteOffset: matrix.byteOffset), at: [0, index, 0])
    }
    let assembly = try TensorAssembly(parts, shape: [40, 3, 64], as: .f32)
    let fused = try bytes(assembly, limit: 700)
    for row in 0..<40 {
      for (index, matrix) in [q, k, v].enumerated() {
        let column = matrix.selecting(row, onAxis: 1).elements()
        let start = (row * 3 + index) * 64 * 4
        #expect(fused[start..<start + 64 * 4].elementsEqual(column))
      }
    }
  }

  @Test func contiguousBytesAreLentWhereTheyLie() throws {
    let tensor = random(.f32, [10, 10], seed: 5)
    let assembly = try TensorAssembly(tensor)
    #expect(assembly.isWindow)
    try assembly.withBytes(40..<80, in: PieceMemory()) { piece in
      #expect(piece.baseAddress == tensor.storage.bytes.baseAddress.map { $0 + 40 })
    }
    #expect(try !TensorAssembly(tensor.permuted([1, 0])).isWindow)
    #expect(throws: CastError.self) { try TensorAssembly(tensor, as: .bool) }
  }

  private func permutations(_ items: [Int]) -> [[Int]] {
    guard items.count > 1 else { return [items] }
    return items.flatMap { item in permutations(items.filter { $0 != item }).map { [item] + $0 } }
  }
}

/// Adds up what casts report, on one thread.
private final class Counter: @unchecked Sendable {
  var report = CastReport()

  @Sendable func add(_ part: CastReport) { report += part }
}

extension Tensor {
  /// The bytes of the elements in row-major order, fetched one element at a time.
  fileprivate func elements() -> [UInt8] {
    guard let width = dtype.byteWidth else { return [] }
    var bytes: [UInt8] = []
    func visit(_ axis: Int, _ offset: Int) {
      guard axis < shape.count else {
        bytes += storage.bytes[offset..<offset + width]
        return
      }
      for index in 0..<shape[axis] { visit(axis + 1, offset + index * strides[axis] * width) }
    }
    visit(0, byteOffset)
    return bytes
  }
}
