import Architectures
import GraphRuntime
import ModelConversion
import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import ParityChecks

@Suite struct RecordedNameMatches {
  private func graph(_ model: String) throws -> Graph {
    try Model.open(Fixtures.path("models/\(model)")).mapped().graph()
  }

  private func matches(_ recorded: [String: [Int]], _ shapes: [String: [Int]]) -> [String: String] {
    Dictionary(uniqueKeysWithValues: RecordedNames.outputs(recorded, of: shapes).map { ($0.recorded, $0.own) })
  }

  @Test func aKindAndAShapeDecide() {
    let pretraining = ["prediction_logits": [2, 5, 97], "seq_relationship_logits": [2, 2], "pooler_output": [2, 12]]
    #expect(matches(["logits": [2, 5, 97]], pretraining) == ["logits": "prediction_logits"])
    #expect(matches(["logits": [2, 2]], pretraining) == ["logits": "seq_relationship_logits"])
    #expect(matches(["logits": [2, 5, 96]], pretraining) == [:])
    // KerasHub, and recordings by hand.
    #expect(matches(["pooled_output": [2, 12]], pretraining) == ["pooled_output": "pooler_output"])
    #expect(matches(["pooler": [2, 12]], pretraining) == ["pooler": "pooler_output"])
    #expect(matches(["pooled": [2, 12], "attentions": [2, 2]], pretraining) == [:])
  }

  @Test func whatCouldBeSeveralIsNone() {
    #expect(matches(["logits": [2, 5]], ["mlm_logits": [2, 5], "nsp_logits": [2, 5]]) == [:])
    #expect(matches(["logits": [2, 5], "lm_logits": [2, 5]], ["prediction_logits": [2, 5]]) == [:])
  }

  @Test func aRecordedOutputOfItsOwnNameIsNotTakenByAnother() {
    #expect(matches(["logits": [2, 5], "lm_logits": [2, 5]], ["logits": [2, 5]]) == [:])
  }

  @Test func theEncodersStatesAreTheLastOnesWithoutADecoder() {
    let whole = ["encoder_last_hidden_state": [2, 5, 8], "last_hidden_state": [2, 5, 8]]
    // KerasHub, T5Backbone.
    let recorded = ["encoder_sequence_output": [2, 5, 8], "decoder_sequence_output": [2, 5, 8]]
    #expect(
      matches(recorded, whole) == [
        "encoder_sequence_output": "encoder_last_hidden_state", "decoder_sequence_output": "last_hidden_state",
      ])
    #expect(
      matches(["encoder_last_hidden_state": [2, 5, 8]], ["last_hidden_state": [2, 5, 8]]) == [
        "encoder_last_hidden_state": "last_hidden_state"
      ])
  }

  @Test func inputsOfOtherFrameworksAreFound() throws {
    let one = Tensor(.i64, [1, 1], [Int64(1)])
    func own(_ names: [String], _ model: String) throws -> [String] {
      let given = Dictionary(uniqueKeysWithValues: names.map { ($0, one) })
      return RecordedNames.inputs(given, of: try graph(model)).inputs.keys.sorted()
    }
    let bert = ["attention_mask", "input_ids", "token_type_ids"]
    #expect(try own(["token_ids", "padding_mask", "segment_ids"], "bert-mlm") == bert)
    #expect(try own(["input_word_ids", "input_mask", "input_type_ids"], "bert-mlm") == bert)
    #expect(try own(["idx"], "gpt2-lm") == ["input_ids"])
    #expect(
      try own(["encoder_input_tokens", "decoder_input_tokens"], "t5-v10") == ["decoder_input_ids", "input_ids"])
    // Two of one kind, and a name of no kind, stay what they are.
    #expect(try own(["input_ids", "token_ids", "head_mask"], "gpt2-lm") == ["head_mask", "input_ids", "token_ids"])
  }
}

@Suite struct GoldenMemberFates {
  private func members(_ model: String) throws -> [(String, Tensor)] {
    let file = try ModelCopy(recording: "models/\(model)/golden_f32.npz")
    return file.tensors.map { ($0.name, $0.tensor) }
  }

