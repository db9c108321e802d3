import TestSupport
import Testing

/// What every command says of what lies beside a model, and of an adapter that is none.
@Suite struct Companions {
  let folder = TemporaryFolder()

  /// A model beside which a LoRA adapter lies.
  private func model() throws -> String {
    let path = try ModelCopy("gpt2-lm").write(in: folder)
    folder.write(
      Array(#"{"peft_type": "LORA", "base_model_name_or_path": "gpt2"}"#.utf8), to: "model/adapter_config.json")
    folder.write([1], to: "model/adapter_model.safetensors")
    return path
  }

  @Test(arguments: [
    ["inspect", "MODEL"], ["inspect", "MODEL", "--format", "csv"], ["hash", "MODEL"], ["diff", "MODEL", "MODEL"],
    ["verify", "MODEL", "MODEL", "--weights-only"], ["convert", "MODEL", "-o", "OUT/a.npz", "--to", "npz:tf1"],
    ["convert", "MODEL", "-o", "OUT/b.npz"], ["golden", "make", "MODEL", "-o", "OUT/g.npz"],
    ["bench", "MODEL", "--iters", "1", "--seq", "2"],
  ])
  func everyCommandNamesAnAdapterBesideTheModel(arguments: [String]) throws {
    let path = try model()
    let words = arguments.map { $0 == "MODEL" ? path : $0.replacing("OUT", with: folder.path) }
    try BuiltProgram.run(words).expect(
      0, "adapter_config.json, adapter_model.safetensors beside the weights: a LoRA adapter for gpt2")
  }

  @Test(arguments: [
    ("lora_A.default.weight", "a LoRA adapter"), ("ia3_l.default", "an (IA)3 adapter"),
    ("hada_w1_a.default", "a LoHa adapter"), ("lora_magnitude_vector.default.weight", "a LoRA adapter"),
  ])
  func whatIsNotMergedIsRefusedWithoutAHintThatLosesIt(part: String, words: String) throws {
    var copy = try ModelCopy("gpt2-lm")
    let name = "transformer.h.0.attn.c_attn.weight"
    let tensor = try #require(copy[name])
    copy.rename(name, to: "transformer.h.0.attn.c_attn.base_layer.weight")
    copy["transformer.h.0.attn.c_attn.\(part)"] = tensor
    let path = try copy.write("unmerged", in: folder)
    let result = try tfconv("convert", path, "-o", folder.file("o.npz"), "--to", "npz:tf1").expect(
      4, "the file holds \(words) that is not merged into the model", "merge it first", "nothing was written")
    #expect(!result.errors.contains("--allow"))
    try tfconv("verify", path, Fixtures.model("gpt2-lm")).expect(1)
    try tfconv("inspect", path).expect(0, "is not merged")
  }

  @Test func anAdapterAloneIsListedButNeverTakenForAModel() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.tensors = copy.tensors.prefix(1).map { ("base_model.model.h.0.attn.c_attn.lora_A.weight", $0.tensor) }
    copy.hasConfig = false
    let path = try copy.write("adapter", in: folder)
    try tfconv("convert", path, "-o", folder.file("o.npz"), "--to", "npz:tf1").expect(
      4, "these are the tensors of a LoRA adapter, not of a model", "merge it first")
    try tfconv("inspect", path).expect(0, "1 tensor", "a LoRA adapter, not of a model")
  }
}
