import ModelConversion
import TensorData
import TestSupport
import Testing
import WeightFiles

/// Tensors that no layout knows: left out or carried along, by name and by pattern, whatever their share.
///
/// Public reports: transformers#2652 (two extra tensors for each weight), Megatron-Bridge#4886 and eole#72 (tensors that
/// are skipped without a word), llama.cpp#9211 (an unmapped name stops everything).
@Suite struct CarriedTensors {
  let folder = TemporaryFolder()

  /// Heads of a model's own, beside the reference model.
  private static let heads: [(name: String, tensor: Tensor)] = [
    ("cls.topics.weight", Tensor(.f32, [3, 4], (0..<12).map { Float($0) / 7 })),
    ("cls.topics.bias", Tensor(.f32, [3], [0.1, -0.2, 1e-30] as [Float])),
    ("crf.transitions", Tensor(.f64, [2, 2], [1, 2, 3, 4] as [Double])),
    ("crf.mask", Tensor(.u8, [3], [1, 0, 1] as [UInt8])),
    ("projection.weight", Tensor(.f16, [2], [0x3C00, 0x0001] as [UInt16])),
  ]

  private func own(_ model: String, _ name: String = "own", heads: [(name: String, tensor: Tensor)] = heads) throws
    -> String
  {
    var copy = try ModelCopy(model)
    for head in heads { copy[head.name] = head.tensor }
    return try copy.write(name, in: folder)
  }

  private func bytes(_ model: String, _ name: String) throws -> [UInt8] {
    try Model.open(model).checkpoint.tensor(named: name).withUnsafeBytes { Array($0) }
  }

  @Test(arguments: ["bert-pretraining", "gpt2-lm", "t5-v10"]) func headsOfItsOwnComeBackWhole(_ model: String) throws {
    let own = try own(model)
    let carried = ["--carry", "cls.*", "--carry", "crf.*", "--carry", "projection.weight"]
    let out = folder.file("out")
    try BuiltProgram.run(["convert", own, "-o", out, "--to", "npz:tf1", "--verify"] + carried).expect(
      0, "carried: crf.transitions, goes along under its own name", "verify   PASS")
    // The file remembers what it carries.
    try tfconv("inspect", out, "--json").expect(0, "\"kind\": \"carried\"")
    try tfconv("inspect", out).expect(0, "goes along under its own name")
    try tfconv("convert", out, "-o", folder.file("back"), "--to", "safetensors:hf", "--verify").expect(0)
    for (name, tensor) in Self.heads {
      #expect(try bytes(folder.file("back"), name) == tensor.withUnsafeBytes { Array($0) })
    }
    try BuiltProgram.run(["verify", own, out] + carried).expect(0, "PASS")
    try BuiltProgram.run(["diff", own, folder.file("back")] + carried).expect(0)
    try BuiltProgram.run(["golden", "make", own, "-o", folder.file("golden.npz")] + carried).expect(0)
    try tfconv("golden", "check", folder.file("golden.npz"), out).expect(0)
  }

  @Test func carriedTensorsAreComparedByteForByte() throws {
    let own = try own("gpt2-lm")
    var changed = Self.heads
    changed[2].tensor = Tensor(.f64, [2, 2], [1, 2, 3, 4.0.nextUp] as [Double])
    let other = try self.own("gpt2-lm", "other", heads: changed)
    let fewer = try self.own("gpt2-lm", "fewer", heads: Array(Self.heads.dropLast()))
    try tfconv("verify", own, own, "--carry", "*").expect(0, "PASS")
    try tfconv("verify", own, other, "--carry", "*").expect(1, "crf.transitions")
    try tfconv("diff", own, other, "--carry", "*").expect(1, "crf.transitions")
    try tfconv("verify", own, fewer, "--carry", "*").expect(1, "projection.weight: only in \(own)")
    try tfconv("verify", fewer, own, "--carry", "*").expect(1, "projection.weight: only in \(own)")
    // What is left out is not compared, and that is told.
    try tfconv("verify", own, other, "--allow-unmapped", "*").expect(
      0, "5 tensors of \(own)", "not compared, as allowed")
  }

