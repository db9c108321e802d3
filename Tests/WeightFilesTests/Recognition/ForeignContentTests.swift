import TensorData
import TestSupport
import Testing

@testable import WeightFiles

/// Containers of other programs are called what they are, whatever their files are called.
@Suite struct ForeignContents {
  let folder = TemporaryFolder()

  /// The library's own files, and the words that must stand in the error.
  private static let files: [(name: String, word: String)] = [
    ("keras3_deflated.keras", "a Keras model (.keras)"), ("dtypes_raw.onnx", "an ONNX model"),
    ("version1.ckpt", "a TensorFlow checkpoint of version 1"),
    ("marian.bin", "a Marian model (.bin)"), ("saved_model.pb", "a TensorFlow SavedModel's graph"),
  ]

  /// What opening bytes under a name throws.
  private func error(_ bytes: [UInt8], as name: String, _ options: ReadOptions = ReadOptions()) -> WeightFileError? {
    let storage = ByteStorage(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
    do throws(WeightFileError) {
      _ = try Checkpoint.open(MappedFile(path: name, storage: storage), options: options)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: files.indices) func whatTheLibrariesWriteIsNamedUnderEveryName(_ index: Int) {
    let (file, word) = ForeignContents.files[index]
    let bytes = TemporaryFolder.read(Fixtures.path("formats/foreign/\(file)"))
    for name in ["a", "a.safetensors", "a.npz", "a.bin"] {
      let found = error(bytes, as: name)
      #expect(found?.category == .badMagic, "\(file) as \(name): \(found?.description ?? "accepted")")
      #expect(found?.message.contains(word) == true, "\(file) as \(name): \(found?.message ?? "accepted")")
    }
  }

  @Test func anArchiveWithoutOneArrayIsNoNPZ() {
    let kinds: [(members: [String], word: String)] = [
      (["r.txt"], "a zip archive without one .npy member"),
      (["META-INF/MANIFEST.MF", "org/A.class"], "a Java archive"), (["META-INF/MANIFEST.MF"], "a Java archive"),
      (["numpy/__init__.py", "numpy-2.4.6.dist-info/WHEEL"], "a Python wheel"),
      (["AndroidManifest.xml", "classes.dex"], "an Android package"),
      (["[Content_Types].xml", "word/document.xml"], "a Word document"),
      (["[Content_Types].xml", "xl/workbook.xml"], "an Excel document"),
      (["mimetype", "META-INF/container.xml"], "an electronic book"),
      (["mimetype", "content.xml"], "an OpenDocument file"),
      (["model/data.pkl", "model/version"], "a PyTorch checkpoint"),
      (["m/data.pkl", "m/constants.pkl", "m/code/__torch__.py"], "a TorchScript program"),
      (["p/.data/extern_modules", "p/model.pkl"], "a torch.package archive"),
      (["config.json", "metadata.json", "model.weights.h5"], "a Keras model"),
      (["bert/config.json", "bert/model.safetensors"], "bert/model.safetensors in it; unpack it first"),
      (["m/saved_model.pb", "m/variables/variables.index"], "a zipped TensorFlow SavedModel"),
    ]
    for (members, word) in kinds {
      var archive = TestArchive()
      for member in members { archive.add(member, [1, 2, 3]) }
      // What is PyTorch's is opened as such where nothing else is said.
      for name in members.contains(where: { $0.hasSuffix("/data.pkl") }) ? ["a.npz"] : ["a.npz", "a"] {
        let found = error(archive.bytes, as: name)
        #expect(found?.category == .badMagic, "\(members)")
        #expect(found?.message.contains(word) == true, "\(members): \(found?.message ?? "accepted")")
      }
      #expect(error(archive.bytes, as: "a", ReadOptions(format: .npz))?.message.contains(word) == true, "\(members)")
    }
  }

  @Test func anArrayAmongTheMembersDoesNotMakeAProgramAnArchiveOfArrays() {
    for others in [["numpy-2.4.6.dist-info/WHEEL"], ["a/data.pkl", "a/version"], ["model.weights.h5", "config.json"]] {
      var archive = TestArchive()
      archive.add("tests/data", descr: "|u1", count: 1, [7])
      for other in others { archive.add(other, [1]) }
      #expect(error(archive.bytes, as: "a.npz")?.category == .badMagic, "\(others)")
    }
    // What merely lies beside arrays is left out with a note.
    var archive = TestArchive()
    archive.add("w", descr: "|u1", count: 1, [7])
    archive.add("META-INF/MANIFEST.MF", [1])
    archive.add("notes/model.bin", [1])
    #expect(error(archive.bytes, as: "a.npz") == nil)
  }

  @Test func bytesThatOnlyResembleAContainerAreNotNamed() {
    let files: [[UInt8]] = [
      // A message whose last field is cut off; one that names no field of ONNX; a map whose key is a number.
      [0x08, 0x07, 0x3A, 0x10, 0x0A, 0x00], [0x08, 0x07, 0x12, 0x01, 0x61], [0x81, 0x01, 0x02],
      // A map with bytes behind it; the name of no specification; HDF5's mark at an odd place.
      [0x81, 0xA1, 0x61, 0x01, 0x00], [2, 0, 0, 0, 5, 0] + "Word".utf8 + [0],
      [UInt8](repeating: 1, count: 100) + [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A],
    ]
    for bytes in files {
      let storage = ByteStorage(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
      #expect(ForeignContent.describe(FileProbe(MappedFile(path: "a", storage: storage))) == nil, "\(bytes.prefix(12))")
    }
    var late = [UInt8](repeating: 1, count: 2048)
    late += [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    #expect(error(late, as: "a")?.category == .truncated)
  }

  @Test(arguments: files.indices) func noCutOrChangedByteCrashesTheNaming(_ index: Int) {
    let original = TemporaryFolder.read(Fixtures.path("formats/foreign/\(ForeignContents.files[index].name)"))
    let step = max(1, original.count / 200)
    for place in stride(from: 0, to: original.count, by: step) {
      var bytes = original
      bytes[place] ^= 0xFF
      for content in [bytes, Array(original[..<place])] {
        let storage = ByteStorage(byteCount: content.count) { $0.copyBytes(from: content) }
        _ = ForeignContent.describe(FileProbe(MappedFile(path: "a", storage: storage)))
      }
    }
  }
}
