import TensorData
import TestSupport
import Testing
import WeightFiles

/// Inputs that a user gives and that are not what they must be, in every command that reads them.
@Suite struct InputFailures {
  let folder = TemporaryFolder()

  private func file(_ members: [(String, Tensor)]) throws -> String {
    let path = folder.file("inputs.npz")
    let outputs = OutputSet(replace: true)
    let entries = members.map { name, tensor in
      WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
    }
    _ = try WeightFormat.npz.write(entries, to: path, in: outputs)
    try outputs.commit()
    return path
  }

  private func rows(_ rows: [[Int64]]) -> Tensor { Tensor(.i64, [rows.count, rows[0].count], rows.flatMap { $0 }) }

  /// Runs every command that takes inputs on a file, each of which must end with 3 and say the text.
  private func refuse(_ model: String, _ members: [(String, Tensor)], _ text: String) throws {
    let path = try file(members)
    let model = Fixtures.model(model)
    for words in [
      ["run", model, "--inputs", path], ["verify", model, model, "--inputs", path],
      ["verify", model, "--mutate", "--faults", "1", "--inputs", path],
      ["golden", "make", model, "-o", folder.file("golden.npz"), "--inputs", path],
    ] {
      let result = try BuiltProgram.run(words)
      #expect(result.exitCode == 3 && result.errors.contains(text), "\(words): \(result.errors)\(result.output)")
    }
    #expect(folder.names == ["inputs.npz"])
  }

  @Test func membersThatAreNoInputs() throws {
    let ids = ("in_input_ids", rows([[1, 2]]))
    try refuse("gpt2-lm", [ids, ("in_token_type_ids", rows([[0, 0]]))], "the model has no input token_type_ids")
    try refuse("gpt2-lm", [ids, ("atention_mask", rows([[1, 1]]))], "did you mean attention_mask?")
    try refuse("t5-encoder", [ids, ("decoder_input_ids", rows([[0]]))], "the model has no input decoder_input_ids")
    try refuse("gpt2-lm", [("out_logits", rows([[1]]))], "holds no inputs")
    try refuse("gpt2-lm", [ids, ("input_ids", rows([[3, 4]]))], "holds the input input_ids twice")
  }

  @Test func numbersThatIndexNothing() throws {
    try refuse("gpt2-lm", [("input_ids", rows([[1, 97]]))], "input_ids[0, 1] is 97, but the axis vocab has 97 rows")
    try refuse("bert-mlm", [("input_ids", rows([[-1]]))], "input_ids[0, 0] is -1")
    try refuse(
      "bert-mlm", [("input_ids", rows([[1]])), ("token_type_ids", rows([[9]]))], "token_type_ids[0, 0] is 9")
    try refuse(
      "bert-mlm", [("input_ids", rows([[1]])), ("position_ids", rows([[-1]]))], "position_ids[0, 0] is -1")
  }

  @Test func masksAndLengthsThatAreReadOtherwiseElsewhere() throws {
    let ids = ("input_ids", rows([[1, 2], [3, 4]]))
    try refuse("bert-mlm", [ids, ("attention_mask", rows([[1, 2], [1, 1]]))], "attention_mask[0, 1] is 2")
    try refuse("t5-encoder", [ids, ("attention_mask", rows([[1, 1], [0, 0]]))], "keeps no position of row 1")
    try refuse("gpt2-lm", [ids, ("attention_mask", rows([[1], [1]]))], "covers 1 positions where the tokens have 2")
    try refuse(
      "gpt2-lm", [("input_ids", rows([[Int64](repeating: 1, count: 42)]))], "but the model has 41 positions")
  }

  @Test func inputsOfOtherFrameworksAreRead() throws {
    let keras = [
      ("token_ids", rows([[1, 2, 3]])), ("padding_mask", rows([[1, 1, 0]])), ("segment_ids", rows([[0, 1, 1]])),
    ]
    let hf = zip(["input_ids", "attention_mask", "token_type_ids"], keras).map { ($0, $1.1) }
    let model = Fixtures.model("bert-mlm")
    let path = try file(keras)
    try tfconv("verify", model, model, "--inputs", path).expect(0, "over 1 batch")
    let other = try tfconv("run", model, "--inputs", path).expect(0, "token_ids is read as input_ids")
    #expect(try tfconv("run", model, "--inputs", file(hf)).output == other.output)
  }

  @Test func labelsThatAreGivenAreCompared() throws {
    let path = try file([("input_ids", rows([[1, 2, 3]])), ("labels", rows([[-100, 2, 3]]))])
    let model = Fixtures.model("gpt2-lm")
    try tfconv("verify", model, model, "--inputs", path, "--json").expect(0, "\"output\": \"loss\"")
    // transformers makes the decoder's ids of the labels; here they have to be given.
    try tfconv("run", Fixtures.model("t5-v10"), "--inputs", path).expect(3, "labels is given without decoder_input_ids")
  }

  @Test func generatingReadsTokensAndTheirMaskAlone() throws {
    let model = Fixtures.model("gpt2-lm")
    let path = try file([("input_ids", rows([[1, 2]])), ("position_ids", rows([[0, 1]]))])
    try tfconv("run", model, "--inputs", path, "--generate", "1").expect(3, "position_ids is not read by --generate")
    try tfconv("run", model, "--prompt-ids", "97", "--generate", "1").expect(3, "input_ids[0, 0] is 97")
    try tfconv("run", model, "--prompt-ids=-1", "--generate", "1").expect(2, "whole numbers, 0 or more")
  }

  @Test func severalBatchesAreOneTooManyForARun() throws {
    let path = try file([("0/in_input_ids", rows([[1, 2]])), ("1/in_input_ids", rows([[3]]))])
    let model = Fixtures.model("gpt2-lm")
    try tfconv("run", model, "--inputs", path).expect(3, "holds 2 batches of inputs, one is needed")
    try tfconv("verify", model, model, "--inputs", path).expect(0, "over 2 batches")
  }

  @Test func aRecordedInputThatDoesNotFitIsRefused() throws {
    let model = Fixtures.model("bert-base-model")
    for (member, text) in [
      (("in_attention_mask", rows([[1, -1]])), "attention_mask[0, 1] is -1"),
      (("in_attention_mask", rows([[0, 0]])), "keeps no position of row 0"),
      (("in_token_type_ids", rows([[0, 7]])), "token_type_ids[0, 1] is 7"),
      (("in_position_ids", rows([[0]])), "position_ids has 1 on the axis seq"),
    ] {
      let path = try file([("in_input_ids", rows([[1, 2]])), member, ("out_pooler_output", rows([[1, 1]]))])
      try tfconv("verify", model, "--golden", path).expect(3, text)
      try tfconv("golden", "check", path, model).expect(3, text)
    }
  }
}
