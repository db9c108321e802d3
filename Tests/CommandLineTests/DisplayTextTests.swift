import Testing

@testable import tfconv

@Suite struct DisplayTextTests {
  @Test func controlCharactersBecomeEscapes() {
    #expect(
      "a\tb\r\n\u{0}\u{7F}\u{9B}\u{2028}".escapingControlCharacters() == "a\\tb\\r\\n\\u{0}\\u{7f}\\u{9b}\\u{2028}")
    #expect("größe 日本 \\n".escapingControlCharacters() == "größe 日本 \\n")
  }

  @Test func linesAreWrappedBetweenWords() {
    #expect("aa bb cc".wrapped(width: 5) == ["aa bb", "cc"])
    #expect("a muchtoolong b".wrapped(width: 4) == ["a", "muchtoolong", "b"])
    #expect("".wrapped(width: 4) == [])
  }

  @Test func styleAddsNothingWhenDisabled() {
    #expect(TextStyle(isEnabled: false).red("x") == "x")
    #expect(TextStyle(isEnabled: true).red("x") == "\u{1B}[31;1mx\u{1B}[0m")
  }
}
