import TensorData
import TestSupport
import Testing
import WeightFiles

@Suite struct NPZFiles {
  let folder = TemporaryFolder()

  @Test(arguments: ["stored", "deflated", "streamed", "swapped"])
  func whatNumPyWroteIsRead(_ name: String) throws {
    let reference = try Checkpoint.open(Fixtures.path("formats/reference.safetensors"))
    let archive = try Checkpoint.open(Fixtures.path("formats/\(name).npz"))
    #expect(archive.tensors.count == reference.tensors.count - 1)
    for info in archive.tensors {
      #expect(try archive.tensor(named: info.name).isBitEqual(to: reference.tensor(named: info.name)), "\(info.name)")
    }
    #expect(archive.stored.allSatisfy { $0.isCompressed == (name == "deflated" || name == "streamed") })
    #expect(archive.notes == [])
  }

  @Test(arguments: ["stored", "deflated", "streamed"])
  func noChangedByteOfAnArchiveCrashesTheReader(_ name: String) throws {
    let original = TemporaryFolder.read(Fixtures.path("formats/\(name).npz"))
    #expect(refusal(of: original, as: "a.npz") == nil)
    let places = stride(from: 0, to: original.count, by: 3)
    let accepted = places.count { index in
      var bytes = original
      bytes[index] ^= index.isMultiple(of: 2) ? 0xFF : 1
      return refusal(of: bytes, as: "a.npz") == nil
    }
    // What may change without notice: dates, versions, attributes and the sizes that a data descriptor repeats.
    #expect(accepted < original.count / 9)
    for count in stride(from: 0, to: original.count, by: 31) {
      #expect(refusal(of: Array(original[..<count]), as: "a.npz") != nil)
    }
  }

  @Test func aFlippedBitOfATensorIsFoundByItsChecksum() throws {
    for compression in [0, 1] {
      let path = folder.file("a\(compression).npz")
      let tensor = SampleTensors.tensor(.f32, [100], seed: 1)
      let options = WriteOptions(compression: compression)
      try SampleTensors.write(SampleTensors.entries([("w", tensor)]), .npz, to: path, options: options)
      let place = try Checkpoint.open(path).stored[0]
      var bytes = TemporaryFolder.read(path)
      bytes[place.byteOffset + place.storedByteCount / 2] ^= 4
      let found = refusal(of: bytes, as: "a.npz")
      #expect(compression == 0 ? found == .crc : found != nil)
    }
  }

  @Test func storedDataIsAlignedAndUsedInPlace() throws {
    let tensors = SampleTensors.all([.f32, .u8, .f64])
    let path = folder.file("a.npz")
    try SampleTensors.write(SampleTensors.entries(tensors), .npz, to: path)
    let archive = try Checkpoint.open(path)
    for stored in archive.stored {
      #expect(stored.byteOffset % 64 == 0)
      #expect(try archive.tensor(named: stored.info.name).byteOffset == stored.byteOffset)
    }
  }

