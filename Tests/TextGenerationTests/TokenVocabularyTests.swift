import StrictJSON
import Testing

@testable import TextGeneration

@Suite struct TokenVocabularyTests {
  private func vocabulary(_ json: JSONValue) throws -> TokenVocabulary {
    try TokenVocabulary(TokenizerMember(value: json, file: "tokenizer.json", place: ""))
  }

  private func refusal(_ json: JSONValue) -> TokenizerError? {
    #expect(throws: TokenizerError.self) { try vocabulary(json) }
  }

  @Test func addedTokensTakeTheirPlaceBesideTheModels() throws {
    let read = try vocabulary([
      "model": ["type": "BPE", "vocab": ["a": 0, "</s>": 1], "merges": []],
      "added_tokens": [["id": 1, "content": "</s>", "special": true], ["id": 7, "content": "new", "special": false]],
    ])
    #expect(read.tokens == [0: "a", 1: "</s>", 7: "new"])
    #expect(read.specialIDs == [1])
  }

  @Test func theModelNeedNotNameItsType() throws {
    #expect(try vocabulary(["model": ["vocab": [["<unk>", 0], ["▁a", -1.5]]]]).tokens == [0: "<unk>", 1: "▁a"])
    #expect(try vocabulary(["model": ["vocab": ["x": 3]]]).tokens == [3: "x"])
  }

  @Test func composedAndDecomposedTokensAreTwo() throws {
    let read = try vocabulary([
      "model": ["type": "WordLevel", "vocab": ["\u{E9}": 0, "e\u{301}": 1]],
      "added_tokens": [["id": 1, "content": "e\u{301}", "special": true]],
    ])
    #expect(read.specialIDs == [1])
  }

  @Test func anUnknownModelIsNamed() {
    let error = refusal(["model": ["type": "Neural", "vocab": ["a": 0]]])
    #expect(error?.kind == .unsupported)
    #expect(error?.place == "model.type")
    #expect(error?.found == "\"Neural\"")
  }

  @Test(
    arguments: [
      ([], "the top level"),
      (["model": "BPE"], "model"),
      (["model": ["type": "BPE"]], "model"),
      (["model": ["type": "BPE", "vocab": [["a", 0]]]], "model.vocab"),
      (["model": ["type": "Unigram", "vocab": ["a": 0]]], "model.vocab"),
      (["model": ["type": "Unigram", "vocab": [["a", 0], ["b"]]]], "model.vocab[1]"),
      (["model": ["type": "BPE", "vocab": ["a": 0, "b": -1]]], "model.vocab[\"b\"]"),
      (["model": ["type": "BPE", "vocab": ["a": 0, "b": 0]]], "model.vocab[\"b\"]"),
      (["model": ["vocab": ["a": 0]], "added_tokens": [["id": 1]]], "added_tokens[0]"),
      (["model": ["vocab": ["a": 0]], "added_tokens": [["id": "1", "content": "x"]]], "added_tokens[0].id"),
      (["model": ["vocab": ["a": 0]], "added_tokens": [["id": 5, "content": "a"]]], "added_tokens[0].id"),
      (
        ["model": ["vocab": ["a": 0]], "added_tokens": [["id": 5, "content": "x"], ["id": 5, "content": "y"]]],
        "added_tokens[1].id"
      ),
    ] as [(JSONValue, String)])
  func aContradictionIsRefusedWithItsPlace(json: JSONValue, place: String) {
    let error = refusal(json)
    #expect(error?.kind == .malformed)
    #expect(error?.place == place)
  }
}
