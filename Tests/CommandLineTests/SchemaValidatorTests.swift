import StrictJSON
import TestSupport
import Testing

@Suite struct SchemaValidatorTests {
  private func problems(_ value: JSONValue, _ schema: JSONValue, isClosed: Bool = true) -> [String] {
    SchemaValidator(schema, isClosed: isClosed).problems(in: value)
  }

  @Test(
    arguments: [
      (["type": "string"], "x", 1), (["type": "integer"], 3, 3.5), (["type": "number"], 3.5, "3.5"),
      (["type": "boolean"], true, 1), (["type": "null"], .null, false), (["type": "array"], [], [:]),
      (["type": "object"], [:], []), (["const": "a"], "a", "b"), (["enum": ["a", "b"]], "b", "c"),
      (["anyOf": [["type": "string"], ["type": "null"]]], .null, 1), (["items": ["type": "string"]], ["a"], ["a", 2]),
      (["required": ["a"]], ["a": 1], ["b": 1]), (["properties": ["a": ["type": "string"]]], ["a": "x"], ["a": 1]),
      (["properties": ["a": [:]]], ["a": 1], ["b": 1]),
      (["additionalProperties": ["type": "integer"]], ["x": 1], ["x": "y"]),
      (["$ref": "#/$defs/n", "$defs": ["n": ["type": "integer"]]], 1, "x"),
    ] as [(JSONValue, JSONValue, JSONValue)])
  func everyKeywordAcceptsAndRefuses(schema: JSONValue, good: JSONValue, bad: JSONValue) {
    #expect(problems(good, schema).isEmpty)
    #expect(!problems(bad, schema).isEmpty)
  }

  @Test func anOpenSchemaAllowsMembersThatItDoesNotList() {
    #expect(problems(["b": 1], ["properties": ["a": [:]]], isClosed: false).isEmpty)
  }

  @Test func unknownKeywordsAndLostReferencesAreProblems() {
    #expect(problems(1, ["minimum": 0]) == ["$: the schema uses minimum, which this validator does not know"])
    #expect(problems(1, ["$ref": "#/$defs/x"]) == ["$: \"#/$defs/x\" leads nowhere"])
  }
}
