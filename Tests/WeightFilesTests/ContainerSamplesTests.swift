import Foundation
import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

/// Files that the real libraries wrote, in every container but PyTorch's, and what these libraries read in them.
struct ContainerSamplesTests {
  /// An entry of `fixtures/containers/index.json`.
  private struct Sample {
    let json: JSONValue
    var id: String { json["id"]?.string ?? "" }
    var path: String { Fixtures.path("containers/\(json["open"]?.string ?? "")") }
    var expectation: String { json["expect"]?.string ?? "" }
    var truth: [JSONMember] { json["truth"]?.object?.members ?? [] }

    /// The file to open: a folder stands for the one file, or the index, in it that a format prefers.
    func file() throws -> String {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
        return path
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: path)
      let preferred = WeightFormat.all.flatMap(\.preferredNames) + ["model.bin"]
      return "\(path)/\(try #require(preferred.first(where: names.contains), "\(id): \(names)"))"
    }
  }

  private static func samples() throws -> [Sample] {
    let index = try JSONValue(
      parsing: String(contentsOfFile: Fixtures.path("containers/index.json"), encoding: .utf8))
    return (index["entries"]?.array ?? []).map(Sample.init)
  }

  @Test func everySampleHoldsWhatItsLibraryReads() throws {
    var counts: [String: Int] = [:]
    for sample in try ContainerSamplesTests.samples() where sample.expectation == "accept" {
      let checkpoint = try Checkpoint.open(sample.file())
      counts[checkpoint.format.name, default: 0] += 1
      var names = Set(checkpoint.tensors.map(\.name))
      for (name, truth) in sample.truth.map({ ($0.key, $0.value) }) {
        try #require(names.remove(name) != nil, "\(sample.id): \(name) is missing")
        let tensor = try checkpoint.tensor(named: name)
        #expect(tensor.dtype.rawValue == truth["dtype"]?.string, "\(sample.id): \(name)")
        #expect(tensor.shape == truth["shape"]?.array?.compactMap(\.int), "\(sample.id): \(name)")
        var digest = SHA256()
        tensor.withUnsafeBytes { digest.update($0) }
        #expect(digest.hexadecimal == truth["sha256"]?.string, "\(sample.id): \(name)")
      }
      // h5py lists the first of two names of one dataset; both are names of it.
      let further: Set<String> = sample.id == "h5.links" ? ["real"] : []
      #expect(names == further, "\(sample.id) has more than its library reads")
    }
    #expect(counts == ["gguf": 18, "h5": 51, "tf": 15, "msgpack": 11, "ctranslate2": 19])
  }

  @Test func whatNoSampleMayHoldIsRefused() throws {
    for sample in try ContainerSamplesTests.samples() where sample.expectation == "reject" {
      let error = try #require(throws: WeightFileError.self, "\(sample.id)") { try Checkpoint.open(sample.file()) }
      #expect(error.category.rawValue == sample.json["category"]?.string, "\(sample.id): \(error)")
    }
  }

  @Test func shardsOfGGUFAreOpenedThroughTheFirst() throws {
    let error = try #require(throws: WeightFileError.self) {
      try Checkpoint.open(Fixtures.path("containers/gguf/split/model-00002-of-00003.gguf"))
    }
    #expect(error.category == .mismatch)
    #expect(error.message.contains("shard 2 of 3"))
  }

  @Test func metadataKeepsItsTypes() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("containers/gguf/native.gguf"))
    let values = Dictionary(uniqueKeysWithValues: checkpoint.metadata.map { ($0.key, $0.content) })
    #expect(values["t.u32"]?.int == 4_000_000_000)
    #expect(values["t.i8"]?.int == -100)
    #expect(values["t.bool"]?.bool == true)
    #expect(values["t.f32"]?.double == 0.1)
    #expect(values["t.str"]?.string == "é 😀")
    #expect(values["t.arr_i32"]?.array?.compactMap(\.int) == [1, -2, 3])
  }

  @Test func aDamagedDataFileIsNoticedWhenItsTensorIsRead() throws {
    let folder = TemporaryFolder()
    let source = Fixtures.path("containers/tfckpt/tf1_gpt2")
    for name in ["model.ckpt-1000.index", "model.ckpt-1000.data-00000-of-00001"] {
      try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(folder.path)/\(name)")
    }
    let data = "\(folder.path)/model.ckpt-1000.data-00000-of-00001"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: data))
    bytes[100] ^= 1
    try bytes.write(to: URL(fileURLWithPath: data))
    let checkpoint = try Checkpoint.open("\(folder.path)/model.ckpt-1000.index")
    let error = try #require(throws: WeightFileError.self) { try checkpoint.verifyContents() }
    #expect(error.category == .crc)
  }
}
