import StrictJSON
import Testing

@Suite struct JSONNumberTests {
  @Test(arguments: ["9223372036854775808", "1e-12", "1E+2", "-0", "0.1000", "123456789012345678901234567890"])
  func digitsComeOutAsTheyWentIn(_ text: String) throws {
    #expect(try JSONValue(parsing: text).text() == text)
  }

  @Test func onlyWholeNumbersThatFitAreIntegers() throws {
    #expect(try JSONValue(parsing: "9223372036854775807").int == Int.max)
    #expect(try JSONValue(parsing: "-9223372036854775808").int == Int.min)
    #expect(try JSONValue(parsing: "9223372036854775808").int == nil)
    #expect(try JSONValue(parsing: "1.0").int == nil)
    #expect(try JSONValue(parsing: "1e0").int == nil)
  }

  @Test func doublesReadBackAsTheyWereWritten() throws {
    for value in [0.1, 1e-12, Double.leastNonzeroMagnitude, 1.7976931348623157e308, -0.0, 1e16] {
      let read = try JSONValue(parsing: JSONValue.number(JSONNumber(value)).text()).double
      #expect(read?.bitPattern == value.bitPattern)
    }
    #expect(try JSONValue(parsing: "1e400").double == .infinity)
  }
}
