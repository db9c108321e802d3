import StrictJSON
import TensorData
import TestSupport
import Testing

/// Damage that no header shows: `verify` must fail against the original and against recorded outputs.
@Suite struct VerdictFailures {
  /// A way to damage a reference model, and what `verify` must say of it.
  struct Damage: CustomTestStringConvertible {
    let testDescription: String
    let model: String
    let says: [String]
    /// Whether weights differ, and not only what is computed with them.
    var changesWeights = true
    let change: @Sendable (inout ModelCopy) -> Void
  }

  static let damages = [
    Damage(
      testDescription: "transposed, bert", model: "bert-mlm",
      says: [
        "block.1.attention.q.weight (bert.encoder.layer.1.attention.self.query.weight): it is transposed: its values lie in the order"
      ], change: { $0.transpose("bert.encoder.layer.1.attention.self.query.weight") }),
    Damage(
      testDescription: "transposed, gpt2", model: "gpt2-lm",
      says: [
        "block.1.attention.o.weight (transformer.h.1.attn.c_proj.weight): it is transposed: its values lie in the order"
      ], change: { $0.transpose("transformer.h.1.attn.c_proj.weight") }),
    Damage(
      testDescription: "q and k exchanged, bert", model: "bert-mlm",
      says: [
        "block.1.attention.q.weight (bert.encoder.layer.1.attention.self.query.weight): it has changed places with block.1.attention.k.weight",
        "block.1.attention.k.weight (bert.encoder.layer.1.attention.self.key.weight): it has changed places with block.1.attention.q.weight",
      ],
      change: {
        $0.exchange(
          "bert.encoder.layer.1.attention.self.query.weight", "bert.encoder.layer.1.attention.self.key.weight")
      }),
    Damage(
      testDescription: "q and k exchanged, gpt2", model: "gpt2-lm",
      says: [
        "block.1.attention.q.weight (transformer.h.1.attn.c_attn.weight): it has changed places with block.1.attention.k"
      ],
      change: { copy in
        copy.edit("transformer.h.1.attn.c_attn.weight") { values in
          let width = 33
          for row in 0..<width {
            for column in 0..<width { values.swapAt(row * 3 * width + column, row * 3 * width + width + column) }
          }
        }
      }),
    Damage(
      testDescription: "q and k exchanged, t5", model: "t5-v10",
      says: [
        "encoder.block.1.self_attention.q.weight", "it has changed places with encoder.block.1.self_attention.k.weight",
      ],
      change: {
        $0.exchange(
          "encoder.block.1.layer.0.SelfAttention.q.weight", "encoder.block.1.layer.0.SelfAttention.k.weight")
      }),
    Damage(
      testDescription: "negated, t5", model: "t5-v10",
      says: ["decoder.final_layer_norm.weight): it is the negative of what it should be"],
      change: { copy in copy.edit("decoder.final_layer_norm.weight") { values in values = values.map { -$0 } } }),
    Damage(
      testDescription: "one value, gpt2", model: "gpt2-lm", says: ["1 of 3,201 elements differ", "at [5, 0]"],
      change: { copy in copy.edit("transformer.wte.weight") { $0[5 * 33] += 1 } }),
    Damage(
      testDescription: "number of heads, gpt2", model: "gpt2-lm",
      says: ["heads is 3 in", "(config.json: n_head) and 11 in", "shape [33, 3, 11] against [33, 11, 3]"],
      change: { $0.config["n_head"] = 11 }),
    Damage(
      testDescription: "number of heads, bert", model: "bert-mlm", says: ["heads is 2 in", "and 11 in"],
      change: { $0.config["num_attention_heads"] = 11 }),
    Damage(
      testDescription: "activation, gpt2", model: "gpt2-lm",
      says: ["36 of 36 parameters bit-equal", "activation is gelu_tanh in", "and gelu_erf in"], changesWeights: false,
      change: { $0.config["activation_function"] = "gelu" }),
    Damage(
      testDescription: "epsilon, bert", model: "bert-mlm", says: ["layer_norm_epsilon is 1e-12 in", "and 0.01 in"],
      changesWeights: false,
      change: { $0.config["layer_norm_eps"] = .number(JSONNumber(0.01)) }),
  ]

