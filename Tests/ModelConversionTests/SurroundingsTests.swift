import Glibc
import TestSupport
import Testing
import WeightFiles

@testable import ModelConversion

/// What lies beside a model: adapters, heads, quantisation, the folders of sentence-transformers, files that are none.
@Suite struct ModelSurroundings {
  let folder = TemporaryFolder()

  init() {
    for name in ["model.safetensors", "config.json"] {
      folder.write(TemporaryFolder.read(Fixtures.path("models/gpt2-lm/\(name)")), to: name)
    }
  }

  private func write(_ text: String, to name: String) {
    if let slash = name.lastIndex(of: "/") { mkdir(folder.file(String(name[..<slash])), 0o777) }
    folder.write(Array(text.utf8), to: name)
  }

  @Test(arguments: [
    ("LORA", "adapter_model.safetensors", "a LoRA adapter for org/base"),
    ("IA3", "adapter_model.bin", "an (IA)3 adapter for org/base"),
    ("PREFIX_TUNING", "adapter_model.safetensors", "a trained prefix for org/base"),
    ("LOHA", "adapter_model.npz", "a PEFT adapter (LOHA) for org/base"),
  ])
  func anAdapterBesideTheModelIsNamed(type: String, weights: String, words: String) throws {
    write(#"{"peft_type": "\#(type)", "base_model_name_or_path": "org/base"}"#, to: "adapter_config.json")
    write("x", to: weights)
    let model = try Model.open(folder.path)
    #expect(model.checkpoint.path == folder.file("model.safetensors"))
    #expect(
      model.warnings == [
        "adapter_config.json, \(weights) beside the weights: \(words), which is not applied; "
          + "other programs may apply it when they load the folder"
      ])
    try model.requireModel()
  }

  @Test(arguments: [
    ("pytorch_lora_weights.safetensors", "an adapter, which is not applied"),
    ("style.lora", "an adapter, which is not applied"), ("my-lora.safetensors", "an adapter, which is not applied"),
    ("value_head.safetensors", "a value head, which is not read"),
    ("pytorch_model_head.bin", "a head of adapter-transformers"),
    ("learned_embeds.bin", "a textual inversion"), ("prefix_encoder.safetensors", "a trained prefix"),
    ("quantize_config.json", "says that they are quantised"), ("hf_quant_config.json", "says that they are quantised"),
  ])
  func whatElseChangesTheModelIsNamed(name: String, words: String) throws {
    write("{}", to: name)
    let warnings = try Model.open(folder.path).warnings
    #expect(warnings.count == 1 && warnings[0].contains(name) && warnings[0].contains(words), "\(warnings)")
  }

  @Test func quantisationIsNamedWithItsMethod() throws {
    write(#"{"quant_method": "gptq", "bits": 4}"#, to: "quantize_config.json")
    #expect(try Model.open(folder.path).warnings[0].contains("(gptq, 4 bits)"))
  }

  @Test func foldersOfAdaptersAreNamed() throws {
    write(#"{"model_name": "bert-base-uncased", "version": "0.1"}"#, to: "sst-2/adapter_config.json")
    #expect(
      try Model.open(folder.path).warnings
        == ["the folder sst-2 beside the weights holds an adapter for bert-base-uncased, which is not applied"])
  }

  @Test func whatTrainingLeftIsARemarkAndNoWarning() throws {
    for name in ["optimizer.pt", "scheduler.pt", "rng_state_0.pth", "trainer_state.json"] { write("{}", to: name) }
    let model = try Model.open(folder.path)
    #expect(model.warnings.isEmpty)
    #expect(
      model.remarks == [
        "left behind by training, and not read: optimizer.pt, rng_state_0.pth, scheduler.pt, trainer_state.json"
      ])
  }