  @Test func theErrorListsThemAndItsHintsWork() throws {
    let own = try own("bert-mlm")
    let refused = try tfconv("convert", own, "-o", folder.file("x"), "--to", "npz:tf1")
    refused.expect(
      4, "5 have no place in it", "no place for cls.topics.weight", "--allow-unmapped '*'", "--carry '*'")
    try tfconv("convert", own, "-o", folder.file("x"), "--to", "npz:tf1", "--carry", "*").expect(0)
    try tfconv("convert", own, "-o", folder.file("y"), "--to", "npz:tf1", "--allow-unmapped", "*").expect(0)
    #expect(
      try Model.open(folder.file("y")).checkpoint.tensors.count + 5
        == Model.open(folder.file("x")).checkpoint.tensors.count)
  }

  @Test func anyShareOfTheNamesMayBeSetAside() throws {
    var copy = try ModelCopy("bert-base-model")
    let count = copy.tensors.count
    for (name, tensor) in copy.tensors {
      copy["shadow_a/\(name)"] = tensor
      copy["shadow_b/\(name)"] = tensor
      copy["kept/\(name)"] = tensor
    }
    let path = try copy.write(in: folder)
    // A full match beside three times as many names is recognised.
    try tfconv("convert", path, "-o", folder.file("x"), "--to", "npz:tf1").expect(
      4, "the tensors look like bert.hf, \(count) of \(4 * count) names fit, but \(3 * count) have no place in it")
    let aside = ["--allow-unmapped", "shadow_*", "--allow-unmapped", "kept/*"]
    try BuiltProgram.run(["convert", path, "-o", folder.file("y"), "--to", "npz:tf1", "--verify"] + aside).expect(0)
    try tfconv("verify", Fixtures.model("bert-base-model"), folder.file("y")).expect(0, "PASS")
    try tfconv(
      "convert", path, "-o", folder.file("z"), "--to", "npz:tf1", "--carry", "shadow_?/*", "--allow-unmapped", "kept*"
    ).expect(0)
    #expect(
      try Model.open(folder.file("z")).checkpoint.tensors.filter { $0.name.hasPrefix("shadow") }.count == 2 * count)
  }

  @Test func aPatternTakesNothingThatIsUnderstood() throws {
    let own = try own("bert-pretraining")
    try tfconv("convert", own, "-o", folder.file("x"), "--to", "npz:tf1", "--carry", "*", "--verify").expect(0)
    try tfconv("verify", Fixtures.model("bert-pretraining"), folder.file("x"), "--allow-unmapped", "*").expect(
      0, "PASS")
    try tfconv("convert", own, "-o", folder.file("y"), "--to", "npz:tf1", "--carry", "*", "--carry", "bert.*").expect(
      2, "--carry bert.*: the layout has a place for every tensor that matches")
  }

  @Test func aPatternThatMatchesNothingIsAnError() throws {
    let own = try own("gpt2-lm")
    for option in ["--carry", "--allow-unmapped"] {
      let flags = ["--carry", "*", option, "crf.transition"]
      let message = "\(option) crf.transition matches no tensor"
      try BuiltProgram.run(["convert", own, "-o", folder.file("x"), "--to", "npz:tf1"] + flags).expect(
        2, message, "did you mean crf.transitions?")
      try BuiltProgram.run(["verify", own, own] + flags).expect(2, message)
      try BuiltProgram.run(["diff", own, own] + flags).expect(2, message)
      try BuiltProgram.run(["inspect", own] + flags).expect(2, message)
      try BuiltProgram.run(["golden", "make", own, "-o", folder.file("g.npz")] + flags).expect(2, message)
      try tfconv("convert", own, "-o", folder.file("a.npz"), option, "crf.*").expect(
        2, "\(option) needs to know the layout")
    }
    // In one of two models is enough.
    try tfconv("verify", Fixtures.model("gpt2-lm"), own, "--allow-unmapped", "c*", "--allow-unmapped", "p*").expect(0)
  }

  @Test func aNameThatTheTargetUsesIsACollision() throws {
    let extra = [(name: "model/wte", tensor: Tensor(.f32, [1], [1] as [Float]))]
    let own = try own("gpt2-lm", heads: extra)
    try tfconv("convert", own, "-o", folder.file("x"), "--to", "npz:tf1", "--carry", "model/*").expect(
      4, "a carried tensor has a name that the output uses for something else", "model/wte  F32 [1]",
      "nothing was written")
    try tfconv("convert", own, "-o", folder.file("y"), "--to", "npz:mlx", "--carry", "model/*").expect(0)
  }

  @Test func aCastConcernsCarriedWeightsToo() throws {
    let own = try own("gpt2-lm")
    try tfconv("convert", own, "-o", folder.file("x"), "--to", "npz:tf1", "--carry", "*", "--dtype", "bf16", "--verify")
      .expect(0)
    let tensors = try Model.open(folder.file("x")).checkpoint.tensors
    #expect(tensors.first { $0.name == "crf.transitions" }?.dtype == .bf16)
    #expect(tensors.first { $0.name == "crf.mask" }?.dtype == .u8)
  }
}