  let folder = TemporaryFolder()

  @Test(arguments: damages) func failsAgainstTheOriginalAndSaysWhatItIs(_ damage: Damage) throws {
    var copy = try ModelCopy(damage.model)
    damage.change(&copy)
    let damaged = try copy.write(in: folder)
    let original = Fixtures.model(damage.model)
    let result = try tfconv("verify", original, damaged).expect(1, "FAIL")
    for text in damage.says { result.expect(1, text) }
    let json = try tfconv("verify", original, damaged, "--json")
    #expect(try JSONValue(parsing: json.output)["verdict"] == "fail")
    try tfconv("diff", original, damaged).expect(1, damage.changesWeights ? "different  " : "another function")
  }

  @Test(arguments: damages) func failsAgainstRecordedOutputs(_ damage: Damage) throws {
    var copy = try ModelCopy(damage.model)
    damage.change(&copy)
    let golden = "\(Fixtures.model(damage.model))/golden_f32.npz"
    try tfconv("verify", copy.write(in: folder), "--golden", golden).expect(
      1, "FAIL", "hidden_states", "times the budget of")
  }

  @Test func convertingDoesNotHideTheDamage() throws {
    var copy = try ModelCopy("bert-mlm")
    copy.transpose("bert.encoder.layer.1.attention.self.query.weight")
    let converted = folder.file("b.npz")
    try tfconv("convert", copy.write(in: folder), "-o", converted, "--to", "npz:tf1", "--verify").expect(0)
    try tfconv("verify", Fixtures.model("bert-mlm"), converted).expect(1, "it is transposed: its values")
  }

  @Test func modelsOfOtherSizesOrPartsFailInsteadOfErring() throws {
    try tfconv("verify", Fixtures.model("bert-mlm"), Fixtures.model("bert-base-model")).expect(
      1, "shape [89, 22] against [97, 35]", "no outputs were compared")
    try tfconv("verify", Fixtures.model("t5-v10"), Fixtures.model("t5-encoder")).expect(1, "FAIL")
  }

  @Test func modelsOfDifferentArchitecturesAreNotCompared() throws {
    try tfconv("verify", Fixtures.model("gpt2-lm"), Fixtures.model("bert-mlm")).expect(
      3, "is a gpt2 model", "a bert model: nothing can be compared")
  }

  @Test func valuesThatAreNotFiniteOnBothSidesDecideNothing() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.wpe.weight") { $0[3] = .nan }
    let broken = try copy.write(in: folder)
    try tfconv("verify", broken, broken).expect(7, "INCONCLUSIVE")
    try tfconv("verify", broken, broken, "--weights-only").expect(7, "INCONCLUSIVE")
    try tfconv("verify", Fixtures.model("gpt2-lm"), broken).expect(1)
    try tfconv("convert", broken, "-o", folder.file("b.npz"), "--to", "npz:tf1", "--verify").expect(
      7, "the converted model was not verified; nothing was written")
    #expect(folder.names == ["model"])
  }

  @Test func aModelThatOverflowsInFloat32DecidesNothing() throws {
    var copy = try ModelCopy("gpt2-lm")
    for name in ["transformer.h.0.mlp.c_fc.weight", "transformer.h.0.mlp.c_proj.weight"] {
      copy.edit(name) { values in values = values.map { $0 * 1e20 } }
    }
    let huge = try copy.write(in: folder)
    try tfconv("verify", huge, huge).expect(7, "INCONCLUSIVE")
  }

  @Test func aToleranceThatTheUserChoseIsSaidToBeTheUsers() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.config["activation_function"] = "gelu"
    let other = try copy.write(in: folder)
    try tfconv("verify", Fixtures.model("gpt2-lm"), other, "--atol", "0.1").expect(
      0, "budget   chosen by the user, not measured")
    try tfconv("verify", Fixtures.model("gpt2-lm"), other, "--atol", "0.0001").expect(1)
  }
}
