import Testing

@testable import TextGeneration

@Suite struct DecoderStepTests {
  @Test func bytesThatAreNotUTF8BecomeReplacementCharacters() {
    #expect(DecoderStep.byteLevel.apply(["âĤ", "x"]) == ["\u{FFFD}x"])
    #expect(DecoderStep.byteLevel.apply(["âĤ", "¬"]) == ["€"])
  }

  @Test func aRunOfByteTokensIsReadAsAWhole() {
    let step = DecoderStep.byteFallback
    #expect(step.apply(["<0xE2>", "<0x82>", "<0xac>", "a"]) == ["€", "a"])
    #expect(step.apply(["<0xE2>", "<0x82>", "a", "<0x41>"]) == ["\u{FFFD}", "\u{FFFD}", "a", "A"])
  }

  @Test func onlyTwoHexadecimalDigitsAreAByte() {
    let tokens = ["<0x-0>", "<0xG1>", "<0x1>", "<0x411>", "0x41", "<0x4é"]
    #expect(DecoderStep.byteFallback.apply(tokens) == tokens)
    #expect(DecoderStep.byteFallback.apply(["<0x+A>"]) == ["\n"])
  }

  @Test func wordsAreSeparatedUnlessTheyContinue() {
    let plain = DecoderStep.wordPiece(prefix: "##", cleanup: false)
    #expect(plain.apply(["##a", "b", "##c", "."]) == ["##a", " b", "c", " ."])
    #expect(
      DecoderStep.wordPiece(prefix: "##", cleanup: true).apply(["it", "'s", "do not", "."]) == [
        "it", "'s", " don't", ".",
      ])
  }

  @Test func theMarkOfASpaceVanishesFromTheFirstTokenOnly() {
    let tokens = ["▁a▁b", "▁c"]
    #expect(DecoderStep.metaspace(replacement: "▁", dropsFirst: true).apply(tokens) == ["ab", " c"])
    #expect(DecoderStep.metaspace(replacement: "▁", dropsFirst: false).apply(tokens) == [" a b", " c"])
  }

  @Test func aMarkIsFoundInFrontOfACombiningAccent() {
    let step = DecoderStep.metaspace(replacement: "▁", dropsFirst: false)
    #expect(step.apply(["▁\u{301}a"]).joined().unicodeScalars.elementsEqual(" \u{301}a".unicodeScalars))
  }

  @Test func theSuffixOfTheLastWordLeavesNoSpace() {
    #expect(DecoderStep.bpe(suffix: "</w>").apply(["a</w>", "b", "c</w>"]) == ["a ", "b", "c"])
    #expect(DecoderStep.bpe(suffix: "</w>").apply([]) == [])
  }

  @Test func replacingComparesBytesNotLetters() {
    let step = DecoderStep.replace(pattern: "\u{E9}", content: "E")
    #expect(step.apply(["\u{E9}", "e\u{301}"]).map { Array($0.unicodeScalars) } == [["E"], ["e", "\u{301}"]])
    #expect(DecoderStep.replace(pattern: "aa", content: "b").apply(["aaaaa"]) == ["bba"])
  }

  @Test func strippingEndsAtAnotherCharacterAndAtTheEndOfTheToken() {
    let step = DecoderStep.strip(content: " ", start: 1, stop: 2)
    #expect(step.apply(["  a   ", "a", " ", ""]) == [" a ", "a", "", ""])
    #expect(DecoderStep.strip(content: "a", start: .max, stop: .max).apply(["aab", "aaaa"]) == ["b", ""])
  }

  @Test func fusingLeavesOneToken() {
    #expect(DecoderStep.fuse.apply(["a", "b"]) == ["ab"])
    #expect(DecoderStep.fuse.apply([]) == [""])
  }
}
