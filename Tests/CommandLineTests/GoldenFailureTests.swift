import TensorData
import TestSupport
import Testing
import WeightFiles

/// `verify --golden` and `--inputs` with files that are damaged or do not fit.
@Suite struct GoldenFailures {
  let folder = TemporaryFolder()
  let model = Fixtures.model("gpt2-lm")

  /// Writes a copy of a recorded file with a change.
  private func golden(_ name: String, _ change: (inout ModelCopy) -> Void) throws -> String {
    let recorded = try Checkpoint.open("\(model)/\(name)")
    var copy = ModelCopy(tensors: try recorded.tensors.map { ($0.name, try recorded.tensor(named: $0.name)) })
    change(&copy)
    let path = folder.file("golden.npz")
    let entries = copy.tensors.map { name, tensor in
      WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
    }
    let outputs = OutputSet(replace: true)
    _ = try WeightFormat.npz.write(entries, to: path, in: outputs)
    try outputs.commit()
    return path
  }

  private func check(_ path: String) throws -> BuiltProgram.Result { try tfconv("verify", model, "--golden", path) }

  @Test func valuesThatAreNotFiniteOnOneSideFail() throws {
    try check(golden("golden_f32.npz") { copy in copy.edit("out_logits") { $0[7] = .nan } }).expect(
      1, "logits: 0 values are not finite on the true side, 1 on the other")
  }

  @Test func aFileWithoutOutputsDecidesNothing() throws {
    try check(
      golden("golden_f32.npz") { copy in copy.tensors.removeAll { $0.name.hasPrefix("out_") } }
    ).expect(7, "INCONCLUSIVE", "0 outputs compared")
    try check("\(model)/model.safetensors").expect(7, "INCONCLUSIVE")
  }

  @Test func whatCannotBeComparedIsNamedAndNoPass() throws {
    let path = try golden("golden_f32.npz") { $0.rename("out_loss", to: "out_attentions") }
    let sentence = "out_attentions was not compared: the model has no such output"
    try check(path).expect(7, "INCONCLUSIVE", sentence)
    try tfconv("golden", "check", path, model).expect(7, "INCONCLUSIVE", sentence)
    try tfconv("verify", model, "--golden", path, "--json").expect(7, "\"rule\": \"member-not-compared\"")
  }

  @Test func inputsThatDoNotFitAreNamed() throws {
    try check(golden("golden_f32.npz") { $0["in_input_ids"] = nil }).expect(3, "is given without input_ids")
    try check(
      golden("golden_f32.npz") { $0["in_input_ids"] = Tensor(.i64, [5, 12], [Int64](repeating: 97, count: 60)) }
    )
    .expect(3, "input_ids[0, 0] is 97, but the axis vocab has 97 rows")
    try check(
      golden("golden_f32.npz") { $0["in_attention_mask"] = Tensor(.i64, [5, 3], [Int64](repeating: 1, count: 15)) }
    )
    .expect(3, "attention_mask covers 3 positions where the tokens have 12")
    try check("\(Fixtures.model("bert-mlm"))/golden_f32.npz").expect(3, "is recorded with the shape")
  }

  @Test func otherGeneratedIDsFailAtTheirPlace() throws {
    let ids = try Checkpoint.open("\(model)/golden_generate.npz").tensor(named: "out_generated")
    var numbers = ids.elements(as: Int64.self)
    numbers[numbers.count - 1] += 1
    try check(golden("golden_generate.npz") { $0["out_generated"] = Tensor(.i64, ids.shape, numbers) }).expect(
      1, "row 0 parts from the recorded ids at position \(numbers.count - 1)")
    let nothing = Tensor(.f32, ids.shape, [Float](repeating: .nan, count: numbers.count))
    for member in ["out_generated", "in_input_ids"] {
      let shape = member == "out_generated" ? ids.shape : [1, 6]
      let tensor = member == "out_generated" ? nothing : Tensor(.f32, shape, [Float](repeating: .nan, count: 6))
      let path = try golden("golden_generate.npz") { $0[member] = tensor }
      try check(path).expect(
        3, member == "in_input_ids" ? "element [0, 0] is nan" : "row 0 of the prompt holds nan, which is no token id")
      if member == "in_input_ids" {
        try tfconv("run", model, "--inputs", path, "--generate", "2").expect(3, "element [0, 0] is nan")
      }
    }
  }

  @Test func savedInputsAreReadBack() throws {
    let inputs = folder.file("inputs.npz")
    try tfconv("verify", model, model, "--save-inputs", inputs).expect(0, "over 4 batches")
    try tfconv("verify", model, model, "--inputs", inputs).expect(0, "over 4 batches", "\(inputs) 3")
    try tfconv("verify", model, model, "--inputs", "\(model)/golden_f32.npz").expect(0, "over 1 batch")
    try tfconv("verify", model, model, "--save-inputs", inputs).expect(5, "the file exists")
  }
}
