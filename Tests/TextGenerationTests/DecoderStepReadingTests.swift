import StrictJSON
import Testing

@testable import TextGeneration

@Suite struct DecoderStepReadingTests {
  private func steps(_ json: JSONValue) throws -> [DecoderStep] {
    try DecoderStep.steps(TokenizerMember(value: json, file: "tokenizer.json", place: "decoder"))
  }

  private func refusal(_ json: JSONValue) -> TokenizerError? {
    #expect(throws: TokenizerError.self) { try steps(json) }
  }

  @Test func sequencesAreLaidOutFlat() throws {
    let inner: JSONValue = ["type": "Sequence", "decoders": [["type": "ByteFallback"], ["type": "Fuse"]]]
    #expect(
      try steps(["type": "Sequence", "decoders": [["type": "ByteLevel"], inner]]) == [
        .byteLevel, .byteFallback, .fuse,
      ])
  }

  @Test func anUnknownDecoderIsNamedWithItsPlace() {
    let error = refusal(["type": "Sequence", "decoders": [["type": "Fuse"], ["type": "CTC"]]])
    #expect(error?.kind == .unsupported)
    #expect(error?.place == "decoder.decoders[1].type")
    #expect(error?.found == "\"CTC\"")
  }

  @Test func regularExpressionsAreNotGuessed() {
    let error = refusal(["type": "Replace", "pattern": ["Regex": " {2,}"], "content": " "])
    #expect(error?.kind == .unsupported)
    #expect(error?.place == "decoder.pattern.Regex")
  }

  @Test func metaspaceTakesTheOlderSpellingWhereItAgrees() throws {
    let older: JSONValue = ["type": "Metaspace", "replacement": "▁", "add_prefix_space": true]
    #expect(try steps(older) == [.metaspace(replacement: "▁", dropsFirst: true)])
    let never: JSONValue = [
      "type": "Metaspace", "replacement": "_", "add_prefix_space": false, "prepend_scheme": "never",
    ]
    #expect(try steps(never) == [.metaspace(replacement: "_", dropsFirst: false)])
    let contradictory: JSONValue = ["type": "Metaspace", "replacement": "▁", "add_prefix_space": false]
    #expect(refusal(contradictory)?.place == "decoder.add_prefix_space")
    #expect(refusal(["type": "Metaspace", "replacement": "▁", "prepend_scheme": "last"])?.kind == .malformed)
  }

  @Test(
    arguments: [
      (["type": "Metaspace", "replacement": "▁▁"], "decoder.replacement"),
      (["type": "BPEDecoder", "suffix": ""], "decoder.suffix"),
      (["type": "Replace", "pattern": ["String": ""], "content": "x"], "decoder.pattern.String"),
      (["type": "Strip", "content": " ", "start": -1, "stop": 0], "decoder.start"),
      (["type": "Strip", "content": " ", "start": 1.5, "stop": 0], "decoder.start"),
      (["type": "WordPiece", "prefix": "##"], "decoder"),
      (["type": "WordPiece", "prefix": "##", "cleanup": "yes"], "decoder.cleanup"),
      (["type": "Sequence", "decoders": "Fuse"], "decoder.decoders"),
      (["prefix": "##", "cleanup": true], "decoder"),
      ("Fuse", "decoder"),
    ] as [(JSONValue, String)])
  func aMemberOfTheWrongKindIsRefusedWithItsPlace(json: JSONValue, place: String) {
    let error = refusal(json)
    #expect(error?.kind == .malformed)
    #expect(error?.place == place)
  }
}
