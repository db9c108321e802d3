import Testing

@testable import TextGeneration

@Suite struct ByteAlphabetTests {
  @Test func everyByteHasOneCharacter() {
    #expect(ByteAlphabet.bytes.count == 256)
    #expect(Set(ByteAlphabet.bytes.values).count == 256)
  }

  @Test func spaceAndNewlineAreTheCharactersOfGPT2() {
    #expect(ByteAlphabet.decode("ĠaĊ") == Array(" a\n".utf8))
    #expect(ByteAlphabet.bytes["\u{143}"] == 0xAD)
    #expect(ByteAlphabet.bytes["\u{100}"] == 0)
  }

  @Test func aTokenWithAForeignCharacterStandsForItself() {
    #expect(ByteAlphabet.decode("Ġ日") == Array("Ġ日".utf8))
  }
}
