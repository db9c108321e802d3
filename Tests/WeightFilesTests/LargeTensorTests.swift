import Synchronization
import TensorData
import TestSupport
import Testing

@testable import WeightFiles

/// Tensors that are written in several stretches.
@Suite struct LargeTensors {
  let folder = TemporaryFolder()

  private var tensors: [(name: String, tensor: Tensor)] {
    [
      ("small", SampleTensors.tensor(.f32, [100], seed: 1)),
      ("large", SampleTensors.tensor(.f32, [1500, 1000], seed: 2)),
      ("transposed", SampleTensors.tensor(.f32, [1100, 1200], seed: 3).permuted([1, 0])),
      ("middle", SampleTensors.tensor(.u8, [300_001], seed: 4)),
      ("exact", SampleTensors.tensor(.u8, [4 << 20], seed: 5)),
      ("last", SampleTensors.tensor(.i64, [1 << 20], seed: 6)),
    ]
  }

  @Test(arguments: [WeightFormat.npz, .safetensors], [0, 1, 6, 12])
  func theBytesDoNotDependOnTheNumberOfThreads(_ format: WeightFormat, _ compression: Int) throws {
    guard format == .npz || compression == 0 else { return }
    let entries = SampleTensors.entries(tensors)
    var files: [[UInt8]] = []
    for threads in [1, 2, 5] {
      let path = folder.file("t\(threads)\(format.fileExtension)")
      try SampleTensors.write(
        entries, format, to: path, options: WriteOptions(compression: compression, threads: threads))
      files.append(TemporaryFolder.read(path))
    }
    #expect(files[1] == files[0] && files[2] == files[0])
    let opened = try Checkpoint.open(folder.file("t1\(format.fileExtension)"))
    for (name, tensor) in tensors {
      #expect(try opened.tensor(named: name).isBitEqual(to: tensor.contiguous()), "\(name)")
    }
  }

  @Test func tensorsMadeInPiecesAreThoseMadeAtOnce() throws {
    let source = SampleTensors.tensor(.f32, [1300, 1100], seed: 7)
    let expected = try Cast.convert(source.permuted([1, 0]), to: .bf16)
    let entry = WriteEntry(TensorInfo(name: "x", dtype: .bf16, shape: [1100, 1300])) {
      try TensorAssembly(source.permuted([1, 0]), as: .bf16)
    }
    let path = folder.file("x.safetensors")
    try SampleTensors.write([entry], .safetensors, to: path, options: WriteOptions(threads: 2))
    #expect(try Checkpoint.open(path).tensor(named: "x").isBitEqual(to: expected))
  }

  @Test func everyByteIsCountedOnce() throws {
    let total = Mutex(0)
    try SampleTensors.write(
      SampleTensors.entries(tensors), .npz, to: folder.file("a.npz"),
      options: WriteOptions(threads: 2) { count in total.withLock { $0 = max($0, count) } })
    #expect(total.withLock { $0 } == tensors.reduce(0) { $0 + $1.tensor.byteCount })
  }

  /// A stream needs the checksum before the bytes, which are read twice for that, but not as a whole.
  @Test(arguments: [0, 1]) func aStreamReadsLargeTensorsInPieces(_ compression: Int) throws {
    let tensor = SampleTensors.tensor(.f32, [1500, 1000], seed: 8)
    let largest = Mutex(0)
    let total = Mutex(0)
    let storage = ByteStorage(
      tensor.storage.bytes,
      fetch: { offset, memory in
        memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: tensor.storage.bytes[offset...].prefix(memory.count)))
        largest.withLock { $0 = max($0, memory.count) }
        return true
      }, release: { _ in })
    let info = TensorInfo(name: "x", dtype: .f32, shape: tensor.shape)
    let entries = [WriteEntry(info) { Tensor(dtype: .f32, shape: info.shape, storage: storage, byteOffset: 0) }]
    let options = WriteOptions(compression: compression) { count in total.withLock { $0 = max($0, count) } }
    let plan = try WeightFormat.npz.checkedPlan(entries, [], "x.npz", options)
    let stream = ByteStream()
    try FileWriter(plan: plan, entries: entries, options: options).write(to: stream)
    #expect(largest.withLock { $0 } == pieceLength)
    #expect(total.withLock { $0 } == tensor.byteCount)
    let path = folder.file("x.npz")
    let files = OutputSet(replace: false)
    try files.add(stream.bytes, path: path)
    try files.commit()
    #expect(try Checkpoint.open(path).tensor(named: "x").isBitEqual(to: tensor))
  }

  @Test func aTensorThatCannotBeMadeStopsAllStretches() {
    struct Broken: Error {}
    let bad = WriteEntry(TensorInfo(name: "b", dtype: .u8, shape: [20 << 20])) { () throws -> TensorAssembly in
      throw Broken()
    }
    #expect(throws: Broken.self) {
      try SampleTensors.write(
        SampleTensors.entries(tensors) + [bad], .npz, to: folder.file("b.npz"), options: WriteOptions(threads: 2))
    }
    #expect(folder.names == [])
  }
}

/// A pipe, as far as writers can tell.
private final class ByteStream: ByteSink {
  let path = "a stream"
  let isSeekable = false
  private(set) var bytes: [UInt8] = []
  var position: Int { bytes.count }

  func append(_ bytes: UnsafeRawBufferPointer) { self.bytes += bytes }

  func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int) { preconditionFailure("not seekable") }
}
