import Synchronization
import TensorData
import TestSupport
import Testing

@testable import WeightFiles

@Suite struct FileRegions {
  let folder = TemporaryFolder()

  /// What a region leaves in a file after appends of those sizes, each followed by a change of bytes behind its end.
  private func written(_ sizes: [Int], from start: Int, replacing: Int) throws -> (file: [UInt8], expected: [UInt8]) {
    let outputs = OutputSet(replace: false)
    let path = folder.file("\(start) \(sizes) \(replacing)")
    let file = try outputs.add(path: path, reserving: .estimate(0))
    let region = FileRegion(file, at: start)
    var expected = [UInt8](repeating: 0, count: start)
    var generator = SplitMix64(seed: UInt64(start))
    for size in sizes {
      let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      try region.append(bytes)
      expected += bytes
      #expect(region.position == expected.count)
      let change = [UInt8](repeating: 7, count: min(replacing, region.position - start))
      let place = region.position - change.count
      try region.replace(change, at: place)
      expected.replaceSubrange(place..<region.position, with: change)
    }
    try region.flush()
    try file.finish(byteCount: expected.count)
    try outputs.commit()
    return (TemporaryFolder.read(path), expected)
  }

  @Test(arguments: [0, 64, pieceLength - 1, pieceLength + 100])
  func whatIsAppendedInPiecesIsInTheFile(_ start: Int) throws {
    for sizes in [[1, 2, 3], [pieceLength], [10, 3 * pieceLength, 10], [pieceLength - 64, pieceLength, 5, 0, 2]] {
      for replacing in [0, 4, 3000] {
        let (file, expected) = try written(sizes, from: start, replacing: replacing)
        #expect(file == expected, "\(sizes) from \(start), \(replacing) bytes replaced")
      }
    }
  }

  /// Pieces of a tensor end where blocks of the file do, wherever the tensor begins.
  @Test func tensorsAreReadInPiecesThatFillBlocks() throws {
    let tensor = SampleTensors.tensor(.f32, [3000, 1000], seed: 1)
    let ends = Mutex<[Int]>([])
    let storage = ByteStorage(
      tensor.storage.bytes,
      fetch: { offset, memory in
        memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: tensor.storage.bytes[offset...].prefix(memory.count)))
        ends.withLock { $0.append(offset + memory.count) }
        return true
      }, release: { _ in })
    let entries = [
      WriteEntry(TensorInfo(name: "x", dtype: .f32, shape: tensor.shape)) {
        Tensor(dtype: .f32, shape: tensor.shape, storage: storage, byteOffset: 0)
      }
    ]
    let path = folder.file("x.safetensors")
    try SampleTensors.write(entries, .safetensors, to: path)
    let first = TemporaryFolder.read(path).count - tensor.byteCount
    let inner = ends.withLock { $0.sorted().dropLast() }
    #expect(inner.count > 20)
    // A thread's own stretch ends where it ends.
    #expect(inner.allSatisfy { (first + $0) % pieceLength == 0 || $0 % (4 << 20) == 0 })
    #expect(try Checkpoint.open(path).tensor(named: "x").isBitEqual(to: tensor))
  }
}
