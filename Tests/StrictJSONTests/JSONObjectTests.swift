import StrictJSON
import Testing

@Suite struct JSONObjectTests {
  @Test(arguments: [3, 8, 9, 200])
  func membersAreSetReplacedAndRemovedInOrder(_ count: Int) {
    var object = JSONObject()
    for index in 0..<count { object["k\(index)"] = .number(JSONNumber(index)) }
    object["k1"] = "replaced"
    object["k0"] = nil
    object["absent"] = nil
    #expect(object.members.map(\.key) == (1..<count).map { "k\($0)" })
    #expect(object["k0"] == nil)
    #expect(object["k1"] == "replaced")
    #expect(object["k\(count - 1)"]?.int == count - 1)
  }

  @Test func equalityIgnoresTheOrderOfMembers() throws {
    #expect(try JSONValue(parsing: #"{"a":1,"b":2}"#) == JSONValue(parsing: #"{"b":2,"a":1}"#))
    #expect(try JSONValue(parsing: #"{"a":1}"#) != JSONValue(parsing: #"{"a":1,"b":2}"#))
    #expect(try JSONValue(parsing: #"{"a":1}"#) != JSONValue(parsing: #"{"a":2}"#))
  }
}