  private func check(_ model: String, _ members: [(String, Tensor)]) throws -> GoldenReport {
    try GoldenCheck.run(Model.open(Fixtures.path("models/\(model)")).mapped(), recordedGolden(members))
  }

  @Test(arguments: [
    ("bert-pretraining", "out_prediction_logits", "out_logits"), ("bert-mlm", "out_logits", "out_prediction_logits"),
    ("bert-base-model", "out_pooler_output", "out_pooled_output"), ("gpt2-lm", "out_logits", "out_lm_logits"),
    ("gpt2-lm", "in_input_ids", "in_idx"), ("t5-model", "out_last_hidden_state", "out_decoder_last_hidden_state"),
  ])
  func whatIsCalledOtherwiseIsComparedAndSaidToBe(_ model: String, _ own: String, _ other: String) throws {
    var recorded = try members(model)
    let index = try #require(recorded.firstIndex { $0.0 == own })
    recorded[index].0 = other
    let report = try check(model, recorded)
    #expect(report.verdict == .pass && report.notCompared.isEmpty)
    #expect(
      report.renamed.map(\.recorded) == [other]
        && report.renamed.map(\.own) == [String(own.drop { $0 != "_" }.dropFirst())])
    guard own.hasPrefix("out_") else { return }
    recorded[index].1 = try Cast.convert(
      Tensor(.f32, recorded[index].1.shape, recorded[index].1.floats().map { $0 * 3 }), to: .f32)
    #expect(try check(model, recorded).verdict == .fail)
  }

  @Test func oneMemberThatWasNotComparedLeavesAllInDoubt() throws {
    let one = Tensor(.f32, [1], [1] as [Float])
    for (name, reason) in [
      ("out_attentions", "the model has no such output"), ("in_head_mask", "the model has no such input"),
      ("out_logitz", "the model has no such output; did you mean out_logits?"),
      ("logits", "a member is called in_NAME or out_NAME"),
    ] {
      let report = try check("gpt2-lm", try members("gpt2-lm") + [(name, one)])
      #expect(report.verdict == .inconclusive, "\(name)")
      #expect(report.notCompared == [UncomparedMember(name: name, reason: reason)])
    }
  }

  @Test func aLossWithoutItsLabelsIsNotCompared() throws {
    let report = try check("gpt2-lm", try members("gpt2-lm").filter { $0.0 != "in_labels" })
    #expect(report.verdict == .inconclusive)
    #expect(report.notCompared == [UncomparedMember(name: "out_loss", reason: "it was recorded without in_labels")])
  }

  @Test func aFailureStaysAFailureBesideWhatWasNotCompared() throws {
    var recorded = try members("gpt2-lm") + [("out_attentions", Tensor(.f32, [1], [1] as [Float]))]
    let index = try #require(recorded.firstIndex { $0.0 == "out_logits" })
    recorded[index].1 = Tensor(.f32, recorded[index].1.shape, try recorded[index].1.floats().map { $0 * 3 })
    #expect(try check("gpt2-lm", recorded).verdict == .fail)
  }

  @Test func aBoundForAnOutputThatIsNotComparedIsAnError() throws {
    let model = try Model.open(Fixtures.path("models/gpt2-lm")).mapped()
    let golden = try recordedGolden(members("gpt2-lm"))
    var tolerance = Tolerance()
    for name in ["logits", "hidden_states", "hidden_states[2]", "loss"] {
      tolerance.taps = [name: Tolerance.Bounds(absolute: 1)]
      #expect(try GoldenCheck.run(model, golden, tolerance: tolerance).verdict == .pass)
    }
    for name in ["logit", "hidden_states[99]", "last_hidden_state[0]", "pooler_output", ""] {
      tolerance.taps = [name: Tolerance.Bounds(absolute: 1)]
      #expect(throws: RuntimeError.self) { try GoldenCheck.run(model, golden, tolerance: tolerance) }
    }
  }
}
