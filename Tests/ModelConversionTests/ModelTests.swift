import Architectures
import StrictJSON
import TestSupport
import Testing

@testable import ModelConversion

/// Opening a model: which configuration files and companions belong to it.
@Suite struct Models {
  let folder = TemporaryFolder()

  private func copyWeights(to names: String...) {
    for name in names {
      folder.write(TemporaryFolder.read(Fixtures.path("models/gpt2-lm/model.safetensors")), to: name)
    }
  }

  private func write(_ name: String, _ text: String) { folder.write(Array(text.utf8), to: name) }

  @Test func theConfigurationOfEveryLayoutIsLookedFor() {
    var used: [String] = []
    for layout in ArchitectureRegistry.all.flatMap({ $0.layouts }) where !used.contains(layout.config.fileName) {
      used.append(layout.config.fileName)
    }
    #expect(ConfigFiles.names == used)
  }

  @Test func aDirectoryHasEveryKnownConfiguration() throws {
    copyWeights(to: "model.safetensors")
    write("config.json", "{\"a\": 1}")
    write("hparams.json", "{\"b\": 2}")
    write("other.json", "not JSON")
    let model = try Model.open(folder.path)
    #expect(Set(model.configs.map(\.name)) == ["config.json", "hparams.json"])
    #expect(Set(model.configs.compactMap(\.path)) == [folder.file("config.json"), folder.file("hparams.json")])
    #expect(model.directory == folder.path)
  }

  @Test func aFileHasTheConfigurationOfItsOwnName() throws {
    copyWeights(to: "a.safetensors", "b.safetensors")
    write("a.config.json", "{\"a\": 1}")
    write("config.json", "{\"wrong\": 1}")
    let model = try Model.open(folder.file("a.safetensors"))
    #expect(model.configs.map(\.path) == [folder.file("a.config.json")])
    #expect(model.configs[0].name == "config.json")
    #expect(model.configs[0].object["a"] == 1)
    // Nobody knows which of the two files the directory's configuration is about.
    #expect(try Model.open(folder.file("b.safetensors")).configs.isEmpty)
  }

  @Test func theOnlyFileOfADirectoryHasTheDirectorysConfiguration() throws {
    copyWeights(to: "a.safetensors")
    write("config.json", "{\"a\": 1}")
    #expect(try Model.open(folder.file("a.safetensors")).configs.map(\.path) == [folder.file("config.json")])
  }

  @Test func aGivenConfigurationReplacesTheOthers() throws {
    copyWeights(to: "model.safetensors")
    write("config.json", "{\"a\": 1}")
    write("my.bert_config.json", "{\"b\": 2}")
    let model = try Model.open(folder.path, config: folder.file("my.bert_config.json"))
    #expect(model.configs.map(\.name) == ["bert_config.json"])
    write("elsewhere.json", "{}")
    #expect(try Model.open(folder.path, config: folder.file("elsewhere.json")).configs.map(\.name) == ["config.json"])
  }

  @Test(arguments: ["{", "[1]", "{\"a\": 1, \"a\": 2}", ""])
  func whatIsNoObjectIsRefused(text: String) {
    copyWeights(to: "model.safetensors")
    write("config.json", text)
    let error = #expect(throws: ModelError.self) { try Model.open(folder.path) }
    #expect(error?.kind == .invalid)
    #expect(error?.message.contains("\(folder.path)/config.json") == true, "\(error?.message ?? "")")
  }

  @Test func bytesThatAreNoTextAreRefused() {
    copyWeights(to: "model.safetensors")
    folder.write([0x7B, 0xFF, 0x7D], to: "config.json")
    #expect(throws: ModelError.self) { try Model.open(folder.path) }
  }

  @Test func companionsAreReadFromTheDirectoryAlone() throws {
    copyWeights(to: "model.safetensors")
    write("generation_config.json", "{\"eos_token_id\": 3}")
    write("tokenizer.json", "{")
    let model = try Model.open(folder.path)
    #expect(try model.companion("generation_config.json")?["eos_token_id"] == 3)
    #expect(try model.companion("absent.json") == nil)
    #expect(throws: ModelError.self) { try model.companion("tokenizer.json") }
    #expect(try Model.open(folder.file("model.safetensors")).companion("generation_config.json") == nil)
  }

  @Test func carriedFilesAreThoseThatBelongToAModel() throws {
    let names = [
      "LICENSE", "README.md", "config.json", "generation_config.json", "merges.txt", "model.safetensors",
      "special_tokens_map.json", "spiece.model", "tokenizer.json", "tokenizer_config.json", "training_args.bin",
      "vocab.txt",
    ]
    for name in names { folder.write([1], to: name) }
    #expect(
      try CarriedFiles(in: folder.path).paths == [
        "LICENSE", "generation_config.json", "merges.txt", "special_tokens_map.json", "spiece.model", "tokenizer.json",
        "tokenizer_config.json", "vocab.txt",
      ])
    let error = #expect(throws: ModelError.self) { try CarriedFiles(in: folder.file("none")) }
    #expect(error?.message == "\(folder.file("none")) cannot be read: No such file or directory")
  }
}
