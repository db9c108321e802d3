import Testing

@testable import tfconv

@Suite struct TextTableTests {
  private var table: TextTable {
    var table = TextTable([.init(title: "module"), .init(title: "params", alignment: .right), .init(title: "shape")])
    table.append(["wte", "38,597,376", "[50257,768]"])
    table.append(["h.0.größe", "786", ""])
    return table
  }

  @Test func columnsAreAligned() {
    #expect(
      table.text() == """
        module         params  shape
        wte        38,597,376  [50257,768]
        h.0.größe         786

        """)
  }

  @Test func markdownEscapesWhatMarkdownInterprets() {
    var table = table
    table.append(["a|b*<i>", "1", "`"])
    #expect(
      table.markdown() == """
        | module | params | shape |
        | --- | ---: | --- |
        | wte | 38,597,376 | [50257,768] |
        | h.0.größe | 786 |  |
        | a\\|b\\*\\<i> | 1 | \\` |

        """)
  }

  @Test func csvQuotesFieldsAsTheStandardSays() {
    var table = table
    table.append(["say \"hi\"", " 1", "x"])
    #expect(
      table.csv() == """
        module,params,shape
        wte,"38,597,376","[50257,768]"
        h.0.größe,786,
        "say ""hi\"""," 1",x

        """)
    #expect("a\r\nb".quotedForCSV() == "\"a\r\nb\"")
  }

  @Test func controlCharactersOfNamesAreShownInEveryForm() {
    var table = TextTable([.init(title: "name")])
    table.append(["a\n\u{1B}[2J\u{202E}b"])
    for text in [table.text(), table.markdown(), table.csv()] {
      #expect(text.contains("\\n"))
      #expect(text.contains("u{1b}"))
      #expect(text.contains("u{202e}"))
      #expect(!text.unicodeScalars.contains("\u{1B}"))
    }
  }
}