  @Test func anAdapterAloneIsNoModelAndSaysWhichOneItChanges() throws {
    let alone = TemporaryFolder()
    let weights = alone.write(TemporaryFolder.read(folder.file("model.safetensors")), to: "adapter_model.safetensors")
    alone.write(Array(#"{"peft_type": "LORA", "base_model_name_or_path": "gpt2"}"#.utf8), to: "adapter_config.json")
    for name in [alone.path, weights] {
      let model = try Model.open(name)
      let error = #expect(throws: (any Error).self) { try model.mapped() }
      #expect(
        "\(error.map { "\($0)" } ?? "")".contains("\(name) is a LoRA adapter for gpt2, not a model: merge it first"))
    }
  }

  @Test(arguments: [
    ("tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n", "is a Git LFS pointer"),
    ("tokenizer.json", "", "is empty"), ("tokenizer.json", "{\"model\": {", "is no JSON, or not all of it"),
    ("vocab.txt", "<!DOCTYPE html>", "is a web page"),
    ("spiece.model", "version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
  ])
  func aFileThatIsNotWhatItsNameSaysIsNamed(name: String, content: String, words: String) throws {
    write(content, to: name)
    let warnings = try Model.open(folder.path).warnings
    #expect(warnings.count == 1 && warnings[0].hasPrefix("\(name) \(words)"), "\(warnings)")
  }

  @Test func aLinkToNothingIsNamed() throws {
    #expect(symlink("../../blobs/gone", folder.file("tokenizer.json")) == 0)
    #expect(
      try Model.open(folder.path).warnings
        == ["tokenizer.json is a symbolic link to ../../blobs/gone, where there is nothing: it is left out"])
  }

  @Test func damagedConfigurationsDoNotHideTheRest() throws {
    for text in ["", "{", "[1]", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"] {
      write(text, to: "config.json")
      #expect(throws: (any Error).self) { try Model.open(folder.path) }
      let model = try Model.openWhatIsSound(folder.path)
      #expect(!model.checkpoint.tensors.isEmpty && model.configs.isEmpty)
      #expect(model.warnings.count == 1 && model.warnings[0].hasPrefix(folder.file("config.json")))
      #expect(try ModelCheck(ModelSummary(model)).defects.map(\.message) == model.warnings)
    }
  }

  // MARK: sentence-transformers

  private func pipeline(_ modules: [(path: String, type: String)]) {
    let list = modules.enumerated().map { index, module in
      #"{"idx": \#(index), "name": "\#(index)", "path": "\#(module.path)", "type": "sentence_transformers.models.\#(module.type)"}"#
    }
    write("[\(list.joined(separator: ", "))]", to: "modules.json")
  }

  private func whole() {
    pipeline([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense"), ("3_Normalize", "Normalize")])
    write(#"{"word_embedding_dimension": 12, "pooling_mode_mean_tokens": true}"#, to: "1_Pooling/config.json")
    write(
      #"{"in_features": 12, "out_features": 8, "activation_function": "torch.nn.modules.activation.Tanh"}"#,
      to: "2_Dense/config.json")
    folder.write(TemporaryFolder.read(folder.file("model.safetensors")), to: "2_Dense/model.safetensors")
    mkdir(folder.file("3_Normalize"), 0o777)
    write("{}", to: "config_sentence_transformers.json")
    write("{}", to: "sentence_bert_config.json")
  }

  @Test func everyFolderThatTheModulesNameIsCarried() throws {
    whole()
    let carried = try CarriedFiles(in: folder.path)
    #expect(
      carried.paths == [
        "config_sentence_transformers.json", "modules.json", "sentence_bert_config.json", "1_Pooling/config.json",
        "2_Dense/config.json", "2_Dense/model.safetensors",
      ])
    #expect(carried.folders == ["1_Pooling", "2_Dense", "3_Normalize"])
    #expect(
      carried.notes == [
        "2_Dense/model.safetensors holds weights behind the model's own: carried as they are, not converted, cast or compared"
      ])
    #expect(
      try Model.open(folder.path).remarks == [
        "sentence-transformers: Transformer, Pooling (1_Pooling: mean_tokens), Dense (2_Dense: 12 to 8, Tanh), "
          + "Normalize (3_Normalize); what follows the transformer is carried along, and no part of what is run"
      ])
    let out = TemporaryFolder()
    let options = ConversionOptions(format: .safetensors)
    let plan = try ConversionPlan(Model.open(folder.path), options)
    try plan.stage(to: ConversionDestination(out.file("o"), options)).commit()
    #expect(TemporaryFolder.names(in: out.file("o")).contains("3_Normalize"))
    for path in carried.paths {
      #expect(TemporaryFolder.read(out.file("o/\(path)")) == TemporaryFolder.read(folder.file(path)), "\(path)")
    }
    do { _ = try plan.stage(to: ConversionDestination(out.file("p"), options)) }
    #expect(out.names == ["o"], "what is not committed leaves no folder")
  }

  @Test(arguments: ["../elsewhere", "/etc", "1_Pooling/../../x", "1_Pooling\\\\..", "out"])
  func aListThatLeadsOutOfTheFolderIsRefused(path: String) throws {
    pipeline([("", "Transformer"), (path, "Pooling")])
    #expect(symlink("/etc", folder.file("out")) == 0)
    let error = #expect(throws: ModelError.self) { try CarriedFiles(in: folder.path) }
    #expect(error?.kind == .invalid && error?.message.contains("not inside of") == true)
    #expect(try Model.open(folder.path).warnings.contains { $0.contains("not inside of") })
    let options = ConversionOptions(format: .npz)
    let plan = try ConversionPlan(Model.open(folder.path), options)
    let out = TemporaryFolder()
    #expect(throws: ModelError.self) { try plan.stage(to: ConversionDestination(out.file("o"), options)) }
    #expect(out.names.isEmpty)
  }

  @Test func aLinkOutOfAModulesFolderIsNotFollowed() throws {
    pipeline([("", "Transformer"), ("1_Pooling", "Pooling")])
    mkdir(folder.file("1_Pooling"), 0o777)
    #expect(symlink("/etc/hostname", folder.file("1_Pooling/config.json")) == 0)
    let carried = try CarriedFiles(in: folder.path)
    #expect(!carried.paths.contains("1_Pooling/config.json"))
    #expect(carried.notes == ["1_Pooling/config.json is a link that leads out of the model: it is left out"])
  }

  @Test func aModuleThatIsNotThereIsNamed() throws {
    pipeline([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")])
    #expect(try CarriedFiles(in: folder.path).notes == ["modules.json lists 1_Pooling (Pooling), which is not there"])
  }

  @Test func anOldFolderNamesTheTransformersOwn() throws {
    pipeline([("0_Transformer", "Transformer"), ("1_Pooling", "Pooling")])
    mkdir(folder.file("0_Transformer"), 0o777)
    for name in ["model.safetensors", "config.json"] { rename(folder.file(name), folder.file("0_Transformer/\(name)")) }
    let error = #expect(throws: ModelError.self) { try Model.open(folder.path) }
    #expect(error?.message.contains("whose transformer is in 0_Transformer") == true)
    let named = try #require(error?.hint?.split(separator: ": ").last.map(String.init))
    #expect(try !Model.open(named).checkpoint.tensors.isEmpty)
  }
}
