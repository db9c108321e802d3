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

  /// `convert_float_to_float16` of onnxconverter-common (issue 211) and an importer of OpenVINO (pull request 8083) wrote
  /// infinity for weights beyond 65,504 without a word.
  @Test(arguments: [[], ["--to", "safetensors"], ["--to", "npz:tf1"]])
  func aFiniteValueThatWouldBecomeInfiniteIsRefusedWithItsPlace(target: [String]) throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.h.1.attn.c_attn.weight") { $0[5 * 99 + 40] = -70_000 }
    let large = try copy.write("one", in: folder)
    let place = "transformer.h.1.attn.c_attn.weight: -70000.0 at [5, 40] is beyond the range of F16"
    for options in [["--verify"], [], ["--max-shard-size", "20kB"]] {
      guard options.count < 2 || target.last != "npz:tf1" else { continue }
      try tfconv(["convert", large, "-o", folder.file("out"), "--dtype", "f16"] + target + options).expect(
        1, place, "--allow-overflow", "nothing was written")
    }
    try tfconv(["convert", large, "-o", "-", "--dtype", "f16"] + (target.isEmpty ? ["--to", "npz"] : target)).expect(
      1, place)
    #expect(folder.names == ["one"])
    try tfconv(["convert", large, "-o", folder.file("wide"), "--dtype", "bf16", "--verify"] + target).expect(0)
    try tfconv(
      ["convert", large, "-o", folder.file("kept"), "--dtype", "f16", "--keep-f32", "*c_attn*", "--verify"] + target
    ).expect(0)
  }

  @Test func whatOverflowedFailsEveryComparisonAndIsNamed() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.wte.weight") { values in
      values[96 * 33 + 3] = 1e6
      values[96 * 33 + 4] = -1e6
    }
    let large = try copy.write("one", in: folder)
    let output = folder.file("half")
    let result = try tfconv("convert", large, "-o", output, "--dtype", "f16", "--allow-overflow", "--json").expect(
      0,
      "warning: transformer.wte.weight: 1000000.0 at [96, 3] is beyond the range of F16, and so is 1 more of its values"
    )
    #expect(try JSONValue(parsing: result.output)["overflowed"]?.int == 2)
    let told =
      "(transformer.wte.weight): F32 rounded to F16, but 2 of 3,201 values left its range: 1000000 at [96, 3] became infinite"
    try tfconv("verify", large, output).expect(1, told)
    try tfconv("verify", large, output, "--weights-only").expect(1, told)
    try tfconv("diff", large, output).expect(1, told)
    let json = try JSONValue(parsing: tfconv("verify", large, output, "--json").output)
    let weight = json["weights"]?.array?.first { $0["relation"] == "overflowed" }
    #expect(weight?["value"]?.double == 1e6 && weight?["overflowed"]?.int == 2)
    // The user asked for it, and nothing else differs.
    try tfconv(
      "convert", large, "-o", folder.file("asked"), "--dtype", "f16", "--allow-overflow", "--verify"
    ).expect(0)
  }

  @Test func otherTypesThatValuesLeaveAreNamedAlike() throws {
    let values: [Double] = [1, 3.4e38, 1e39, 2]
    let copy = ModelCopy(tensors: [("a", Tensor(.f64, [2, 2], values))])
    let large = try copy.write("one", in: folder)
    try tfconv("convert", large, "-o", folder.file("a"), "--dtype", "f32").expect(1, "a: 1e+39 at [1, 0]")
    try tfconv("convert", large, "-o", folder.file("b"), "--dtype", "bf16").expect(
      1, "a: 3.4e+38 at [0, 1] is beyond the range of BF16, and so is 1 more of its values")
    // Eight-bit types without infinity: what is too large becomes NaN, or the largest number, and neither passes.
    for code in [UInt8(0x7F), 0x7E] {
      let single = ModelCopy(tensors: [("a", Tensor(.f32, [3], [1, 2, 500] as [Float]))])
      let eight = ModelCopy(tensors: [("a", Tensor(.f8e4m3, [3], [0x38, 0x40, code] as [UInt8]))])
      let (first, second) = try (single.write("f\(code)", in: folder), eight.write("e\(code)", in: folder))
      try tfconv("verify", first, second, "--weights-only").expect(
        1, code == 0x7F ? "500 at [2] became NaN" : "1 of 3 elements differ")
      try tfconv("diff", first, second).expect(1)
    }
  }

  @Test func valuesThatBecomeZeroAreCounted() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.wpe.weight") { values in for index in 0..<3 { values[index] = 1e-9 } }
    let small = try copy.write("one", in: folder)
    let output = folder.file("a.npz")
    let result = try tfconv("convert", small, "-o", output, "--to", "npz:tf1", "--dtype", "f16", "--json", "--verify")
      .expect(0, "warning: 3 values that were not zero were rounded to zero")
    let report = try JSONValue(parsing: result.output)
    #expect(report["became_zero"]?.int == 3 && report["verification"]?["became_zero"]?.int == 3)
    let told = "3 values that were not zero were rounded to zero: embeddings.position.weight (3)"
    try tfconv("verify", small, output).expect(0, told)
    try tfconv("diff", small, output).expect(0, told)
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