  @Test func typesThatNumPyLacksAreDeclared() throws {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("a", SampleTensors.tensor(.bf16, [2, 3], seed: 1)), ("b", SampleTensors.tensor(.f8e4m3, [5], seed: 2)),
      ("c", SampleTensors.tensor(.u16, [2], seed: 3)),
    ]
    let path = folder.file("a.npz")
    try SampleTensors.write(SampleTensors.entries(tensors), .npz, to: path)
    let text = String(decoding: TemporaryFolder.read(path), as: UTF8.self)
    #expect(text.contains(#"{"a":"BF16","b":"F8_E4M3"}"#))
    let archive = try Checkpoint.open(path)
    #expect(archive.tensors.map(\.name) == ["a", "b", "c"])
    #expect(archive.tensors.map(\.dtype) == [.bf16, .f8e4m3, .u16])
  }

  @Test func declarationsThatContradictTheArchiveAreRefused() {
    func archive(_ declarations: String, descr: String = "|u1") -> WeightFileError.Category? {
      var archive = TestArchive()
      archive.add("a", descr: "<u2", count: 1, [1, 2])
      archive.add("b", descr: "|i1", count: 2, [1, 2])
      archive.add("__tfconv_dtypes__", descr: descr, count: declarations.utf8.count, Array(declarations.utf8))
      return refusal(of: archive.bytes, as: "a.npz")
    }
    #expect(archive(#"{"a":"BF16"}"#) == nil)
    #expect(archive(#"{"c":"BF16"}"#) == .mismatch)
    #expect(archive(#"{"b":"BF16"}"#) == .mismatch)
    #expect(archive(#"{"b":"F8_E4M3"}"#) == .mismatch)
    #expect(archive(#"{"a":"F4"}"#) == .mismatch)
    #expect(archive(#"{"a":"BF17"}"#) == .unsupportedDType)
    #expect(archive(#"{"a":"BF16","a":"BF16"}"#) == .duplicate)
    #expect(archive(#"["a"]"#) == .badType)
    #expect(archive(#"{"#) == .badJSON)
    #expect(archive(#"{"a":"BF16"}"#, descr: "|i1") == .badType)
  }

  @Test func membersThatReadersDisagreeOnAreRefused() {
    func archive(_ names: [String]) -> WeightFileError.Category? {
      var archive = TestArchive()
      for name in names { archive.add(name, descr: "|u1", count: 1, [7]) }
      return refusal(of: archive.bytes, as: "a.npz")
    }
    #expect(archive(["a", "b"]) == nil)
    #expect(archive(["a", "a"]) == .duplicate)
    #expect(archive(["../a"]) == .traversal)
    #expect(archive(["/a"]) == .traversal)
    // A combining mark makes one character of itself and the slash, and hides the component from Swift's strings.
    #expect(archive(["a/..\u{2F}\u{301}b"]) == .traversal)
    #expect(archive(["a\\b"]) == .traversal)
    #expect(archive(["a\0"]) == .badName)
    var both = TestArchive()
    both.add("a", descr: "|u1", count: 1, [7])
    both.add("a", [UInt8](repeating: 0, count: 3))
    #expect(refusal(of: both.bytes, as: "a.npz") == nil)
    var short = TestArchive()
    short.add("a", descr: "|u1", count: 2, [7])
    #expect(refusal(of: short.bytes, as: "a.npz") == .truncated)
    var long = TestArchive()
    long.add("a", descr: "|u1", count: 1, [7, 8])
    #expect(refusal(of: long.bytes, as: "a.npz") == .trailing)
    #expect(refusal(of: long.bytes + [0], as: "a.npz") == .trailing)
    #expect(refusal(of: long.bytes + long.bytes, as: "a.npz") == .mismatch)
  }

  @Test func namesThatNoArchiveShouldHoldAreRefused() {
    let tensor = SampleTensors.tensor(.u8, [1], seed: 1)
    func write(_ names: [String]) -> WeightFileError.Category? {
      refusal {
        try SampleTensors.write(
          SampleTensors.entries(names.map { (name: $0, tensor: tensor) }), .npz, to: folder.file("a.npz"))
      }
    }
    for name in [
      "", "/a", "a/../b", "..", "./a", "a\\b", "C:a", "a\0b", "a\nb", "__tfconv_dtypes__", "__tfconv_metadata__",
      String(repeating: "n", count: 65_532),
    ] {
      #expect(write([name]) == .badName, "\(name.prefix(20))")
    }
    #expect(write(["a", "a.npy"]) == .badName)
    #expect(write(["a", "a"]) == .duplicate)
    #expect(folder.names == [])
    #expect(write(["a.npy", "größe", "a/b", "A", "e\u{301}", "\u{e9}", "...", "ab:c"]) == nil)
  }

  @Test func sixtyFourBitRecordsAreWrittenForManyMembers() throws {
    let tensor = SampleTensors.tensor(.u8, [1], seed: 1)
    let tensors = (0..<65_540).map { (name: "\($0)", tensor: tensor) }
    let path = folder.file("a.npz")
    try SampleTensors.write(SampleTensors.entries(tensors), .npz, to: path)
    let archive = try Checkpoint.open(path)
    #expect(archive.tensors.count == 65_540)
    #expect(try archive.tensor(named: "65539").isBitEqual(to: tensor))
  }

  @Test func membersThatAreNoArraysAreNamedInANote() throws {
    var made = TestArchive()
    made.add("r.txt", Array("abc".utf8))
    made.add("w", descr: "|u1", count: 1, [7])
    let archive = try Checkpoint.open(folder.write(made.bytes, to: "a.npz"))
    #expect(archive.tensors.map(\.name) == ["w"])
    #expect(archive.notes == ["member \"r.txt\" is no array and was left out"])
  }
}
