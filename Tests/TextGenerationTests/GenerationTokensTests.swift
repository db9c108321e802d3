import StrictJSON
import Testing
import TextGeneration

@Suite struct GenerationTokensTests {
  @Test func tokensAreNumbersOrLists() throws {
    let tokens = try GenerationTokens(config: ["eos_token_id": [2, 5], "pad_token_id": 0, "decoder_start_token_id": 7])
    #expect(tokens.endTokens == [2, 5])
    #expect(tokens.padToken == 0)
    #expect(tokens.decoderStartToken == 7)
    #expect(tokens.unmetMembers == [])
  }

  @Test func whatIsAbsentOrNullIsNotThere() throws {
    let tokens = try GenerationTokens(config: ["eos_token_id": .null, "bos_token_id": 3])
    #expect(tokens.endTokens == [])
    #expect(tokens.padToken == nil)
    #expect(tokens.decoderStartToken == 3)
  }

  @Test func theRecordedModelsAskForNothingElse() throws {
    for name in ["gpt2-lm", "t5-v10", "t5-v11", "gpt2-tatoeba-tiny"] {
      let tokens = try GenerationTokens(config: RecordedFixture.json("models/\(name)/generation_config.json"))
      #expect(tokens.endTokens.count == 1)
      #expect(tokens.unmetMembers == [])
    }
  }

  @Test func membersThatChangeTheChoiceAreNamed() throws {
    let tokens = try GenerationTokens(config: [
      "num_beams": 4, "repetition_penalty": 1.0, "no_repeat_ngram_size": 3, "forced_eos_token_id": .null,
      "suppress_tokens": [1, 2], "min_length": 0, "temperature": 0.6, "do_sample": true,
    ])
    #expect(tokens.unmetMembers == ["num_beams", "no_repeat_ngram_size", "suppress_tokens"])
  }

  @Test(arguments: ["two", [1, "2"], 1.5, true] as [JSONValue])
  func aTokenThatIsNoNumberIsRefused(value: JSONValue) {
    let error = #expect(throws: GenerationError.self) { try GenerationTokens(config: ["eos_token_id": value]) }
    #expect(
      error
        == .configuration(
          key: "eos_token_id", expected: "a whole number or a list of them", found: value.text()))
  }
}
