import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

@Suite struct SafetensorsReading {
  private func file(_ header: String, dataCount: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + header.utf8
      + (0..<dataCount).map { UInt8(truncatingIfNeeded: $0) }
  }

  private func open(_ header: String, dataCount: Int) throws -> Checkpoint {
    let bytes = file(header, dataCount: dataCount)
    let storage = ByteStorage(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
    return try Checkpoint.open(MappedFile(path: "a.safetensors", storage: storage))
  }

  @Test func tensorsComeInTheOrderOfTheirBytesAndInThatOfTheHeader() throws {
    let checkpoint = try open(
      #"{"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},"__metadata__":{"k":"v"},"#
        + #""a":{"shape":[2,1],"data_offsets":[0,4],"dtype":"I16","extra":[1]}}   "#, dataCount: 6)
    #expect(checkpoint.tensors.map(\.name) == ["a", "b"])
    #expect(checkpoint.listedNames == ["b", "a"])
    #expect(checkpoint.metadata == [MetadataEntry(key: "k", value: "v")])
    #expect(try checkpoint.tensor(named: "b").withUnsafeBytes { Array($0) } == [4, 5])
    #expect(checkpoint.stored(named: "a")?.storedByteCount == 4)
    #expect(checkpoint.contains("a") && !checkpoint.contains("c"))
    #expect(refusal { _ = try checkpoint.tensor(named: "c") } == .missing)
  }

  @Test func namesAreByteStrings() throws {
    let checkpoint = try open(
      "{\"\u{e9}\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        + "\"e\u{301}\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", dataCount: 2)
    #expect(try checkpoint.tensor(named: "\u{e9}").withUnsafeBytes { Array($0) } == [0])
    #expect(try checkpoint.tensor(named: "e\u{301}").withUnsafeBytes { Array($0) } == [1])
  }

  // swift-format-ignore
  static let defects: [(header: String, dataCount: Int, category: WeightFileError.Category)] = [
    (#"[]"#, 0, .badJSON),
    (#"{"#, 0, .badJSON),
    (#"{} x"#, 0, .badJSON),
    (#"{"a":1}"#, 0, .badType),
    (#"{"a":{}}"#, 0, .badHeader),
    (#"{"a":{"dtype":"F99","shape":[],"data_offsets":[0,4]}}"#, 4, .unsupportedDType),
    (#"{"a":{"dtype":1,"shape":[],"data_offsets":[0,4]}}"#, 4, .badType),
    (#"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#, 4, .badShape),
    (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, .badShape),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, .badShape),
    (#"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}"#, 4, .overflow),
    (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0, .overflow),
    (#"{"a":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}}"#, 0, .overflow),
    (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}"#, 4, .badType),
    (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4,8]}}"#, 4, .badType),
    (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}}"#, 4, .outOfBounds),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, .sizeMismatch),
    (#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}"#, 1, .sizeMismatch),
    (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, 3, .truncated),
    (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, 5, .trailing),
    (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[1,5]}}"#, 5, .hole),
    (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3, .overlap),
    (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, .duplicate),
    (#"{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, .duplicate),
    (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, .duplicate),
    (#"{"__metadata__":{},"__metadata__":{}}"#, 0, .duplicate),
    (#"{"__metadata__":{"a":1}}"#, 0, .badType),
    (#"{"__metadata__":[]}"#, 0, .badType),
  ]

  @Test(arguments: defects.indices)
  func everyDefectHasItsCategory(_ index: Int) {
    let defect = SafetensorsReading.defects[index]
    #expect(
      refusal(of: file(defect.header, dataCount: defect.dataCount), as: "a.safetensors") == defect.category,
      "\(defect.header)")
  }

  @Test func lengthsOfTheHeaderAreComparedWithTheFile() {
    func length(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    #expect(refusal(of: [], as: "a.safetensors") == .truncated)
    #expect(refusal(of: [1, 2, 3], as: "a.safetensors") == .truncated)
    #expect(refusal(of: length(100_000_000), as: "a.safetensors") == .truncated)
    #expect(refusal(of: length(100_000_001), as: "a.safetensors") == .limit)
    #expect(refusal(of: length(.max), as: "a.safetensors") == .limit)
    #expect(refusal(of: length(2) + Array("{}".utf8), as: "a.safetensors") == nil)
  }

  @Test func errorsNameFileTensorPlaceExpectationAndFinding() {
    let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#
    let error = #expect(throws: WeightFileError.self) { try open(header, dataCount: 4) }
    #expect(
      error?.description
        == "a.safetensors: tensor \"a\": byte 9: F32 [2] takes 8 bytes, data_offsets span 4 [size-mismatch]")
  }

  @Test func noChangedByteOfAFileCrashesTheReader() throws {
    let original = TemporaryFolder.read(Fixtures.path("formats/reference.safetensors"))
    #expect(refusal(of: original, as: "a.safetensors") == nil)
    var refused = 0
    for index in original.indices {
      for bit in [0, 5] {
        var bytes = original
        bytes[index] ^= 1 << UInt8(bit)
        if refusal(of: bytes, as: "a.safetensors") != nil { refused += 1 }
      }
      #expect(index == 0 || refusal(of: Array(original[..<index]), as: "a.safetensors") != nil)
    }
    #expect(refused > original.count / 2)
  }

  @Test func aHundredThousandTensorsOpenQuickly() throws {
    let count = 100_000
    var header = "{"
    for index in 0..<count {
      header += index == 0 ? "" : ","
      header +=
        "\"model.layers.\(index).weight\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[\(4 * index),\(4 * index + 4)]}"
    }
    let checkpoint = try open(header + "}", dataCount: 4 * count)
    #expect(checkpoint.tensors.count == count)
    #expect(checkpoint.stored(named: "model.layers.99999.weight")?.storedByteCount == 4)
  }
}
