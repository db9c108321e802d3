import StrictJSON
import TensorData
import TestSupport
import Testing

/// Conversions to narrower types: each value must be exactly what rounding gives, and what was lost is said.
@Suite struct Casts {
  let folder = TemporaryFolder()

  @Test(arguments: ["bert-mlm", "gpt2-lm", "t5-v10"], ["f16", "bf16"])
  func roundedWeightsAreVerifiedAsExactlyRounded(model: String, dtype: String) throws {
    let original = Fixtures.model(model)
    let output = folder.file("out")
    try tfconv("convert", original, "-o", output, "--to", "npz:flax", "--dtype", dtype, "--verify").expect(
      0, "verify   PASS  0 of", "exactly rounded")
    try tfconv("verify", original, output).expect(0, "exactly rounded")
    try tfconv("diff", original, output).expect(0, "exactly rounded")
    // The other way round nothing was rounded: the first side is not what the second holds.
    try tfconv("verify", output, original).expect(1, "elements differ")
    let config = String(decoding: TemporaryFolder.read("\(output)/config.json"), as: UTF8.self)
    #expect(try JSONValue(parsing: config)["dtype"]?.string == (dtype == "f16" ? "float16" : "bfloat16"))
  }

  @Test func oneWeightRoundedTheWrongWayFails() throws {
    var copy = try ModelCopy("gpt2-lm")
    // Truncating instead of rounding to nearest: the usual mistake.
    copy.edit("transformer.wte.weight") { $0[0] = Float(bitPattern: $0[0].bitPattern & 0xFFFF_0000 | 0xC000) }
    let original = try copy.write("original", in: folder)
    copy.edit("transformer.wte.weight") { $0[0] = Float(bitPattern: $0[0].bitPattern & 0xFFFF_0000) }
    let truncated = try copy.write("truncated", in: folder)
    try tfconv("convert", truncated, "-o", folder.file("bf16"), "--dtype", "bf16").expect(0)
    try tfconv("verify", original, folder.file("bf16")).expect(
      1, "embeddings.word.weight (transformer.wte.weight): ", "1 of 3,201 elements differ",
      "at [0, 0]", "35 exactly rounded")
  }

  @Test func aChangedContainerAlsoNamesItsNewType() throws {
    try tfconv("convert", Fixtures.model("gpt2-lm"), "-o", folder.file("a.npz"), "--dtype", "bf16").expect(0)
    let config = String(decoding: TemporaryFolder.read(folder.file("a.config.json")), as: UTF8.self)
    #expect(try JSONValue(parsing: config)["dtype"]?.string == "bfloat16")
  }

  @Test func valuesThatOverflowAreCounted() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.wpe.weight") { $0[3] = 1e6 }
    let large = try copy.write("one", in: folder)
    let output = folder.file("a.npz")
    let result = try tfconv("convert", large, "-o", output, "--to", "npz:tf1", "--dtype", "f16", "--json").expect(
      0, "warning: 1 value was too large for F16 and became infinite or NaN")
    #expect(try JSONValue(parsing: result.output)["overflowed"]?.int == 1)
    copy.edit("transformer.wpe.weight") { $0[4] = -1e6 }
    try tfconv("convert", copy.write("two", in: folder), "-o", folder.file("b.npz"), "--dtype", "f16").expect(
      0, "2 values were too large for F16")
    // What became infinite decides nothing: nothing is written.
    try tfconv(
      "convert", large, "-o", folder.file("c.npz"), "--to", "npz:tf1", "--dtype", "f16", "--verify"
    ).expect(7, "not verified; nothing was written")
    #expect(!folder.names.contains("c.npz"))
  }

  @Test func keptTensorsKeepTheirType() throws {
    let output = folder.file("a.safetensors")
    try tfconv(
      "convert", Fixtures.model("gpt2-lm"), "-o", output, "--dtype", "bf16", "--keep-f32", "*ln_*", "--verify"
    ).expect(0, "18 cast")
    try tfconv("verify", Fixtures.model("gpt2-lm"), output).expect(
      0, "10 of 36 parameters bit-equal", "26 exactly rounded")
  }

  @Test func layoutsKeepTheTypeOfEachTensor() throws {
    var copy = try ModelCopy("bert-mlm")
    let name = "bert.encoder.layer.1.attention.self.query.weight"
    copy[name] = try copy[name].map { try Cast.convert($0, to: .f16) }
    let mixed = try copy.write(in: folder)
    try tfconv("convert", mixed, "-o", folder.file("a.npz"), "--to", "npz:tf1", "--verify").expect(
      0, "74 of 74 parameters bit-equal")
  }
}
