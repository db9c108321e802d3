import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

/// Files, pairs of files and options that once ended a command by a signal: each has an exit code and a sentence.
@Suite struct NeverATrap {
  /// A reference model with more tensors, or fewer.
  private func model(
    _ fixture: String, _ name: String, in folder: TemporaryFolder, _ change: (inout ModelCopy) -> Void
  ) throws -> String {
    var copy = try ModelCopy(fixture)
    change(&copy)
    return try copy.write(name, in: folder)
  }

  @Test func aRerankerThatLostItsPoolerIsAnotherModelThanTheWholeOne() throws {
    let folder = TemporaryFolder()
    let whole = Fixtures.model("bert-seqcls")
    let rest = try model("bert-seqcls", "rest", in: folder) { copy in
      copy.tensors.removeAll { $0.name.contains("pooler") }
      copy.config["architectures"] = nil
    }
    try tfconv("verify", whole, rest).expect(1, "pooler")
    try tfconv("verify", rest, whole).expect(1, "pooler")
    try tfconv("diff", whole, rest).expect(1, "pooler")
    // What it is stated to be, it is not without a pooler.
    try tfconv("verify", whole, rest, "--weights-only").expect(1, "pooler")
    for command in ["run", "bench"] {
      let inputs = command == "run" ? ["--prompt-ids", "1,2"] : ["--iters", "1", "--seq", "3"]
      try BuiltProgram.run([command, rest] + inputs, environment: []).expect(0)
    }
  }

  @Test func recordedValuesThatAreNoNumbersOfTheNodeStandForNothing() throws {
    let folder = TemporaryFolder()
    let fixture = Fixtures.model("bert-qa")
    let golden = try Checkpoint.open("\(fixture)/golden_f32.npz")
    for (name, dtype) in [("bool", DType.bool), ("int", .i32)] {
      var tensors: [(name: String, tensor: Tensor)] = []
      for info in golden.tensors {
        var tensor = try golden.tensor(named: info.name)
        // Hidden states that are no numbers, before logits that are wrong.
        if info.name == "out_last_hidden_state" {
          tensor = Tensor(dtype: dtype, shape: info.shape) { bytes in
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
          }
        }
        if info.name == "out_start_logits" {
          tensor = Tensor(dtype: .f32, shape: info.shape) { bytes in
            bytes.initializeMemory(as: UInt8.self, repeating: 1)
          }
        }
        tensors.append((info.name, tensor))
      }
      let entries = tensors.map { name, tensor in
        WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
      }
      let outputs = OutputSet(replace: true)
      _ = try WeightFormat.npz.write(entries, metadata: [], to: folder.file("\(name).npz"), in: outputs)
      try outputs.commit()
      try BuiltProgram.run(["verify", fixture, "--golden", folder.file("\(name).npz")]).expect(
        1, "start_logits", "FAIL")
    }
  }

  @Test func aMaskedLanguageModelWithAClassifierComputesBoth() throws {
    let folder = TemporaryFolder()
    let both = try model("bert-mlm", "both", in: folder) { copy in
      copy["classifier.weight"] = Tensor(.f32, [3, 22], [Float](repeating: 0.25, count: 66))
      copy["classifier.bias"] = Tensor(.f32, [3], [0, 1, 2] as [Float])
      copy.config["architectures"] = nil
    }
    try tfconv("run", both, "--prompt-ids", "1,2,3").expect(0, "prediction_logits", "classifier_logits")
    try tfconv("verify", both, both).expect(0, "PASS")
    try tfconv("diff", both, both).expect(0)
    try tfconv("bench", both, "--iters", "1", "--seq", "3").expect(0)
    let golden = folder.file("golden.npz")
    try tfconv("golden", "make", both, "-o", golden).expect(0)
    try tfconv("golden", "check", golden, both).expect(0, "PASS")
    try tfconv("convert", both, "-o", folder.file("flax"), "--to", "npz:flax", "--verify").expect(0)
    try tfconv("verify", both, Fixtures.model("bert-mlm")).expect(1, "classifier.weight")
  }

  @Test func aLanguageModelThatAlsoClassifiesComputesBoth() throws {
    let folder = TemporaryFolder()
    let both = try model("gpt2-lm", "both", in: folder) { copy in
      copy.config["pad_token_id"] = 0
      // Without a stored head such a file is taken for the class that classifies.
      copy["lm_head.weight"] = copy["transformer.wte.weight"]
      copy["score.weight"] = Tensor(.f32, [2, 33], [Float](repeating: 0.5, count: 66))
      copy.config["architectures"] = nil
    }
    try tfconv("run", both, "--prompt-ids", "1,2,3").expect(0, "score_logits", "logits")
    try tfconv("run", both, "--prompt-ids", "1,2,3", "--generate", "2").expect(0)
    try tfconv("verify", both, both).expect(0, "PASS")
    try tfconv("bench", both, "--iters", "1", "--seq", "3", "--decode", "2").expect(0)
    let golden = folder.file("golden.npz")
    try tfconv("golden", "make", both, "-o", golden).expect(0)
    try tfconv("golden", "check", golden, both).expect(0, "PASS")
  }

