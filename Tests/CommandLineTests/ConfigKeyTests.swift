import StrictJSON
import TensorData
import TestSupport
import Testing

/// Keys of configurations: understood, harmless, in the way, or nobody's (DESIGN: a key that no version of the reference class knows
/// cannot change what that class computes).
@Suite struct ConfigKeyTests {
  let folder = TemporaryFolder()

  // Keys that people have in the configurations of these models: uniem's and sentence-transformers' exports, models trained on
  // TPUs, adapters, distillation scripts.
  private static let strangers: [(model: String, keys: [(String, JSONValue)])] = [
    ("bert-mlm", [("uniem_embedding_strategy", "last_mean"), ("xla_device", true), ("rotary_dim", 4)]),
    ("bert-seqcls", [("sentence_transformers", ["version": "3.0.1"]), ("n_ctx", 512), ("summary_type", "cls_index")]),
    ("gpt2-lm", [("pooler_type", "first_token_transform"), ("rotary_dim", 4), ("relative_attention_num_buckets", 32)]),
    ("t5-v10", [("summary_type", "mean"), ("n_ctx", 512), ("scale_embedding", true)]),
  ]

  @Test(arguments: 0..<4) func aKeyThatNobodyKnowsIsCarriedAlongAndNamedOnce(_ index: Int) throws {
    let (model, keys) = ConfigKeyTests.strangers[index]
    var copy = try ModelCopy(model)
    for (key, value) in keys { copy.config[key] = value }
    let odd = try copy.write(in: folder)
    let out = folder.file("out")
    let note = "3 keys that no version of the code which reads it knows"
    let commands = [
      ["inspect", odd], ["convert", odd, "-o", out, "--to", "npz:flax", "--verify"], ["verify", odd, odd],
      ["diff", odd, odd],
      ["golden", "make", odd, "-o", folder.file("g.npz")], ["golden", "check", folder.file("g.npz"), odd],
      ["verify", odd, "--golden", folder.file("g.npz")],
    ]
    for command in commands {
      let result = try BuiltProgram.run(command).expect(0, note)
      let told = result.output + result.errors
      #expect(told.components(of: note) == 1, "\(command): \(told)")
      for (key, _) in keys { #expect(told.contains(key), "\(command) \(key)") }
    }
    // Every key is in the configuration of what was written.
    let written = try JSONValue(parsing: String(decoding: TemporaryFolder.read("\(out)/config.json"), as: UTF8.self))
    for (key, value) in keys { #expect(written[key] == value, "\(key)") }
  }

  @Test func withCodeOfItsOwnAModelMayKnowAnyKey() throws {
    var copy = try ModelCopy("bert-mlm")
    copy.config["uniem_embedding_strategy"] = "last_mean"
    copy.config["auto_map"] = ["AutoModel": "modeling_custom.CustomModel"] as JSONValue
    let odd = try copy.write(in: folder)
    try tfconv("convert", odd, "-o", folder.file("a.npz"), "--to", "npz:tf1").expect(
      4, "uniem_embedding_strategy", "auto_map names code that the model brings along",
      "--allow-config uniem_embedding_strategy")
    try tfconv(
      "convert", odd, "-o", folder.file("a.npz"), "--to", "npz:tf1", "--allow-config", "uniem_embedding_strategy"
    ).expect(0, "auto_map names code")
  }

  // What transformers knows and computes something else with.
  private static let stopping: [(model: String, key: String, value: JSONValue)] = [
    ("bert-mlm", "pruned_heads", ["0": [1]]), ("gpt2-lm", "quantization_config", ["quant_method": "awq"]),
    ("bert-qa", "position_embedding_type", "relative_key"), ("gpt2-lm", "activation_function", "prelu"),
    ("t5-v10", "layer_types", ["full_attention"]), ("bert-mlm", "layer_norm_eps", "small"),
  ]

  @Test(arguments: 0..<6) func aKeyThatStopsAConversionDoesNotBlindInspect(_ index: Int) throws {
    let (model, key, value) = ConfigKeyTests.stopping[index]
    var copy = try ModelCopy(model)
    copy.config[key] = value
    let odd = try copy.write(in: folder)
    try tfconv("convert", odd, "-o", folder.file("a.npz"), "--to", "npz:tf1").expect(
      key == "layer_norm_eps" ? 3 : 4, key)
    let whole = try tfconv("inspect", Fixtures.model(model), "--json").expect(0)
    let seen = try tfconv("inspect", odd, "--json").expect(0)
    let (right, found) = (try JSONValue(parsing: whole.output), try JSONValue(parsing: seen.output))
    #expect(found["architecture"] == right["architecture"])
    #expect(found["layout"]?["name"] == right["layout"]?["name"])
    #expect(found["parameters"] == right["parameters"])
    #expect(found["parts"] == right["parts"])
    #expect((found["hyperparameters"]?.array?.count ?? 0) + 2 >= right["hyperparameters"]?.array?.count ?? 99)
    #expect(found["problems"]?.array?.count == 1)
    #expect(seen.output.contains(key))
  }

  @Test func otherNamesOfAttributeMapsSayTheSame() throws {
    // configuration_gpt2.py: attribute_map.
    var copy = try ModelCopy("gpt2-lm")
    copy.config["num_hidden_layers"] = copy.config["n_layer"]
    copy.config["num_attention_heads"] = copy.config["n_head"]
    copy.config["n_head"] = nil
    try tfconv("verify", Fixtures.model("gpt2-lm"), copy.write(in: folder)).expect(0)
  }

  @Test(arguments: [("t5-gated-silu", "scale_decoder_outputs=true"), ("gpt2-lm-untied", "tie_word_embeddings=false")])
  func aHeadThatIsCalledTiedButHasValuesOfItsOwnIsReadInTwoWays(model: String, setting: String) throws {
    var copy = try ModelCopy(model)
    copy.config["tie_word_embeddings"] = true
    copy.config["scale_decoder_outputs"] = nil
    let odd = try copy.write(in: folder)
    let out = folder.file("out")
    try tfconv("convert", odd, "-o", out, "--to", model.hasPrefix("t5") ? "npz:t5x" : "npz:flax").expect(
      0, "tied, but it differs")
    try tfconv("verify", odd, out).expect(
      7, "it can be read as", "transformers 5", "--set \(setting)", "tie_word_embeddings")
    // Whichever reading is right, a model agrees with itself.
    try tfconv("verify", odd, odd).expect(0)
    try tfconv("verify", odd, out, "--set", setting).expect(0)
  }

  /// A uMT5 out of a T5: the tables of relative positions once in every layer.
  private func layered(_ change: (inout ModelCopy) -> Void = { _ in }) throws -> String {
    var copy = try ModelCopy("t5-v11")
    for side in ["encoder", "decoder"] {
      let name = { (block: Int) in "\(side).block.\(block).layer.0.SelfAttention.relative_attention_bias.weight" }
      let table = try #require(copy[name(0)])
      for block in 1..<(side == "encoder" ? 4 : 2) { copy[name(block)] = table }
    }
    copy.config["model_type"] = "umt5"
    copy.config["architectures"] = ["UMT5ForConditionalGeneration"]
    change(&copy)
    return try copy.write(in: folder)
  }

  @Test func aTableOfRelativePositionsInEveryLayerIsUMT5() throws {
    // With the same table in every layer it computes what T5 computes with one.
    let golden = "\(Fixtures.model("t5-v11"))/golden_f32.npz"
    let model = try layered()
    try tfconv("verify", model, "--golden", golden).expect(0)
    try tfconv("inspect", model).expect(0, "layer_biases true", "exact")
    for layout in ["npz:tf1", "safetensors:tf1"] {
      let (there, back) = (folder.file("there \(layout)"), folder.file("back \(layout)"))
      try tfconv("convert", model, "-o", there, "--to", layout, "--verify").expect(0, "verify   PASS")
      try tfconv("convert", there, "-o", back, "--to", "safetensors:hf").expect(0)
      try tfconv("verify", model, back).expect(0, "PASS")
      let config = try JSONValue(parsing: String(decoding: TemporaryFolder.read("\(back)/config.json"), as: UTF8.self))
      #expect(config["model_type"] == "umt5")
      #expect(config["architectures"]?.array?.first == "UMT5ForConditionalGeneration")
    }
    // mlx-examples has one table; there is no place for the others.
    try tfconv("convert", model, "-o", folder.file("m.npz"), "--to", "npz:mlx").expect(4, "relative_bias")
  }

  @Test(arguments: ["encoder.block.3", "encoder.block.1", "decoder.block.1"])
  func everyTableOfAUMT5Counts(block: String) throws {
    let model = try layered { copy in
      let name = "\(block).layer.0.SelfAttention.relative_attention_bias.weight"
      // A constant would not change a softmax.
      guard let shape = copy[name]?.shape else { return }
      copy[name] = Tensor(.f32, shape, (0..<shape.reduce(1, *)).map { Float($0 % 7) })
    }
    try tfconv("verify", model, "--golden", "\(Fixtures.model("t5-v11"))/golden_f32.npz").expect(1)
  }

  @Test func aConfigurationThatCallsOneKindOfTablesTheOtherIsRefusedWithTheFlag() throws {
    let model = try layered {
      $0.config["model_type"] = "t5"
      $0.config["architectures"] = ["T5ForConditionalGeneration"]
    }
    let out = folder.file("a.npz")
    try tfconv("convert", model, "-o", out, "--to", "npz:tf1").expect(3, "--set layer_biases=true")
    try tfconv("convert", model, "-o", out, "--to", "npz:tf1", "--set", "layer_biases=true").expect(0)
  }

  @Test(arguments: ["mt5", "mT5", "byt5", "ByT5", "flan-t5", "T5"]) func kinOfT5IsT5(type: String) throws {
    var copy = try ModelCopy("t5-v11")
    copy.config["model_type"] = .string(type)
    copy.config["architectures"] = ["MT5ForConditionalGeneration"]
    let kin = try copy.write(in: folder)
    let (flax, back) = (folder.file("flax"), folder.file("back"))
    try tfconv("convert", kin, "-o", flax, "--to", "npz:t5x", "--verify").expect(0, "verify   PASS")
    try tfconv("convert", flax, "-o", back, "--to", "safetensors:hf").expect(0)
    try tfconv("verify", Fixtures.model("t5-v11"), back).expect(0)
    let written = try JSONValue(parsing: String(decoding: TemporaryFolder.read("\(back)/config.json"), as: UTF8.self))
    #expect(written["model_type"] == .string(type))
    #expect(written["architectures"]?.array?.first == "MT5ForConditionalGeneration")
  }
}

extension String {
  /// How often another text stands in it.
  fileprivate func components(of other: String) -> Int {
    var (count, rest) = (0, self[...])
    while let found = rest.firstRange(of: other) {
      count += 1
      rest = rest[found.upperBound...]
    }
    return count
  }
}
