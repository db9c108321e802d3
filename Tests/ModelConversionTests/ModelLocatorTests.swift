import Glibc
import TestSupport
import Testing

@testable import ModelConversion

@Suite struct ModelLocators {
  let folder = TemporaryFolder()

  @Test func aFileIsTakenAsItIs() throws {
    let path = folder.write([1], to: "a.npz")
    let location = try ModelLocator.locate(path)
    #expect(location.weights == path && location.directory == nil)
    #expect(try ModelLocator.locate("-").weights == "-")
  }

  @Test func aDirectoryPrefersTheUsualNames() throws {
    for name in ["zzz.npz", "weights.npz", "model.npz", "model.safetensors.index.json", "model.safetensors"] {
      folder.write([1], to: name)
      #expect(try ModelLocator.locate(folder.path).weights == folder.file(name))
    }
    #expect(try ModelLocator.locate(folder.path).directory == folder.path)
  }

  @Test func theOnlyWeightFileIsTakenWhateverItsName() throws {
    for name in ["bert.npz", "golden_f32.npz", ".hidden.npz", "config.json"] { folder.write([1], to: name) }
    #expect(try ModelLocator.locate(folder.path).weights == folder.file("bert.npz"))
  }

  @Test func anIndexCountsMoreThanItsShards() throws {
    for name in ["m-1.safetensors", "m-2.safetensors", "m.safetensors.index.json"] { folder.write([1], to: name) }
    #expect(try ModelLocator.locate(folder.path).weights == folder.file("m.safetensors.index.json"))
  }

  @Test func aShardWithoutTheIndexIsNoModel() throws {
    folder.write([1], to: "model-00001-of-00001.safetensors")
    #expect(try ModelLocator.locate(folder.path).weights == folder.file("model-00001-of-00001.safetensors"))
    unlink(folder.file("model-00001-of-00001.safetensors"))
    let shard = folder.write([1], to: "model-00002-of-00003.safetensors")
    let error = #expect(throws: ModelError.self) { try ModelLocator.locate(folder.path) }
    #expect(error?.kind == .invalid && error?.message.contains("but not the index of that set") == true)
    #expect(error?.hint?.hasSuffix(shard) == true)
    #expect(try ModelLocator.locate(shard).weights == shard)
  }

  @Test func aPrefixMeansTheCheckpointOfTensorFlow() throws {
    for name in ["bert_model.ckpt.index", "bert_model.ckpt.data-00000-of-00001"] { folder.write([1], to: name) }
    let index = folder.file("bert_model.ckpt.index")
    #expect(try ModelLocator.locate(folder.file("bert_model.ckpt")).weights == index)
    #expect(try ModelLocator.locate(folder.path).weights == index)
  }

  @Test func theFirstShardStandsForASetThatHasNoIndex() throws {
    for number in 1...3 { folder.write([1], to: "m-0000\(number)-of-00003.gguf") }
    #expect(try ModelLocator.locate(folder.path).weights == folder.file("m-00001-of-00003.gguf"))
  }

  @Test func whatAKilledRunWasReplacingIsFoundAgain() throws {
    folder.write([1], to: ".a.npz.tfconv-9-1.last")
    #expect(try ModelLocator.locate(folder.file("a.npz")).weights == folder.file("a.npz"))
    folder.write([1], to: ".model.npz.tfconv-9-1.last")
    #expect(try ModelLocator.locate(folder.path).weights == folder.file("model.npz"))
    #expect(folder.names == ["a.npz", "model.npz"])
  }

  @Test func severalWeightFilesAreListed() {
    for name in ["a.npz", "b.safetensors"] { folder.write([1], to: name) }
    let error = #expect(throws: ModelError.self) { try ModelLocator.locate(folder.path) }
    #expect(error?.kind == .invalid)
    #expect(error?.details == ["a.npz", "b.safetensors"])
    #expect(error?.hint?.contains(folder.file("a.npz")) == true)
  }

  @Test func aDirectoryOfAnotherFormatSaysWhichOne() {
    folder.write([1], to: "model.onnx")
    let error = #expect(throws: ModelError.self) { try ModelLocator.locate(folder.path) }
    #expect(error?.details == ["it holds model.onnx, which is another format"])
    let empty = TemporaryFolder()
    let other = #expect(throws: ModelError.self) { try ModelLocator.locate(empty.path) }
    #expect(other?.details.isEmpty == true)
  }

  @Test func whatDoesNotExistIsAnsweredWithTheNearestName() {
    folder.write([1], to: "bert.npz")
    let error = #expect(throws: ModelError.self) { try ModelLocator.locate(folder.file("bret.npz")) }
    #expect(error?.kind == .io)
    #expect(error?.hint == "did you mean \(folder.file("bert.npz"))?")
  }

  @Test func aLinkToNothingIsNamedAsOne() {
    #expect(symlink("gone", folder.file("link.npz")) == 0)
    let error = #expect(throws: ModelError.self) { try ModelLocator.locate(folder.file("link.npz")) }
    #expect(error?.message == "\(folder.file("link.npz")) is a symbolic link to gone, where there is nothing")
  }

  @Test func preferenceFollowsTheOrderOfTheNames() {
    #expect(ModelLocator.isPreferred("model.safetensors", over: "model.npz"))
    #expect(ModelLocator.isPreferred("model.npz", over: "other.npz"))
    #expect(!ModelLocator.isPreferred("model.npz", over: "model.safetensors"))
    #expect(!ModelLocator.isPreferred("a.npz", over: "b.npz"))
  }
}
