import TensorData
import TestSupport
import Testing
import WeightFiles

@Suite struct RoundTrips {
  static let npzTypes = DType.allCases.filter { $0.byteWidth != nil }
  let folder = TemporaryFolder()

  private func check(_ tensors: [(name: String, tensor: Tensor)], _ path: String) throws {
    let read = try Checkpoint.open(path)
    #expect(read.tensors.count == tensors.count)
    #expect(read.notes == [])
    for (name, tensor) in tensors {
      #expect(try read.tensor(named: name).isBitEqual(to: tensor), "\(name)")
    }
  }

  @Test func safetensorsKeepsEveryTypeAndShape() throws {
    let tensors = SampleTensors.all(DType.allCases)
    let metadata = [MetadataEntry(key: "format", value: "pt"), MetadataEntry(key: "a", value: "größe \n\u{1}")]
    let path = folder.file("a.safetensors")
    try SampleTensors.write(SampleTensors.entries(tensors), .safetensors, metadata: metadata, to: path)
    try check(tensors, path)
    #expect(try Set(Checkpoint.open(path).metadata) == Set(metadata))
  }

  @Test(arguments: 0...12)
  func npzKeepsEveryTypeAndShape(_ compression: Int) throws {
    let tensors = SampleTensors.all(RoundTrips.npzTypes)
    let metadata = [MetadataEntry(key: "format", value: "pt"), MetadataEntry(key: "a", value: "größe")]
    let path = folder.file("a.npz")
    let options = WriteOptions(compression: compression)
    try SampleTensors.write(SampleTensors.entries(tensors), .npz, metadata: metadata, to: path, options: options)
    try check(tensors, path)
    let read = try Checkpoint.open(path)
    #expect(read.tensors.map(\.name) == tensors.map(\.name))
    #expect(Set(read.metadata) == Set(metadata))
  }

  @Test func npyKeepsEveryTypeThatNumPyHas() throws {
    for (index, sample) in SampleTensors.all(RoundTrips.npzTypes).enumerated() {
      let path = folder.file("\(index).npy")
      let isNative = sample.tensor.dtype != .bf16 && !sample.tensor.dtype.rawValue.hasPrefix("F8")
      let options = WriteOptions(allowsOpaqueNPY: !isNative)
      try SampleTensors.write(SampleTensors.entries([sample]), .npy, to: path, options: options)
      let read = try Checkpoint.open(path, options: ReadOptions(assume: [sample.tensor.dtype]))
      #expect(try read.tensor(named: "\(index)").isBitEqual(to: sample.tensor))
    }
  }

  @Test func stridedTensorsAreLaidOutOnTheWay() throws {
    let tensor = SampleTensors.tensor(.f32, [3, 4, 5], seed: 1).permuted([2, 0, 1])
    for format in WeightFormat.written {
      let path = folder.file("strided\(format.fileExtension)")
      try SampleTensors.write(SampleTensors.entries([("strided", tensor)]), format, to: path)
      #expect(try Checkpoint.open(path).tensor(named: "strided").isBitEqual(to: tensor))
    }
  }

  @Test func computedTensorsAreWrittenFromTheWritersMemory() throws {
    let tensor = SampleTensors.tensor(.i32, [1000], seed: 2)
    let entry = WriteEntry(TensorInfo(name: "x", dtype: .i32, shape: [1000])) { output in
      tensor.withUnsafeBytes { output.copyMemory(from: $0) }
    }
    for format in WeightFormat.written {
      let path = folder.file("x\(format.fileExtension)")
      try SampleTensors.write([entry], format, to: path)
      #expect(try Checkpoint.open(path).tensor(named: "x").isBitEqual(to: tensor))
    }
  }

