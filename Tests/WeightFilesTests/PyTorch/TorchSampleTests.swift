import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

/// Checkpoints that torch, Lightning and transformers wrote, against what torch reads out of them.
@Suite struct TorchSamples {
  let folder = TemporaryFolder()

  private static let entries: [JSONValue] = {
    let text = String(decoding: TemporaryFolder.read(Fixtures.path("formats/torch/truth.json")), as: UTF8.self)
    return (try? JSONValue(parsing: text))?.array ?? []
  }()

  /// The file that a sample names; of a folder the index or the one weight file.
  private func path(_ entry: JSONValue) throws -> String {
    let path = Fixtures.path("formats/torch/" + (try #require(entry["open"]?.string)))
    return path.hasSuffix("_sharded") ? path + "/pytorch_model.bin.index.json" : path
  }

  @Test func everySampleIsReadAsTorchReadsIt() throws {
    var read = 0
    for entry in TorchSamples.entries {
      let id = try #require(entry["id"]?.string)
      let path = try path(entry)
      if let category = entry["category"]?.string {
        #expect(refusal { try Checkpoint.open(path).verifyContents() }?.rawValue == category, "\(id)")
        continue
      }
      let checkpoint = try Checkpoint.open(path)
      #expect(checkpoint.format == .pytorch)
      guard let truth = entry["truth"]?.object else {
        #expect(!checkpoint.tensors.isEmpty, "\(id)")
        continue
      }
      #expect(Set(checkpoint.tensors.map { ByteKey($0.name) }) == Set(truth.members.map { ByteKey($0.key) }), "\(id)")
      for member in truth.members {
        let tensor = try checkpoint.tensor(named: member.key)
        #expect(tensor.dtype.rawValue == member.value["dtype"]?.string, "\(id) \(member.key)")
        #expect(tensor.shape == member.value["shape"]?.array?.compactMap(\.int), "\(id) \(member.key)")
        var digest = SHA256()
        tensor.withUnsafeBytes { digest.update($0) }
        #expect(digest.hexadecimal == member.value["sha256"]?.string, "\(id) \(member.key)")
        read += 1
      }
      try checkpoint.verifyContents()
    }
    #expect(TorchSamples.entries.count > 35)
    #expect(read > 250)
  }

  @Test func everySampleIsWrittenAnewAsItIs() throws {
    for entry in TorchSamples.entries where entry["truth"] != nil {
      let source = try Checkpoint.open(path(entry))
      guard !source.contains("") else { continue }
      for format in [WeightFormat.safetensors, .npz] {
        let target = folder.file("copy\(format.fileExtension)")
        let options = WriteOptions(threads: 3)
        try SampleTensors.write(source.writeEntries, format, to: target, options: options, replace: true)
        let copy = try Checkpoint.open(target)
        for info in source.tensors {
          #expect(try copy.tensor(named: info.name).isBitEqual(to: source.tensor(named: info.name)), "\(info.name)")
        }
      }
    }
  }

  @Test func tensorsOnOneStorageAreKnownAsTheSame() throws {
    var count = 0
    for entry in TorchSamples.entries {
      guard let groups = entry["aliases"]?.array else { continue }
      let checkpoint = try Checkpoint.open(path(entry))
      for group in groups.compactMap({ $0.array?.compactMap(\.string) }) {
        let same = group.filter { checkpoint.stored(named: $0)?.sameAs != nil }
        #expect(same.count == group.count - 1, "\(group)")
        count += 1
      }
    }
    #expect(count > 0)
    // Windows that only overlap are values of their own.
    let views = try Checkpoint.open(Fixtures.path("formats/torch/zip_views.pt"))
    #expect(views.stored(named: "t")?.sameAs == nil)
    #expect(views.stored(named: "rows")?.sameAs == nil)
  }

  @Test func storedTensorsAreWindowsOnTheFile() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("formats/torch/zip_views.pt"))
    for name in ["base", "t", "cols"] {
      let tensor = try checkpoint.tensor(named: name)
      #expect(tensor.byteOffset == checkpoint.stored(named: name)?.byteOffset, "\(name)")
    }
    #expect(try !checkpoint.tensor(named: "t").isContiguous)
  }

  @Test func whatLiesBesideTheTensorsIsMetadataWithItsType() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("formats/torch/zip_checkpoint.ckpt"))
    let values = Dictionary(uniqueKeysWithValues: checkpoint.metadata.map { ($0.key, $0.content) })
    #expect(values["epoch"] == .number(JSONNumber(3)))
    #expect(values["loss"] == .number(JSONNumber(0.25)))
    #expect(values["args.flag"] == .bool(true))
    #expect(values["args.name"]?.string != nil)
    #expect(checkpoint.branches == ["model", "optimizer"])
  }

  @Test func objectsOfOtherClassesArePassedOverAndNamed() throws {
    let namespace = try Checkpoint.open(Fixtures.path("formats/torch/zip_namespace.pt"))
    #expect(namespace.tensors.map(\.name).allSatisfy { $0.hasPrefix("model.") })
    #expect(namespace.tensors.count == 7)
    #expect(namespace.notes == ["objects of types.SimpleNamespace were passed over; no code of theirs was run"])
    let scalar = try Checkpoint.open(Fixtures.path("formats/torch/zip_numpy_scalar.pt"))
    #expect(scalar.tensors.map(\.name) == ["w"])
    #expect(scalar.notes.count == 1 && scalar.notes[0].contains("numpy.scalar"))
  }

  @Test func aSubtreeIsTakenByItsPath() throws {
    let path = Fixtures.path("formats/torch/lightning.ckpt")
    let part = try Checkpoint.open(path, options: ReadOptions(subtree: "state_dict.net"))
    #expect(part.contains("emb.weight") && part.tensors.count == 7)
    #expect(part.notes.contains { $0.contains("left out beside the model: optimizer_states (9 tensors)") })
    let whole = try Checkpoint.open(path)
    #expect(try part.tensor(named: "lin.bias").isBitEqual(to: whole.tensor(named: "state_dict.net.lin.bias")))
    let error = #expect(throws: WeightFileError.self) {
      try Checkpoint.open(path, options: ReadOptions(subtree: "model"))
    }
    #expect(error?.category == .missing)
    #expect(error?.message.contains("there are state_dict, optimizer_states") == true)
  }

  @Test(arguments: ["zip_views.pt", "zip_dtypes.pt", "legacy_views.pt", "zip_proto4.pt", "old/old_legacy.pt"])
  func noChangedByteOfACheckpointCrashesTheReader(_ name: String) throws {
    let original = TemporaryFolder.read(Fixtures.path("formats/torch/\(name)"))
    #expect(refusal(of: original, as: "a.pt") == nil)
    for place in stride(from: 0, to: original.count, by: 2) {
      var bytes = original
      bytes[place] ^= place.isMultiple(of: 4) ? 0xFF : 1
      _ = refusal(of: bytes, as: "a.pt")
    }
    for count in stride(from: 0, to: original.count, by: 31) {
      #expect(refusal(of: Array(original[..<count]), as: "a.pt") != nil, "\(count)")
    }
  }
}
