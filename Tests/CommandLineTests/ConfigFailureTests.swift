import StrictJSON
import TestSupport
import Testing

/// Configurations that are wrong, missing or not understood: the key, the value, what the tensors say, and the flag.
@Suite struct ConfigFailures {
  /// A wrong value of one key, and what must be said about it.
  struct WrongValue: CustomTestStringConvertible {
    let model: String
    let key: String
    let value: JSONValue
    let code: Int32
    let says: [String]
    var testDescription: String { "\(model) \(key)" }
  }

  static let wrongValues = [
    WrongValue(
      model: "bert-mlm", key: "num_hidden_layers", value: 5, code: 3,
      says: ["config.json: num_hidden_layers says block = 5, but the tensors say 4", "encoder.layer.3"]),
    WrongValue(
      model: "bert-mlm", key: "vocab_size", value: 90, code: 3,
      says: ["config.json: vocab_size says vocab = 90, but the tensors say 89", "word_embeddings.weight"]),
    WrongValue(
      model: "bert-mlm", key: "num_attention_heads", value: 4, code: 3,
      says: ["4 attention heads (config.json: num_attention_heads) do not divide a width of 22"]),
    WrongValue(
      model: "gpt2-lm", key: "n_layer", value: 3, code: 3,
      says: ["config.json: n_layer says block = 3, but the tensors say 2", "--config FILE, --set KEY=VALUE"]),
    WrongValue(
      model: "gpt2-lm", key: "vocab_size", value: 98, code: 3,
      says: ["config.json: vocab_size says vocab = 98, but the tensors say 97", "[97, 33]"]),
    WrongValue(
      model: "gpt2-lm", key: "n_head", value: 4, code: 3,
      says: ["4 attention heads (config.json: n_head) do not divide a width of 33", "--set n_head=N"]),
    WrongValue(
      model: "gpt2-lm", key: "n_head", value: "three", code: 3,
      says: ["config.json: n_head is \"three\", expected a whole number"]),
    WrongValue(
      model: "t5-v10", key: "num_layers", value: 3, code: 3,
      says: ["config.json: num_layers says encoder_block = 3, but the tensors say 2"]),
    WrongValue(
      model: "t5-v10", key: "vocab_size", value: 104, code: 3,
      says: ["config.json: vocab_size says vocab = 104, but the tensors say 103"]),
    WrongValue(
      model: "t5-v10", key: "num_heads", value: 7, code: 3,
      says: ["config.json: num_heads says heads = 7, but the tensors say 3", "relative_attention_bias"]),
    WrongValue(
      model: "t5-v10", key: "feed_forward_proj", value: "gated-gelu", code: 3,
      says: ["config.json contradicts itself: feed_forward_proj and is_gated_act"]),
    WrongValue(
      model: "gpt2-lm", key: "model_type", value: "llama", code: 4,
      says: ["the architecture llama is not known", "known: bert, gpt2, t5", "--to a format without a layout"]),
    WrongValue(
      model: "gpt2-lm", key: "model_type", value: "t5", code: 3,
      says: ["the configuration says model_type = t5, but the tensors are named as in gpt2.hf", "--config FILE"]),
    WrongValue(
      model: "gpt2-lm", key: "sliding_window", value: 4, code: 4,
      says: ["keys that are not understood", "sliding_window = 4", "--allow-config sliding_window"]),
    WrongValue(
      model: "gpt2-lm", key: "activation_function", value: "prelu", code: 4,
      says: ["activation_function = \"prelu\" is not known", "gelu_new", "nothing stands in for it"]),
    WrongValue(
      model: "bert-mlm", key: "position_embedding_type", value: "relative_key", code: 4,
      says: ["position_embedding_type = \"relative_key\" is not supported", "supported: \"absolute\""]),
  ]

  let folder = TemporaryFolder()

  @Test(arguments: wrongValues) func aWrongValueIsNamedWithWhatTheTensorsSay(_ wrong: WrongValue) throws {
    var copy = try ModelCopy(wrong.model)
    copy.config[wrong.key] = wrong.value
    let damaged = try copy.write(in: folder)
    let converted = try tfconv("convert", damaged, "-o", folder.file("out"), "--to", "npz:tf1").expect(wrong.code)
    for text in wrong.says { converted.expect(wrong.code, text) }
    #expect(folder.names == ["model"])
    let original = Fixtures.model(wrong.model)
    // An error says which of the two models it is about.
    let verified = try tfconv("verify", original, damaged).expect(wrong.code, "\(damaged): ")
    for text in wrong.says { verified.expect(wrong.code, text) }
    try tfconv("verify", damaged, "--golden", "\(original)/golden_f32.npz").expect(wrong.code)
    try tfconv("inspect", damaged).expect(0, wrong.says[0])
  }

