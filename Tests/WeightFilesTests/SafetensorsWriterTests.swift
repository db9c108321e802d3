import TensorData
import TestSupport
import Testing
import WeightFiles

@Suite struct SafetensorsWriting {
  let folder = TemporaryFolder()

  @Test func theLayoutIsTheReferenceWritersWithSortedMetadata() throws {
    let tensors = [
      ("b", SampleTensors.tensor(.f32, [2], seed: 1)), ("\"a\"\t", SampleTensors.tensor(.f32, [], seed: 2)),
      ("z", SampleTensors.tensor(.i64, [1], seed: 3)), ("a", SampleTensors.tensor(.bool, [3], seed: 4)),
    ]
    let metadata = [MetadataEntry(key: "n", value: "2"), MetadataEntry(key: "format", value: "pt")]
    let path = folder.file("a.safetensors")
    try SampleTensors.write(SampleTensors.entries(tensors), .safetensors, metadata: metadata, to: path)
    let header =
      #"{"__metadata__":{"format":"pt","n":"2"},"z":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"#
      + #""\"a\"\t":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"#
      + #""b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},"a":{"dtype":"BOOL","shape":[3],"data_offsets":[20,23]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    var expected = withUnsafeBytes(of: UInt64(padded.utf8.count).littleEndian) { Array($0) } + padded.utf8
    for index in [2, 1, 0, 3] { expected += tensors[index].1.withUnsafeBytes { Array($0) } }
    #expect(TemporaryFolder.read(path) == expected)
  }

  @Test func theReferenceWritersOwnFileComesOutByteForByte() throws {
    let source = try Checkpoint.open(Fixtures.path("formats/reference.safetensors"))
    let path = folder.file("copy.safetensors")
    try SampleTensors.write(source.writeEntries, .safetensors, metadata: source.metadata, to: path)
    #expect(TemporaryFolder.read(path) == TemporaryFolder.read(Fixtures.path("formats/reference.safetensors")))
  }

  @Test func whatTheFormatCannotHoldIsRefusedBeforeAnythingIsWritten() {
    let tensor = SampleTensors.tensor(.u8, [1], seed: 1)
    func write(_ tensors: [(String, Tensor)], metadata: [MetadataEntry] = []) -> WeightFileError.Category? {
      refusal {
        try SampleTensors.write(
          SampleTensors.entries(tensors.map { (name: $0.0, tensor: $0.1) }), .safetensors, metadata: metadata,
          to: folder.file("a.safetensors"))
      }
    }
    #expect(write([("__metadata__", tensor)]) == .badName)
    #expect(write([("a", tensor), ("a", tensor)]) == .duplicate)
    let entry = MetadataEntry(key: "k", value: "v")
    #expect(write([("a", tensor)], metadata: [entry, entry]) == .duplicate)
    #expect(folder.names == [])
  }
}
