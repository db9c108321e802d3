import ModelConversion
import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

/// Parameters that a file leaves out because they are a constant: nanoGPT without biases and GPT-2 with zero biases.
///
/// Public reports: TransformerLens#629 and #475 (nanoGPT with `bias=False` loaded as GPT-2).
@Suite struct Absences {
  let folder = TemporaryFolder()

  /// The reference GPT-2 with zeros for biases, as `changing` leaves it.
  private func withoutBiases(_ name: String, changing change: (inout ModelCopy) -> Void = { _ in }) throws -> String {
    var copy = try ModelCopy("gpt2-lm")
    for name in copy.tensors.map(\.name) where name.hasSuffix(".bias") {
      copy.edit(name) { $0 = $0.map { _ in 0 } }
    }
    copy.config["activation_function"] = "gelu"
    change(&copy)
    return try copy.write(name, in: folder)
  }

  private func nanoGPT(_ source: String, _ name: String, _ flags: String...) throws -> String {
    try BuiltProgram.run(
      ["convert", source, "-o", folder.file(name), "--to", "safetensors:nanogpt", "--verify"] + flags
    ).expect(
      0, "verify   PASS")
    return folder.file(name)
  }

  private func names(_ model: String) throws -> [String] { try Model.open(model).checkpoint.tensors.map(\.name) }

  @Test func whatIsLeftOutIsZeroAndComesBackLeftOut() throws {
    let zero = try withoutBiases("zero")
    let nano = try nanoGPT(zero, "nano", "--set", "bias=false")
    #expect(try !names(nano).contains { $0.hasSuffix(".bias") })
    #expect(
      String(decoding: TemporaryFolder.read("\(nano)/model_args.json"), as: UTF8.self).contains("\"bias\": false"))
    let back = folder.file("back")
    try tfconv("convert", nano, "-o", back, "--to", "safetensors:hf", "--verify").expect(
      0, "constant", "block.0.attention.k.bias, 0 throughout, because the source leaves them out", "verify   PASS")
    #expect(
      TemporaryFolder.read("\(back)/model.safetensors").count
        >= TemporaryFolder.read("\(zero)/model.safetensors").count)
    for (first, second) in [(zero, nano), (nano, zero), (nano, back), (zero, back), (nano, nano)] {
      try tfconv("verify", first, second).expect(0, "PASS")
      try tfconv("diff", first, second).expect(0)
    }
    try tfconv("verify", zero, nano).expect(0, "that are constants in the function (has_biases is false)")
    // The file remembers that it came from one without biases.
    #expect(try names(nanoGPT(back, "again")) == names(nano))
    try tfconv("convert", nano, "-o", folder.file("flax"), "--to", "npz:flax", "--dtype", "bf16", "--verify").expect(0)
    try tfconv("inspect", nano).expect(0, "has_biases false (bias)")
  }

  @Test func otherBiasesAreAnotherFunction() throws {
    let nano = try nanoGPT(withoutBiases("zero"), "nano", "--set", "bias=false")
    let other = try withoutBiases("other") { $0.edit("transformer.h.1.mlp.c_fc.bias") { $0[2] = 0.5 } }
    try tfconv("verify", nano, other).expect(1, "block.1.ff.up.bias")
    try tfconv("verify", other, nano).expect(1, "block.1.ff.up.bias")
    try tfconv("diff", nano, other).expect(1, "block.1.ff.up.bias")
    try tfconv("convert", other, "-o", folder.file("x"), "--to", "safetensors:nanogpt", "--set", "bias=false").expect(
      4, "has_biases is false (--set has_biases)", "1 of the parameters", "block.1.ff.up.bias", "--set has_biases=true")
    // Without being told, a model keeps its biases, zero or not.
    #expect(try names(nanoGPT(withoutBiases("plain"), "kept")).contains("transformer.h.0.attn.c_attn.bias"))
  }

  @Test func biasesAreStoredAllOrNotAtAll() throws {
    let nano = try nanoGPT(withoutBiases("zero"), "nano")
    let model = try Model.open(nano)
    let tensors = try model.checkpoint.tensors.map { ($0.name, try model.checkpoint.tensor(named: $0.name)) }
    func write(_ name: String, bias: JSONValue, _ keeps: (String) -> Bool) throws -> [String] {
      let kept = ModelCopy(tensors: tensors.filter { !$0.0.hasSuffix(".bias") || keeps($0.0) })
      let path = try kept.write(name, in: folder)
      let args = try JSONValue(
        parsing: String(decoding: TemporaryFolder.read("\(nano)/model_args.json"), as: UTF8.self))
      var object = try #require(args.object)
      object["bias"] = bias
      folder.write(Array(JSONValue.object(object).text().utf8), to: "\(name)/model_args.json")
      return ["convert", path, "-o", folder.file("\(name)-out"), "--to", "safetensors:hf"]
    }
    // Some are there: the others were lost.
    try BuiltProgram.run(write("some", bias: true) { $0.contains("ln_") }).expect(
      4, "missing transformer.h.0.attn.c_attn.bias")
    try BuiltProgram.run(write("unsaid", bias: .null) { $0.contains("ln_f") }).expect(
      4, "missing transformer.h.0.attn.c_attn.bias")
    // None is there, but the configuration says that they are.
    try BuiltProgram.run(write("none", bias: true) { _ in false }).expect(4, "missing transformer.h.0.attn.c_attn.bias")
    // The configuration says nothing, or that there are none although zeros are stored: the same function.
    try BuiltProgram.run(write("silent", bias: .null) { _ in false }).expect(0)
    try BuiltProgram.run(write("zeros", bias: false) { _ in true }).expect(0)
    try BuiltProgram.run(write("few", bias: false) { $0.contains("ln_") }).expect(0)
    for name in ["silent", "zeros", "few"] {
      try tfconv("verify", nano, folder.file("\(name)-out"), "--weights-only").expect(0, "PASS")
    }
  }

  @Test func theRowsOfALayoutSayWhatAbsenceMeans() throws {
    try tfconv("layouts", "show", "gpt2.nanogpt").expect(0, ": ff absent has_biases=0.0")
  }
}
