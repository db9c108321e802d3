import StrictJSON
import TensorData
import TestSupport
import Testing

/// NaN and infinity in stored tensors, whether a batch reads them or not: never a pass unless allowed by name.
@Suite struct StoredNonFiniteValues {
  let folder = TemporaryFolder()

  /// A damaged copy of a reference model.
  private func broken(
    _ name: String = "broken", _ model: String = "gpt2-lm", _ change: (inout ModelCopy) -> Void
  ) throws -> String {
    var copy = try ModelCopy(model)
    change(&copy)
    return try copy.write(name, in: folder)
  }

  /// Values as they were seen in published checkpoints: NaN rows of tokens that were never trained, infinite biases of
  /// tokens that are never to be generated.
  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func theSameOnBothSidesDecidesNothingWithOrWithoutARun(value: Float) throws {
    let model = try broken { copy in copy.edit("transformer.wte.weight") { $0[96 * 33 + 4] = value } }
    let place = "transformer.wte.weight: \(value) at [96, 4], 1 of 3,201 values is not finite; the same on both sides"
    try tfconv("verify", model, model).expect(7, place, "--allow-nonfinite 'transformer.wte.weight'")
    try tfconv("verify", model, model, "--weights-only").expect(7, place)
    try tfconv("diff", model, model).expect(7, place)
    try tfconv("convert", model, "-o", folder.file("b.npz"), "--to", "npz:tf1", "--verify").expect(
      7, "transformer.wte.weight: \(value) at [96, 4]", "nothing was written")
    try tfconv("golden", "make", model, "-o", folder.file("g.npz")).expect(
      7, "transformer.wte.weight: \(value) at [96, 4]", "nothing was written")
    #expect(folder.names == ["broken"])
  }

  @Test func onOneSideAloneTheyFailWhicheverItIs() throws {
    let model = try broken { copy in copy.edit("transformer.h.0.attn.c_attn.weight") { $0[5 * 99 + 40] = .nan } }
    let name = "transformer.h.0.attn.c_attn.weight: nan at [5, 40]"
    for pair in [(Fixtures.model("gpt2-lm"), model), (model, Fixtures.model("gpt2-lm"))] {
      for options in [[], ["--weights-only"]] {
        try tfconv(["verify", pair.0, pair.1] + options).expect(1, name, "only in \(model)")
        try tfconv(["verify", pair.0, pair.1, "--allow-nonfinite", "*c_attn*"] + options).expect(1, name)
      }
      try tfconv("diff", pair.0, pair.1).expect(1, name)
    }
  }

  /// Infinite biases of tokens that are never to be generated: they are computed as well, and reach nothing else.
  @Test func whatIsAllowedByNamePassesIfBothSidesAreAlike() throws {
    let model = try broken("broken", "bert-mlm") { copy in copy.edit("cls.predictions.bias") { $0[5] = -.infinity } }
    let converted = folder.file("b.npz")
    try tfconv(
      "convert", model, "-o", converted, "--to", "npz:tf1", "--verify", "--allow-nonfinite", "cls.predictions.bias"
    ).expect(0)
    for options in [["--weights-only"], []] {
      try tfconv(["verify", model, converted] + options).expect(7)
      try tfconv(["verify", model, converted, "--allow-nonfinite", "cls/predictions/output_b?as"] + options).expect(
        0, "cls.predictions.bias: -inf at [5]", "allowed by name")
    }
    try tfconv("diff", model, converted, "--allow-nonfinite", "*.bias").expect(0)
    let golden = folder.file("g.npz")
    try tfconv("golden", "make", model, "-o", golden, "--allow-nonfinite", "*.bias").expect(0)
    try tfconv("golden", "check", golden, model).expect(7, "cls.predictions.bias: -inf at [5]")
    try tfconv("verify", model, "--golden", golden).expect(7, "cls.predictions.bias: -inf at [5]")
    try tfconv("golden", "check", golden, model, "--allow-nonfinite", "*.bias").expect(0)
    try tfconv("golden", "check", golden, Fixtures.model("bert-mlm"), "--allow-nonfinite", "*.bias").expect(1)
  }

