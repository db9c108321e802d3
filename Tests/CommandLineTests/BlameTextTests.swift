import StrictJSON
import TestSupport
import Testing
import WeightFiles

/// What a user reads when two models part: the node, the file and byte, the fault, what mends it.
@Suite struct BlameTextTests {
  let folder = TemporaryFolder()
  private let original = Fixtures.model("gpt2-lm")

  @Test func aTransposedTensorIsNamedWithFileAndByteAndMended() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.transpose("transformer.h.0.attn.c_proj.weight")
    let damaged = try copy.write(in: folder)
    let result = try tfconv("verify", original, damaged)
    result.expect(
      1, "first    block.0.attention.o: off by", "stored as transformer.h.0.attn.c_proj.weight in \(damaged)",
      "fact: block.0.attention.o.weight is transposed", "mend: tfconv convert \(original) -o NEW.safetensors")
    let json = try JSONValue(parsing: tfconv("verify", original, damaged, "--json").output)
    let cause = json["blame"]?["nodes"]?.array?.first?["causes"]?.array?.first
    #expect(cause?["kind"] == "transposed" && cause?["certainty"] == "fact")
    let place = try #require(
      ModelFiles.checkpoint(damaged).stored(named: "transformer.h.0.attn.c_proj.weight"))
    #expect(cause?["offset"]?.int == place.byteOffset)
  }

  @Test func anotherSettingIsMendedByTheOptionThatIsNamed() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.config["activation_function"] = "gelu"
    let damaged = try copy.write(in: folder)
    try tfconv("verify", original, damaged).expect(1, "mend: --set activation_function=gelu_new")
    try tfconv("verify", original, damaged, "--set", "activation_function=gelu_new").expect(0)
    try tfconv("diff", original, damaged).expect(
      1, "setting: activation: gelu_tanh (config.json: activation_function) -> gelu_erf", "another function")
  }

  @Test func aConvertedModelIsIdenticalUpToLayout() throws {
    let output = folder.file("a.npz")
    try tfconv("convert", original, "-o", output, "--to", "npz:tf1").expect(0)
    try tfconv("diff", original, output).expect(0, "identical up to layout  36 parameters (36 renamed, ")
  }

  @Test func diffNamesTheHeadsAndListsTheFarthestFirst() throws {
    var copy = try ModelCopy("bert-mlm")
    let name = "bert.encoder.layer.1.attention.self.value.weight"
    copy.edit(name) { values in for index in 242..<484 { values[index] = -values[index] } }
    copy.edit("bert.encoder.layer.0.output.dense.bias") { $0[3] += 1e-3 }
    let damaged = try copy.write(in: folder)
    let all = try tfconv("diff", Fixtures.model("bert-mlm"), damaged)
    all.expect(1, "different  2 parameters", "differs in head 1 only, which is the negative", "relative ")
    let lines = all.output.split(separator: "\n").filter { $0.hasPrefix("  block.") }
    #expect(lines.first?.hasPrefix("  block.1.attention.v.weight") == true)
    try tfconv("diff", Fixtures.model("bert-mlm"), damaged, "--top", "1").expect(1, "and 1 more; --top 2 lists all")
  }

  @Test func aGoldenIsMadeCheckedAndFails() throws {
    let golden = folder.file("g.npz")
    try tfconv("golden", "make", original, "-o", golden).expect(0, "golden   \(golden)")
    try tfconv("golden", "make", original, "-o", golden).expect(5, "--force")
    try tfconv("golden", "check", golden, original).expect(0, "bit for bit", "PASS")
    try tfconv("verify", original, "--golden", golden).expect(0, "sketched nodes compared")
    var copy = try ModelCopy("gpt2-lm")
    copy.transpose("transformer.h.1.attn.c_proj.weight")
    let damaged = try copy.write(in: folder)
    try tfconv("golden", "check", golden, damaged).expect(
      1, "first    block.1.attention.o", "fact: block.1.attention.o.weight is transposed")
    try tfconv("golden", "check", "\(original)/golden_f32.npz", damaged).expect(
      1, "part     13 nodes from block.1.attention_norm", "block.1.attention.o.weight is transposed",
      "what remains is within the budget")
  }

  @Test func aGoldenStaysSmall() throws {
    let golden = folder.file("g.npz")
    try tfconv("golden", "make", Fixtures.model("bert-mlm-12-layers"), "-o", golden).expect(0)
    #expect(TemporaryFolder.read(golden).count < 100_000)
  }

  @Test func nothingToCompareIsNoPass() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.wpe.weight") { $0[3] = .nan }
    let broken = try copy.write(in: folder)
    let golden = folder.file("g.npz")
    try tfconv("golden", "make", broken, "-o", golden, "--allow-nonfinite", "transformer.wpe.weight").expect(0)
    try tfconv("golden", "check", golden, broken).expect(7, "INCONCLUSIVE")
  }

  @Test func argumentsThatDoNotBelongTogetherAreRefused() throws {
    try tfconv("golden", "make", original).expect(2, "--output is missing")
    try tfconv("golden", "check", "g.npz").expect(2, "MODEL is missing")
    try tfconv("golden", "check", "g.npz", original, "--seed", "3").expect(2, "--seed is for golden make")
    try tfconv("golden", "make", original, "-o", "g.npz", "--rtol", "1").expect(2, "--rtol is for golden check")
  }
}

/// The weight file of a model that a test wrote.
enum ModelFiles {
  static func checkpoint(_ path: String) throws -> Checkpoint {
    try Checkpoint.open(path.hasSuffix(".safetensors") ? path : "\(path)/model.safetensors")
  }
}