  @Test func aKeyThatDoesNotMatterCanBeAllowed() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.config["sliding_window"] = 4
    try tfconv(
      "convert", copy.write(in: folder), "-o", folder.file("a.npz"), "--to", "npz:tf1", "--allow-config",
      "sliding_window",
      "--verify"
    ).expect(0, "verify   PASS")
  }

  @Test func aWrongValueCanBeReplacedAndTheOutputSaysTheRightOne() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.config["n_head"] = 11
    let output = folder.file("out")
    try tfconv("convert", copy.write(in: folder), "-o", output, "--to", "npz:tf1", "--set", "n_head=3").expect(0)
    try tfconv("verify", Fixtures.model("gpt2-lm"), output).expect(0)
    let config = String(decoding: TemporaryFolder.read("\(output)/config.json"), as: UTF8.self)
    #expect(try JSONValue(parsing: config)["n_head"]?.int == 3)
  }

  @Test(arguments: [("gpt2-lm", "n_head=3"), ("bert-mlm", "num_attention_heads=2")])
  func withoutAConfigurationTheErrorNamesTheFlagsThatMendIt(model: String, setting: String) throws {
    var copy = try ModelCopy(model)
    copy.hasConfig = false
    let bare = try copy.write(in: folder)
    let key = setting.prefix { $0 != "=" }
    try tfconv("convert", bare, "-o", folder.file("a.npz"), "--to", "npz:tf1").expect(
      4, "nothing says how many attention heads the model has; the shapes cannot", "--set \(key)=N", "--config FILE")
    #expect(folder.names == ["model"])
    try tfconv("convert", bare, "-o", folder.file("a.npz"), "--to", "npz:tf1", "--set", setting).expect(0)
    let config = "\(Fixtures.model(model))/config.json"
    try tfconv("convert", bare, "-o", folder.file("b.npz"), "--to", "npz:tf1", "--config", config).expect(0)
    try tfconv("verify", Fixtures.model(model), folder.file("b.npz")).expect(0)
  }

  @Test func everyMissingValueIsNamedAtOnce() throws {
    var copy = try ModelCopy("t5-v10")
    copy.hasConfig = false
    try tfconv("convert", copy.write(in: folder), "-o", folder.file("a.npz"), "--to", "npz:tf1").expect(
      4, "nothing says the model's activation, layer_norm_epsilon, max_distance",
      "--set activation=… --set layer_norm_epsilon=… --set max_distance=…")
  }

  @Test(arguments: ["gpt2-lm", "bert-mlm", "t5-v11"])
  func whatAMissingConfigurationDoesNotSayIsNotTakenFromTheOtherModelInSilence(model: String) throws {
    var copy = try ModelCopy(model)
    copy.hasConfig = false
    let bare = try copy.write(in: folder)
    for command in ["verify", "diff"] {
      let result = try tfconv(command, Fixtures.model(model), bare)
      result.expect(7, "\(bare) does not say its layer_norm_epsilon", "but nothing decides whether that is right")
      // What the hints say, followed to the letter, decides.
      let words = (result.output + result.errors).split(whereSeparator: { " ;,\n".contains($0) }).map(String.init)
      let options = zip(words, words.dropFirst()).flatMap { $0 == "--set" ? [$0, $1] : [] }
      #expect(!options.isEmpty)
      try BuiltProgram.run([command, Fixtures.model(model), bare] + options).expect(0)
    }
    try tfconv("verify", Fixtures.model(model), bare, "--weights-only").expect(0)
  }

  @Test func aMisspeltSettingIsAnswered() throws {
    try tfconv(
      "convert", Fixtures.model("gpt2-lm"), "-o", folder.file("a.npz"), "--to", "npz:tf1", "--set", "n_heads=3"
    ).expect(4, "--set n_heads: a gpt2 model has no such hyper-parameter", "did you mean n_head?")
  }

  @Test func aConfigurationThatIsNoJSONNamesThePlace() throws {
    let model = try ModelCopy("gpt2-lm").write(in: folder)
    folder.write(Array("{\"n_head\": 3,".utf8), to: "model/config.json")
    try tfconv("convert", model, "-o", folder.file("a.npz"), "--to", "npz:tf1").expect(
      3, "\(model)/config.json: expected a key in quotes", "(byte 13)", "give --config FILE")
  }
}