  @Test func whatIsAllowedAndSpreadsOverEveryOutputStillDecidesNothing() throws {
    let model = try broken { copy in copy.edit("transformer.ln_f.weight") { $0[0] = .nan } }
    try tfconv("verify", model, model, "--weights-only", "--allow-nonfinite", "transformer.ln_f.weight").expect(0)
    try tfconv("verify", model, model, "--allow-nonfinite", "transformer.ln_f.weight").expect(7)
  }

  @Test func aPatternThatFitsNothingIsAnError() throws {
    let model = Fixtures.model("gpt2-lm")
    let golden = "\(model)/golden_f32.npz"
    for command in [
      ["verify", model, model], ["verify", model, "--golden", golden], ["diff", model, model],
      ["golden", "check", golden, model], ["golden", "make", model, "-o", folder.file("g.npz")],
      ["convert", model, "-o", folder.file("c.npz"), "--verify"],
    ] {
      try tfconv(command + ["--allow-nonfinite", "transformer.wte.weigth"]).expect(
        2, "no stored tensor has such a name; did you mean transformer.wte.weight?")
    }
    try tfconv("convert", model, "-o", folder.file("c.npz"), "--allow-nonfinite", "*").expect(2, "belongs to --verify")
  }

  @Test func aGoldenFromElsewhereDoesNotHideThem() throws {
    // The recorded batch is shorter than the table of positions.
    let model = try broken("b", "bert-mlm") { copy in
      copy.edit("bert.embeddings.position_embeddings.weight") { $0[$0.count - 1] = .infinity }
    }
    try tfconv("verify", model, "--golden", "\(Fixtures.model("bert-mlm"))/golden_f32.npz").expect(
      7, "bert.embeddings.position_embeddings.weight: inf at", "INCONCLUSIVE")
  }

  @Test func copiesOfATiedTableAndUnknownModelsAreLookedAtToo() throws {
    let tied = try broken("tied") { copy in
      copy.edit("transformer.wte.weight") { $0[0] = .nan }
      copy["lm_head.weight"] = copy["transformer.wte.weight"]
    }
    let single = try broken("single") { copy in copy.edit("transformer.wte.weight") { $0[0] = .nan } }
    try tfconv("verify", tied, single).expect(
      7, "transformer.wte.weight: nan at [0, 0]", "lm_head.weight: nan at [0, 0]")
    var copy = ModelCopy(tensors: [("a", Tensor(.f32, [2, 2], [1, 2, .nan, 4] as [Float]))])
    let first = try copy.write("first", in: folder)
    copy["b"] = Tensor(.f16, [2], [1, .infinity] as [Float16])
    let second = try copy.write("second", in: folder)
    try tfconv("verify", first, first, "--weights-only").expect(7, "a: nan at [1, 0]")
    try tfconv("verify", first, first, "--weights-only", "--allow-nonfinite", "a").expect(0)
    try tfconv("diff", first, second).expect(1, "b: inf at [1]", "has no such tensor")
  }

  @Test func reportsForMachinesNameThemToo() throws {
    let model = try broken { copy in copy.edit("transformer.wpe.weight") { $0[$0.count - 2] = .nan } }
    let sarif = folder.file("s.sarif")
    let result = try tfconv("verify", model, model, "--json", "--sarif", sarif).expect(7)
    let finding = try #require(try JSONValue(parsing: result.output)["non_finite"]?.array?.first)
    #expect(finding["a"]?["tensor"] == "transformer.wpe.weight" && finding["a"]?["count"]?.int == 1)
    #expect(finding["alike"] == true && finding["allowed"] == false && finding["verdict"] == "inconclusive")
    #expect(String(decoding: TemporaryFolder.read(sarif), as: UTF8.self).contains("value-not-finite"))
  }
}