  @Test(arguments: [0, 1, 6, 12])
  func tensorsLargerThanEveryBufferComeThrough(_ compression: Int) throws {
    // Half noise, half runs, so that the compressors have both to do.
    let half = 5_000_001
    let noise = SampleTensors.tensor(.u8, [half], seed: 3)
    let large = Tensor(dtype: .u8, shape: [2 * half]) { bytes in
      noise.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[..<half]).copyMemory(from: $0) }
      for start in stride(from: half, to: 2 * half, by: 1000) {
        let run = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<min(start + 1000, 2 * half)])
        run.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: start / 1000))
      }
    }
    let options = WriteOptions(compression: compression)
    let path = folder.file("large.npz")
    try SampleTensors.write(SampleTensors.entries([("large", large)]), .npz, to: path, options: options)
    #expect(try Checkpoint.open(path).tensor(named: "large").isBitEqual(to: large))
    if compression == 0 { #expect(try Checkpoint.open(path).stored[0].byteOffset % 64 == 0) }
  }

  @Test func theSameInputGivesTheSameBytes() throws {
    let tensors = SampleTensors.all(RoundTrips.npzTypes)
    for compression in [0, 1, 4, 10] {
      for format in [WeightFormat.safetensors, .npz] {
        let paths = ["a", "b"].map { folder.file("\($0)\(compression)\(format.fileExtension)") }
        for path in paths {
          let options = WriteOptions(compression: compression)
          try SampleTensors.write(SampleTensors.entries(tensors), format, to: path, options: options)
        }
        #expect(TemporaryFolder.read(paths[0]) == TemporaryFolder.read(paths[1]))
      }
    }
  }

  @Test(arguments: [0, 1, 5, 11])
  func theBytesDoNotDependOnTheNumberOfThreads(_ compression: Int) throws {
    // Many small tensors and some that are more than one thread's share.
    var tensors = SampleTensors.all(RoundTrips.npzTypes)
    for index in 0..<3 { tensors.append(("large.\(index)", SampleTensors.tensor(.u8, [4_300_000], seed: 9))) }
    for format in compression == 0 ? [WeightFormat.safetensors, .npz] : [.npz] {
      let paths = [1, 2, 5].map { threads in
        (threads, folder.file("\(threads).\(compression)\(format.fileExtension)"))
      }
      for (threads, path) in paths {
        let options = WriteOptions(compression: compression, threads: threads)
        try SampleTensors.write(SampleTensors.entries(tensors), format, to: path, options: options)
      }
      let expected = TemporaryFolder.read(paths[0].1)
      for (threads, path) in paths.dropFirst() { #expect(TemporaryFolder.read(path) == expected, "\(threads)") }
    }
  }

  @Test(arguments: [0, 1])
  func anErrorOnOneThreadEndsTheWhole(_ compression: Int) {
    struct Broken: Error {}
    let tensors = (0..<20).map { ("\($0)", SampleTensors.tensor(.u8, [5_000_000], seed: 9)) }
    var entries = SampleTensors.entries(tensors.map { (name: $0.0, tensor: $0.1) })
    entries[7] = WriteEntry(entries[7].info) { () throws -> Tensor in throw Broken() }
    #expect(throws: Broken.self) {
      try SampleTensors.write(
        entries, .npz, to: folder.file("a.npz"), options: WriteOptions(compression: compression, threads: 3))
    }
    #expect(folder.names == [])
  }

  @Test func safetensorsThroughNpzAndBackIsTheSameFile() throws {
    let tensors = SampleTensors.all(RoundTrips.npzTypes)
    let metadata = [MetadataEntry(key: "format", value: "pt")]
    let first = folder.file("a.safetensors")
    try SampleTensors.write(SampleTensors.entries(tensors), .safetensors, metadata: metadata, to: first)
    var source = try Checkpoint.open(first)
    let archive = folder.file("b.npz")
    try SampleTensors.write(source.writeEntries, .npz, metadata: source.metadata, to: archive)
    source = try Checkpoint.open(archive)
    let second = folder.file("c.safetensors")
    try SampleTensors.write(source.writeEntries, .safetensors, metadata: source.metadata, to: second)
    #expect(TemporaryFolder.read(first) == TemporaryFolder.read(second))
  }

  @Test func aFileCanBeConvertedOntoItself() throws {
    let tensors = SampleTensors.all([.f32, .bf16])
    for format in [WeightFormat.safetensors, .npz] {
      let path = folder.file("self\(format.fileExtension)")
      try SampleTensors.write(SampleTensors.entries(tensors), format, to: path)
      let before = TemporaryFolder.read(path)
      let source = try Checkpoint.open(path)
      try SampleTensors.write(source.writeEntries, format, to: path, replace: true)
      #expect(TemporaryFolder.read(path) == before)
    }
  }

  @Test func thePlannedSizeIsTheSizeWritten() throws {
    let tensors = SampleTensors.all(RoundTrips.npzTypes)
    let infos = SampleTensors.entries(tensors).map(\.info)
    for format in [WeightFormat.safetensors, .npz] {
      let path = folder.file("planned\(format.fileExtension)")
      try SampleTensors.write(SampleTensors.entries(tensors), format, to: path)
      #expect(try format.plannedByteCount(infos, path: path) == TemporaryFolder.read(path).count)
    }
    #expect(try WeightFormat.npz.plannedByteCount(infos, path: "a", options: WriteOptions(compression: 1)) == nil)
  }
}
