import TensorData
import TestSupport
import Testing

/// Tensors that are renamed, missing or too many: the exit code, what is named, and the flag that helps.
@Suite struct NameFailures {
  /// A reference model, one of its tensors, and that tensor's canonical name.
  struct Case: CustomTestStringConvertible {
    let model: String
    let layout: String
    let tensor: String
    let parameter: String
    var testDescription: String { model }
  }

  static let cases = [
    Case(
      model: "bert-mlm", layout: "bert.hf", tensor: "bert.encoder.layer.1.attention.self.query.weight",
      parameter: "block.1.attention.q.weight"),
    Case(
      model: "gpt2-lm", layout: "gpt2.hf", tensor: "transformer.h.1.mlp.c_fc.weight",
      parameter: "block.1.ff.up.weight"),
    Case(
      model: "t5-v10", layout: "t5.hf", tensor: "encoder.block.1.layer.0.SelfAttention.q.weight",
      parameter: "encoder.block.1.self_attention.q.weight"),
  ]

  let folder = TemporaryFolder()

  @Test(arguments: cases) func aRenamedTensorIsNamedWithWhatWasMeant(_ example: Case) throws {
    var copy = try ModelCopy(example.model)
    let name = example.tensor + "s"
    copy.rename(example.tensor, to: name)
    let count = copy.tensors.count
    let damaged = try copy.write(in: folder)
    try tfconv("convert", damaged, "-o", folder.file("out"), "--to", "npz:tf1").expect(
      4, "the tensors look like \(example.layout), \(count - 1) of \(count) names fit",
      "names fit, but 1 has no place in it, 1 is missing", "no place for \(name)",
      "did you mean \(example.tensor)?", "missing \(example.tensor), nearest: \(name)", "nothing was written")
    #expect(folder.names == ["model"])
    try tfconv("verify", Fixtures.model(example.model), damaged).expect(
      4, "\(damaged): the tensors look like \(example.layout)", "did you mean \(example.tensor)?")
    // Looking at a damaged model is no failure, but the damage is shown.
    try tfconv("inspect", damaged).expect(0, "problem", "no place for \(name)", "did you mean \(example.tensor)?")
  }

  @Test(arguments: cases) func aMissingTensorIsNamedAndCanBeAllowed(_ example: Case) throws {
    var copy = try ModelCopy(example.model)
    copy[example.tensor] = nil
    let damaged = try copy.write(in: folder)
    let output = folder.file("out")
    try tfconv("convert", damaged, "-o", output, "--to", "npz:tf1").expect(
      4, "1 is missing", "missing \(example.tensor)", "--allow-missing '\(example.tensor)'")
    #expect(folder.names == ["model"])
    try tfconv("verify", Fixtures.model(example.model), damaged).expect(4, "missing \(example.tensor)")
    try tfconv("inspect", damaged).expect(0, "problem", "missing \(example.tensor)")

    let allowed = ["convert", damaged, "-o", output, "--to", "npz:tf1", "--allow-missing", example.tensor]
    // What is missing cannot be run, so that nothing was proved.
    try BuiltProgram.run(allowed + ["--verify"]).expect(
      7, "no outputs were compared: \(example.parameter) is missing", "nothing was written")
    #expect(folder.names == ["model"])
    try BuiltProgram.run(allowed).expect(0, "missing: \(example.parameter), left out as allowed")
  }

  @Test(arguments: cases) func anExtraTensorIsNamedAndCanBeLeftOut(_ example: Case) throws {
    var copy = try ModelCopy(example.model)
    copy["extra.weight"] = Tensor(.f32, [2], [1, 2] as [Float])
    let damaged = try copy.write(in: folder)
    try tfconv("convert", damaged, "-o", folder.file("out"), "--to", "npz:tf1").expect(
      4, "1 has no place in it", "no place for extra.weight  F32 [2]", "--allow-unmapped 'extra.weight'")
    try tfconv("verify", Fixtures.model(example.model), damaged).expect(4, "no place for extra.weight")
    try tfconv("inspect", damaged).expect(0, "problem", "no place for extra.weight")
    try tfconv(
      "convert", damaged, "-o", folder.file("out"), "--to", "npz:tf1", "--allow-unmapped", "extra.weight", "--verify"
    ).expect(0, "+ unmapped 8", "unmapped: extra.weight, left out as allowed", "verify   PASS")
  }

  @Test func anAllowedNameThatDoesNotExistIsPointedOut() throws {
    try tfconv(
      "convert", Fixtures.model("gpt2-lm"), "-o", folder.file("a.npz"), "--to", "npz:tf1", "--allow-unmapped",
      "transformer.wte.wieght"
    ).expect(
      2, "--allow-unmapped transformer.wte.wieght matches no tensor", "did you mean transformer.wte.weight?")
    #expect(folder.names.isEmpty)
  }

