import TensorData
import TestSupport
import Testing
import WeightFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite struct Checkpoints {
  let folder = TemporaryFolder()
  private let tensor = SampleTensors.tensor(.f32, [2, 3], seed: 1)

  private func write(_ format: WeightFormat, _ name: String) throws -> String {
    let path = folder.file(name)
    try SampleTensors.write(SampleTensors.entries([("w", tensor)]), format, to: path)
    return path
  }

  @Test(arguments: WeightFormat.written.map(\.name))
  func formatsAreRecognisedByTheirBytes(_ name: String) throws {
    let format = try #require(WeightFormat.named(name))
    let checkpoint = try Checkpoint.open(write(format, "weights"))
    #expect(checkpoint.format == format)
    #expect(checkpoint.tensors.count == 1)
  }

  @Test func anExtensionThatContradictsTheBytesIsRefusedUnlessTheFormatIsNamed() throws {
    let path = try write(.npz, "a.safetensors")
    let error = #expect(throws: WeightFileError.self) { try Checkpoint.open(path) }
    #expect(error?.category == .badMagic)
    #expect(error?.message.contains("the extension says safetensors, the first bytes say npz") == true)
    #expect(try Checkpoint.open(path, options: ReadOptions(format: .npz)).tensors.count == 1)
  }

  @Test(arguments: ["safetensors", "npz", "bin"])
  func filesThatPeopleTakeForWeightsAreNamed(_ fileExtension: String) {
    for (content, word) in [
      ("version https://git-lfs.github.com/spec/v1\n", "git lfs pull"), ("<!DOCTYPE html>", "web page"),
      ("\u{80}\u{2}", ""), ("{\"weight_map\": {}}", "JSON"),
    ] where !word.isEmpty {
      let path = folder.write(Array(content.utf8), to: "a.\(fileExtension)")
      let error = #expect(throws: WeightFileError.self) { try Checkpoint.open(path) }
      #expect(error?.category == .badMagic)
      #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }
  }

  @Test func whatIsNoRegularFileIsRefusedWithoutWaiting() {
    mkfifo(folder.file("pipe"), 0o600)
    symlink(folder.file("loop"), folder.file("loop"))
    for (path, category) in [
      (folder.file("pipe"), WeightFileError.Category.notRegular), (folder.path, .notRegular),
      ("/dev/zero", .notRegular),
      (folder.file("loop"), .missing), (folder.file("absent"), .missing),
    ] {
      #expect(refusal { _ = try Checkpoint.open(path) } == category, "\(path)")
    }
  }

  @Test func symbolicLinksAreFollowed() throws {
    let path = try write(.safetensors, "blob")
    symlink(path, folder.file("model.safetensors"))
    #expect(try Checkpoint.open(folder.file("model.safetensors")).tensors.count == 1)
  }

  @Test func tensorsOutliveTheirCheckpoint() throws {
    let read = try Checkpoint.open(write(.safetensors, "a.safetensors")).tensor(named: "w")
    #expect(read.isBitEqual(to: tensor))
  }

  @Test func namesAreMadeSafeForTerminals() {
    let error = WeightFileError(.crc, path: "a\u{1B}[2J", tensor: "\u{202E}x\n", message: "damaged")
    #expect(error.description == #"a\u{1b}[2J: tensor "\u{202e}x\u{a}": damaged [crc]"#)
    #expect("größe 😀".printable() == "größe 😀")
    #expect("abcdef".printable(limit: 3) == "abc… (6 bytes)")
  }
}
