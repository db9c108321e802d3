import StrictJSON
import Testing

@Suite struct JSONValueTests {
  @Test func everyKindOfValueIsRead() throws {
    let value = try JSONValue(
      parsing: #" { "a" : [ 1 , -2.5e3 , true , false , null ] , "b" : { "c" : "d" } , "e" : [] , "f" : {} } "#)
    #expect(value["a"]?.array?.count == 5)
    #expect(value["a"]?.array?[0].int == 1)
    #expect(value["a"]?.array?[1].double == -2500)
    #expect(value["a"]?.array?[1].int == nil)
    #expect(value["a"]?.array?[2].bool == true)
    #expect(value["a"]?.array?[3].bool == false)
    #expect(value["a"]?.array?[4] == .null)
    #expect(value["b"]?["c"]?.string == "d")
    #expect(value["e"] == [])
    #expect(value["f"]?.object == JSONObject())
    #expect(value["z"] == nil)
    #expect(value["a"]?.string == nil)
    #expect(value.object?.members.map(\.key) == ["a", "b", "e", "f"])
  }

  @Test func valuesOutsideContainersAreRead() throws {
    #expect(try JSONValue(parsing: "12").int == 12)
    #expect(try JSONValue(parsing: "\"\"").string == "")
    #expect(try JSONValue(parsing: "\tnull\r\n") == .null)
  }

  @Test func escapesAreResolved() throws {
    let value = try JSONValue(parsing: #""\" \\ \/ \b \f \n \r \t \u00e9 \uD83D\uDE00 \u0000""#)
    #expect(value.string == "\" \\ / \u{8} \u{C} \n \r \t \u{e9} \u{1F600} \0")
  }

  @Test(arguments: [
    "", " ", "{", "}", "[1", "[1,]", "{\"a\":1,}", "{,}", "[,1]", "[1 2]", "{\"a\" 1}", "{a:1}", "{\"a\":}", "'a'",
    "tru", "True", "nul", "NaN", "Infinity", "-Infinity", "+1", "01", "-", "-01", "1.", ".5", "1e", "1e+", "0x10",
    "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\ud800\"", "\"\\ud800\\n\"", "\"\\ud800\\u0041\"",
    "\"\\udc00\"", "\"\u{1}\"", "\"\n\"", "[1]//", "/**/1", "\u{FEFF}1", "[\"a\":1]", "{\"a\",1}", "[1,,2]", "{1:2}",
  ])
  func malformedTextsAreRefused(_ text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func refusalsNameTheKindAndTheByte() {
    func refusal(_ text: String) -> JSONError? {
      #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }
    #expect(refusal("[1,]")?.kind == .malformed)
    #expect(refusal("[1,]")?.offset == 3)
    #expect(refusal("{} x")?.kind == .trailing)
    #expect(refusal("{} x")?.description == "'x' after the end of the JSON value (byte 3)")
    #expect(refusal("{\"a\":1,\"\\u0061\":2}")?.kind == .duplicateKey)
    #expect(refusal("{\"a\":1,\"\\u0061\":2}")?.message == "the key \"a\" occurs twice in one object")
    #expect(refusal("[tru]")?.message == "expected true, found ']'")
    #expect(refusal("[")?.message == "expected a value, found the end of the text")
  }

  @Test func textsThatAreNotUTF8AreRefused() {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC3],
    ] {
      let error = #expect(throws: JSONError.self) {
        try bytes.withUnsafeBytes { try JSONValue(parsing: $0) }
      }
      #expect(error?.kind == .badUTF8)
      #expect(error?.offset == 1)
    }
  }

  @Test func nestingIsLimited() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSONValue(parsing: nested(64))
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: nested(65)) }
    #expect(error?.kind == .depth)
    _ = try JSONValue(parsing: nested(100), limits: JSONLimits(depth: 100))
    #expect(throws: JSONError.self) { try JSONValue(parsing: nested(1_000_000)) }
  }

  @Test func lengthIsLimited() {
    let error = #expect(throws: JSONError.self) {
      try JSONValue(parsing: "[1, 2]", limits: JSONLimits(byteCount: 5))
    }
    #expect(error?.kind == .limit)
  }

  @Test func stringsAreComparedByteByByte() throws {
    #expect(JSONValue.string("\u{e9}") != .string("e\u{301}"))
    let object = try JSONValue(parsing: "{\"\u{e9}\":1,\"e\u{301}\":2}")
    #expect(object["\u{e9}"]?.int == 1)
    #expect(object["e\u{301}"]?.int == 2)
  }
}