  @Test func partsThatNoModelHasTogetherAreRefused() throws {
    let folder = TemporaryFolder()
    let relation = try model("bert-nsp", "nsp", in: folder) { copy in
      copy.tensors.removeAll { $0.name.contains("pooler") }
    }
    let head = try model("t5-encoder", "t5", in: folder) { copy in
      guard let embedding = copy["shared.weight"] else { return }
      copy["lm_head.weight"] = embedding
      copy.config["architectures"] = nil
    }
    let spans = try model("bert-qa", "qa", in: folder) { copy in
      copy["qa_outputs.weight"] = Tensor(.f32, [3, 22], [Float](repeating: 1, count: 66))
      copy["qa_outputs.bias"] = Tensor(.f32, [3], [0, 0, 0] as [Float])
    }
    for command in [["inspect", "--check"], ["convert", "-o", folder.file("out"), "--to", "npz:tf1"], ["hash"]] {
      for (path, says) in [(relation, "pooler"), (head, "lm_head"), (spans, "qa_outputs")] {
        let result = try BuiltProgram.run([command[0], path] + command.dropFirst(), environment: [])
        // A hash is of the bytes and needs no model.
        #expect(command[0] == "hash" ? result.exitCode == 0 : [3, 4].contains(result.exitCode), "\(command) \(path)")
        if command[0] == "convert" { #expect(result.errors.contains(says), "\(result.errors)") }
      }
    }
  }

  @Test func packedTypesCannotBeCutAlongAxes() throws {
    let folder = TemporaryFolder()
    let packed = try model("gpt2-lm", "packed", in: folder) { copy in
      copy["transformer.h.0.mlp.c_fc.bias"] = Tensor(dtype: .f4, shape: [132]) {
        $0.initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
    try tfconv("verify", packed, packed).expect(4, "F4, several elements in a byte, which cannot be cut along axes")
    try tfconv("convert", packed, "-o", folder.file("out.npz"), "--to", "npz:tf1").expect(4, "F4")
    try tfconv("convert", packed, "-o", folder.file("copy.safetensors")).expect(0)
  }

  @Test(arguments: ["1e999", "-1e999"])
  func aNumberBeyondADoubleIsRefused(_ text: String) throws {
    let folder = TemporaryFolder()
    let number = try JSONValue(parsing: text)
    let direct = try model("gpt2-lm", "direct", in: folder) { $0.config["layer_norm_epsilon"] = number }
    let extra = try model("gpt2-lm", "extra", in: folder) { $0.config["tfconv"] = ["temperature": number] }
    for path in [direct, extra] {
      try tfconv("convert", path, "-o", folder.file("out.npz"), "--to", "npz:tf1", "--force").expect(3, text)
      try tfconv("golden", "make", path, "-o", folder.file("golden.npz"), "--force").expect(3, text)
    }
    try tfconv("inspect", Fixtures.model("gpt2-lm"), "--set", "layer_norm_epsilon=\(text)", "--check").expect(3, text)
  }

  @Test func anOutputThatIsNamedTwiceIsComputedOnce() throws {
    try tfconv("run", Fixtures.model("gpt2-lm"), "--prompt-ids", "1,2", "--outputs", "logits,logits")
      .expect(0, "logits")
  }

  @Test(arguments: ["9223372036854775807", "4611686018427387904", "1099511627776", "1048674"])
  func aVocabularyBeyondMemoryIsRefused(_ count: String) throws {
    let folder = TemporaryFolder()
    try tfconv("convert", Fixtures.model("gpt2-lm"), "-o", folder.file("out.npz"), "--to", "npz:tf1", "--vocab", count)
      .expect(4, "cannot be made one of \(count)", "1 to 1048673 can be had")
  }

  @Test(arguments: ["4611686018427387904", "-1", "1099511627776"])
  func aNumberOfLabelsThatNoHeadHasIsNotListed(_ count: String) throws {
    let folder = TemporaryFolder()
    let number = try JSONValue(parsing: count)
    let path = try model("gpt2-lm", "labels", in: folder) { $0.config["num_labels"] = number }
    let result = try tfconv("convert", path, "-o", folder.file("out"), "--to", "npz:hf")
    #expect([0, 3, 4].contains(result.exitCode), "\(result.errors)")
  }
}
