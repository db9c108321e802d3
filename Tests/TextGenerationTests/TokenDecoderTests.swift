import StrictJSON
import Testing
import TextGeneration

@Suite struct TokenDecoderTests {
  @Test func everyRecordedSequenceDecodesByteForByte() throws {
    let recorded = try #require(try RecordedFixture.json("tokenizers/expected.json")["cases"]?.object)
    #expect(recorded.members.count == 17)
    for tokenizer in recorded.members {
      let decoder = try TokenDecoder(json: RecordedFixture.json(tokenizer.key), file: tokenizer.key)
      let cases = try #require(tokenizer.value.array)
      #expect(cases.count >= 24)
      for recorded in cases {
        let skips = try #require(recorded["skip"]?.bool as Bool?)
        let text = decoder.text(try #require(recorded["ids"]).ints, skipSpecialTokens: skips)
        // By bytes: `==` would call composed and decomposed letters equal.
        #expect(Array(text.utf8) == Array((recorded["text"]?.string ?? "").utf8), "\(tokenizer.key)")
      }
    }
  }

  @Test func idsWithoutATokenAddNothing() throws {
    let decoder = try TokenDecoder(json: ["model": ["vocab": ["a": 0, "b": 1]]], file: "tokenizer.json")
    #expect(decoder.text([0, 2, -1, .max, 1]) == "a b")
    #expect(decoder.text([]) == "")
    #expect(decoder.token(1) == "b")
    #expect(decoder.token(2) == nil)
  }

  @Test func specialTokensAreLeftOutUnlessAskedFor() throws {
    let json: JSONValue = [
      "model": ["vocab": ["a": 0, "</s>": 1]], "added_tokens": [["id": 1, "content": "</s>", "special": true]],
    ]
    let decoder = try TokenDecoder(json: json, file: "tokenizer.json")
    #expect(decoder.text([0, 1]) == "a")
    #expect(decoder.text([0, 1], skipSpecialTokens: false) == "a </s>")
  }

  @Test func anotherVersionIsRefused() {
    let error = #expect(throws: TokenizerError.self) {
      try TokenDecoder(json: ["version": "2.0", "model": ["vocab": ["a": 0]]], file: "models/tokenizer.json")
    }
    #expect(
      error?.description
        == "models/tokenizer.json: version: expected \"1.0\", found \"2.0\"; the ids themselves are not affected; "
        + "decode them with the library that made the file")
  }
}
