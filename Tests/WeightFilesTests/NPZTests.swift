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
    let accepted = original.indices.count { index in
      var bytes = original
      bytes[index] ^= index.isMultiple(of: 2) ? 0xFF : 1
      return refusal(of: bytes, as: "a.npz") == nil
    }
    // What may change without notice: dates, versions, attributes and the sizes that a data descriptor repeats.
    #expect(accepted < original.count / 3)
    for count in stride(from: 0, to: original.count, by: 7) {
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
    func archive(_ declarations: String) -> WeightFileError.Category? {
      let path = folder.file("a.npz")
      return refusal {
        // The same length in both texts, so that the declarations can be exchanged inside the finished archive.
        let tensors = [
          ("a", SampleTensors.tensor(.bf16, [2], seed: 1)), ("b", SampleTensors.tensor(.i8, [2], seed: 1)),
        ]
        try SampleTensors.write(
          SampleTensors.entries(tensors.map { (name: $0.0, tensor: $0.1) }), .npz, to: path, replace: true)
        let text = Array(#"{"a":"BF16"}"#.utf8)
        var bytes = TemporaryFolder.read(path)
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: text) }) else { return }
        bytes.replaceSubrange(start..<start + text.count, with: declarations.utf8)
        folder.write(bytes, to: "a.npz")
        _ = try Checkpoint.open(path)
      }
    }
    #expect(archive(#"{"a":"BF16"}"#) == nil)
    #expect(archive(#"{"c":"BF16"}"#) == .crc)
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
    // A stored member "r.txt" of three bytes, in the shortest zip records.
    let crc: [UInt8] = [0xC2, 0x41, 0x24, 0x35]
    let local: [UInt8] =
      [0x50, 0x4B, 3, 4, 20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] + crc + [3, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0]
      + "r.txtabc".utf8
    let central: [UInt8] =
      [0x50, 0x4B, 1, 2, 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] + crc + [3, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0]
      + [UInt8](repeating: 0, count: 14) + "r.txt".utf8
    let end: [UInt8] =
      [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, UInt8(central.count), 0, 0, 0, UInt8(local.count), 0, 0, 0, 0, 0]
    let archive = try Checkpoint.open(folder.write(local + central + end, to: "a.npz"))
    #expect(archive.tensors.isEmpty)
    #expect(archive.notes == ["member \"r.txt\" is no array and was left out"])
  }
}
