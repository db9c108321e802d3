import StrictJSON
import Testing

@Suite struct JSONWriterTests {
  let value: JSONValue = ["b": [1, 2.5, "x"], "a": ["c": true], "empty": [], "none": .object(JSONObject())]

  @Test func compactTextHasNoSpaces() {
    #expect(value.text() == #"{"b":[1,2.5,"x"],"a":{"c":true},"empty":[],"none":{}}"#)
  }

  @Test func indentedTextIsLaidOutAsPythonDoes() {
    #expect(
      value.text(indent: 2, sortKeys: true) == """
        {
          "a": {
            "c": true
          },
          "b": [
            1,
            2.5,
            "x"
          ],
          "empty": [],
          "none": {}
        }
        """)
  }

  @Test func onlyWhatMustBeEscapedIsEscaped() {
    #expect(
      JSONValue.string("\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1F}\u{7F}é😀").text() == #""\"\\/\b\f\n\r\t\u0001\u001f"#
        + "\u{7F}é😀\"")
  }

  @Test func textsReadBackAsTheyWere() throws {
    #expect(try JSONValue(parsing: value.text()) == value)
    #expect(try JSONValue(parsing: value.text(indent: 4)) == value)
  }
}
