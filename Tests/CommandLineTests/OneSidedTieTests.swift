import StrictJSON
import TestSupport
import Testing

/// Models of which a file stores one side of a tie alone, whichever it is.
///
/// Public reports: safetensors#98 and transformers#30202 (`save_model` keeps one of two shared tensors), llama.cpp#12567
/// (GPT-2 without `output.weight`), transformers#48154 (T5 without `shared.weight`).
@Suite struct OneSidedTies {
  /// A reference model, the tensor that is not stored, and the names that its values have instead.
  struct Case: CustomTestStringConvertible {
    let model: String
    let missing: String
    let stored: [String]
    var testDescription: String { "\(model) \(stored.joined(separator: ", "))" }
  }

  static let cases = [
    Case(model: "gpt2-lm", missing: "transformer.wte.weight", stored: ["lm_head.weight"]),
    Case(
      model: "bert-mlm", missing: "bert.embeddings.word_embeddings.weight",
      stored: ["cls.predictions.decoder.weight"]),
    Case(model: "t5-v10", missing: "shared.weight", stored: ["lm_head.weight"]),
    Case(model: "t5-v10", missing: "shared.weight", stored: ["encoder.embed_tokens.weight"]),
    Case(model: "t5-v10", missing: "shared.weight", stored: ["decoder.embed_tokens.weight"]),
    Case(model: "t5-v10", missing: "shared.weight", stored: ["lm_head.weight", "decoder.embed_tokens.weight"]),
  ]

  let folder = TemporaryFolder()

  @Test(arguments: cases) func oneSideIsEnough(_ example: Case) throws {
    var copy = try ModelCopy(example.model)
    for name in example.stored { copy[name] = copy[example.missing] }
    copy[example.missing] = nil
    let (original, one) = (Fixtures.model(example.model), try copy.write(in: folder))
    try tfconv("convert", one, "-o", folder.file("out"), "--to", "npz:tf1", "--verify").expect(0, "verify   PASS")
    try tfconv("verify", original, one).expect(0, "PASS")
    try tfconv("verify", one, original).expect(0, "PASS")
    try tfconv("diff", original, one).expect(0)
    try tfconv("convert", one, "-o", folder.file("back"), "--to", "safetensors:hf").expect(0)
    try tfconv("verify", original, folder.file("back"), "--weights-only").expect(0, "PASS")
  }

  @Test func aHeadThatIsSaidToBeItsOwnStandsInForNoEmbedding() throws {
    let embeddings = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "shared.weight"]
    for (model, missing) in [("t5-v11", embeddings), ("gpt2-lm-untied", ["transformer.wte.weight"])] {
      var copy = try ModelCopy(model)
      for name in missing { copy[name] = nil }
      let path = try copy.write(model, in: folder)
      try tfconv("convert", path, "-o", folder.file("out"), "--to", "safetensors:hf").expect(
        4, "missing \(missing.last ?? "")")
    }
  }

  @Test func aModelWithAHeadOfItsOwnNeedsNoSharedEmbedding() throws {
    func write(_ name: String, _ change: (inout ModelCopy) -> Void) throws -> String {
      var copy = try ModelCopy("t5-v10")
      copy["lm_head.weight"] = copy["shared.weight"]
      copy.edit("lm_head.weight") { $0.reverse() }
      copy.config["tie_word_embeddings"] = false
      change(&copy)
      return try copy.write(name, in: folder)
    }
    let whole = try write("whole") { _ in }
    for (index, names) in [["encoder"], ["decoder"], ["encoder", "decoder"]].enumerated() {
      let other = try write("other\(index)") { copy in
        for name in names { copy["\(name).embed_tokens.weight"] = copy["shared.weight"] }
        copy["shared.weight"] = nil
      }
      try tfconv("convert", other, "-o", folder.file("out\(index)"), "--to", "npz:flax", "--verify").expect(0)
      try tfconv("verify", whole, other).expect(0, "PASS")
      try tfconv("verify", other, whole).expect(0, "PASS")
    }
  }

  @Test func twoEmbeddingsThatDifferAreNotOne() throws {
    var copy = try ModelCopy("t5-v10")
    copy["encoder.embed_tokens.weight"] = copy["shared.weight"]
    copy["decoder.embed_tokens.weight"] = copy["shared.weight"]
    copy.edit("decoder.embed_tokens.weight") { $0[3] += 1 }
    copy["shared.weight"] = nil
    let path = try copy.write(in: folder)
    try tfconv("verify", Fixtures.model("t5-v10"), path).expect(1, "FAIL")
    try tfconv("diff", Fixtures.model("t5-v10"), path).expect(
      1, "decoder.embeddings.weight shares the values of shared.weight", "stores others")
  }

  @Test func aHeadEqualToTheEmbeddingNeedsNoPlaceOfItsOwn() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy["lm_head.weight"] = copy["transformer.wte.weight"]
    copy.config["tie_word_embeddings"] = false
    let twice = try copy.write(in: folder)
    for target in ["npz:tf1", "npz:keras-hub"] {
      let output = folder.file("out\(target.utf8.count)")
      try tfconv("convert", twice, "-o", output, "--to", target, "--verify").expect(
        0, "tied: lm_head.weight is left out", "verify   PASS")
      try tfconv("verify", twice, output).expect(0, "the same function, stored twice")
      try tfconv("verify", output, twice).expect(0, "the same function, stored twice")
      try tfconv("diff", twice, output).expect(0, "the same function, stored twice")
    }
    try tfconv("convert", Fixtures.model("gpt2-lm-untied"), "-o", folder.file("own"), "--to", "npz:tf1").expect(
      4, "has no place for 1 of the model's parameters")
  }

  @Test func minGPTWithoutAConfigurationMayHaveAHeadOfItsOwn() throws {
    try tfconv(
      "convert", Fixtures.model("gpt2-lm-untied"), "-o", folder.file("a"), "--to", "safetensors:mingpt"
    ).expect(0)
    folder.write(TemporaryFolder.read(folder.file("a/model.safetensors")), to: "alone.safetensors")
    let flags = ["--from", ":mingpt", "--set", "n_head=2"]
    try BuiltProgram.run(
      ["convert", folder.file("alone.safetensors"), "-o", folder.file("b"), "--to", "safetensors:hf"] + flags
    )
    .expect(0)
    try tfconv(
      "convert", folder.file("alone.safetensors"), "-o", folder.file("c"), "--to", "safetensors:hf",
      "--from", ":mingpt"
    ).expect(4, "how many attention heads")
    try tfconv("verify", folder.file("a"), folder.file("b"), "--weights-only").expect(0, "PASS")
  }
}
