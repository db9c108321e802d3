import Architectures
import GraphRuntime
import ModelConversion
import StrictJSON
import Testing
import TextGeneration

@Suite struct GraphStepModelTests {
  private func executor(_ name: String, _ precision: Precision) throws -> GraphExecutor {
    let model = try Model.open(RecordedFixture.path("models/\(name)")).mapped()
    return try GraphExecutor(model.graph(), parameters: model, precision: precision)
  }

  /// What a model generates greedily; an encoder-decoder reads the prompt, and its decoder begins with a start token.
  private func generated(
    _ name: String, _ precision: Precision, _ prompt: Prompt, start: Int?, newTokens: Int, ends: [Int], pad: Int?
  ) throws -> [[Int]] {
    var model = try GraphStepModel(executor(name, precision), encoding: start == nil ? nil : prompt)
    let generator = try TextGenerator(
      maxNewTokens: newTokens, endTokens: ends, padToken: pad, positionLimit: model.positionLimit)
    let begin = try start.map { token in try Prompt(ids: prompt.ids.map { _ in [token] }) } ?? prompt
    var sampler = Sampler.greedy
    return try generator.generate(begin, with: &model, sampler: &sampler)
  }

  @Test(arguments: Precision.allCases)
  func batchesContinueAsInTransformers(precision: Precision) throws {
    let cases = try RecordedFixture.cases("generation/generate.json")
    #expect(cases.count == 7)
    for recorded in cases {
      let name = try #require(recorded["model"]?.string)
      let prompt = try Prompt(
        ids: try #require(recorded["ids"]).rows, mask: recorded["mask"]?.rows.map { $0.map { $0 == 1 } })
      let found = try generated(
        name, precision, prompt, start: recorded["start_token"]?.int,
        newTokens: try #require(recorded["new_tokens"]?.int), ends: try #require(recorded["end_tokens"]).ints,
        pad: recorded["pad_token"]?.int)
      #expect(found == recorded["result"]?.rows, "\(name)")
    }
  }

  @Test(arguments: ["gpt2-lm", "t5-v10", "t5-v11"])
  func theModelsOwnTokensAreFollowed(name: String) throws {
    let tokens = try GenerationTokens(config: RecordedFixture.json("models/\(name)/generation_config.json"))
    let file = "models/\(name)/golden_generate.npz"
    let found = try generated(
      name, .f32, Prompt(ids: RecordedFixture.rows("in_input_ids", of: file)),
      start: name.hasPrefix("t5") ? tokens.decoderStartToken : nil, newTokens: 8, ends: tokens.endTokens,
      pad: tokens.padToken)
    #expect(try found == RecordedFixture.rows("out_generated", of: file))
  }

  @Test func theDemoModelSpeaksEnglish() throws {
    let folder = "models/gpt2-tatoeba-tiny"
    let prompt = try RecordedFixture.rows("in_input_ids", of: "\(folder)/golden.npz")
    let recorded = try RecordedFixture.rows("out_generated", of: "\(folder)/golden.npz")
    let tokens = try GenerationTokens(config: RecordedFixture.json("\(folder)/generation_config.json"))
    let found = try generated(
      "gpt2-tatoeba-tiny", .f32, Prompt(ids: prompt), start: nil, newTokens: recorded[0].count - prompt[0].count,
      ends: tokens.endTokens, pad: tokens.padToken)
    #expect(found == recorded)
    let decoder = try TokenDecoder(json: RecordedFixture.json("\(folder)/tokenizer.json"), file: "tokenizer.json")
    #expect(decoder.text(found[0]) == "I would like to go to the park.")
  }

  @Test func theLimitIsThatOfLearnedPositions() throws {
    #expect(try GraphStepModel(executor("gpt2-lm", .f64)).positionLimit == 41)
    let text = try Prompt(ids: [[5]])
    #expect(try GraphStepModel(executor("t5-v10", .f64), encoding: text).positionLimit == nil)
  }

  @Test(arguments: [("bert-mlm", false), ("gpt2-model", false), ("t5-v10", false), ("gpt2-lm", true)])
  func aModelThatCannotGenerateLikeThisIsRefused(name: String, hasText: Bool) throws {
    let text = hasText ? try Prompt(ids: [[5]]) : nil
    let error = #expect(throws: GenerationError.self) {
      _ = try GraphStepModel(executor(name, .f64), encoding: text)
    }
    #expect(error?.description.hasPrefix("the model cannot generate text: it") == true)
  }
}