  @Test func aHeadThatTheConfigurationAsksForIsMissed() throws {
    var copy = try ModelCopy("bert-mlm")
    copy.tensors.removeAll { $0.name.hasPrefix("cls.") }
    let headless = try copy.write(in: folder)
    let output = folder.file("out")
    try tfconv("convert", headless, "-o", output, "--to", "npz:tf1").expect(
      4, "config.json: architectures asks for them: the model's task is masked_lm",
      "missing cls.predictions.transform.dense.weight", "--set task=base")
    try tfconv("convert", headless, "-o", output, "--to", "npz:tf1", "--set", "task=base").expect(0)
    // Both configuration files of the output say what the user said.
    try tfconv("convert", output, "-o", folder.file("back"), "--to", "safetensors:hf").expect(0)
    let config = String(decoding: TemporaryFolder.read(folder.file("back/config.json")), as: UTF8.self)
    #expect(config.contains("\"BertModel\""))
  }

  @Test func aDecoderThatTheConfigurationAsksForIsMissed() throws {
    var copy = try ModelCopy("t5-v10")
    copy.tensors.removeAll { $0.name.hasPrefix("decoder.") }
    try tfconv("convert", copy.write(in: folder), "-o", folder.file("out"), "--to", "npz:flax").expect(
      4, "missing decoder.block.0.layer.0.SelfAttention.q.weight", "--set task=encoder")
  }

  /// Without a configuration the number of heads is missing, too: the names are what the user has to hear of first.
  @Test(arguments: cases) func namesThatDoNotFitAreToldBeforeAConfigurationThatIsMissing(_ example: Case) throws {
    var copy = try ModelCopy(example.model)
    copy.hasConfig = false
    let count = copy.tensors.count
    let other = copy.tensors.map(\.name).prefix(count / 2)
    for name in other { copy.rename(name, to: "zz." + name + ".zz") }
    let half = try copy.write(in: folder)
    try tfconv("convert", half, "-o", folder.file("out"), "--to", "npz:tf1").expect(
      4, "the tensors look like \(example.layout), \(count - other.count) of \(count) names fit",
      "\(other.count) have no place in it", "no place for zz.", "nothing was written")
    try tfconv("inspect", half).expect(0, "problem", "no place for zz.")

    let known = copy.tensors.map(\.name).filter { !$0.hasPrefix("zz.") }
    for name in known.prefix(count / 4) { copy.rename(name, to: "zz." + name + ".zz") }
    let most = try copy.write("most", in: folder)
    try tfconv("convert", most, "-o", folder.file("out"), "--to", "npz:tf1").expect(
      4, "no known layout explains these tensors; the nearest is \(example.layout) with",
      "of \(count) names", "not in \(example.layout): zz.", "nothing was written")

    for name in known.dropFirst(count / 4) { copy.rename(name, to: "zz." + name + ".zz") }
    let all = try copy.write("all", in: folder)
    try tfconv("convert", all, "-o", folder.file("out"), "--to", "npz:tf1").expect(
      4, "no known layout has any of these \(count) tensor names; the nearest is \(example.layout)",
      "zz.", "is most like", "nothing was written")
    #expect(folder.names.sorted() == ["all", "model", "most"])
  }

  @Test func namesOfNoArchitectureAreShownAndTheContainerCanStillChange() throws {
    let unknown = try ModelCopy(tensors: [("layers.0.w", Tensor(.f32, [1], [1] as [Float]))]).write(in: folder)
    try tfconv("convert", unknown, "-o", folder.file("out"), "--to", "npz:tf1").expect(
      4, "no known layout has any of these 1 tensor names", "layers.0.w",
      "to change the container alone, give --to a format without a layout")
    try tfconv("convert", unknown, "-o", folder.file("out"), "--to", "npz").expect(0)
  }

  @Test func aModelThatTheTargetCannotHoldNamesLayoutsThatCan() throws {
    try tfconv("convert", Fixtures.model("gpt2-lm-untied"), "-o", folder.file("a.npz"), "--to", "npz:tf1").expect(
      4, "gpt2.tf1 has no place for 1 of the model's parameters", "lm_head.weight", "layouts that have: hf, flax")
    try tfconv("convert", Fixtures.model("t5-v11"), "-o", folder.file("a.npz"), "--to", "npz:flax").expect(
      4, "t5.flax has no place for 2 of the model's parameters", "encoder.embeddings.weight")
    try tfconv("convert", Fixtures.model("gpt2-lm"), "-o", folder.file("a.npz"), "--to", "npz:tf0").expect(
      4, "gpt2 has no layout tf0", "did you mean tf1?")
    #expect(folder.names.isEmpty)
  }
}
