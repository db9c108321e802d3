import StrictJSON
import Testing

@Suite struct JSONScannerTests {
  private func scan<R>(_ text: String, _ body: (inout JSONScanner) throws -> R) throws -> R {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = try JSONScanner(bytes)
      return try body(&scanner)
    }
  }

  @Test func tokensArePulledInOrder() throws {
    try scan(#"{"a\u0062":[1,18446744073709551616,-3],"skip":{"x":[{}],"x":2},"s":"t"}"#) { scanner in
      try scanner.enterObject()
      let first = try #require(try scanner.nextKey())
      #expect(scanner.matches(first, "ab"))
      #expect(!scanner.matches(first, "abc"))
      try scanner.enterArray()
      var numbers: [UInt64?] = []
      while try scanner.nextElement() { numbers.append(scanner.unsignedInteger(try scanner.number())) }
      #expect(numbers == [1, nil, nil])
      let second = try #require(try scanner.nextKey())
      #expect(scanner.string(second) == "skip")
      try scanner.skipValue()
      let third = try #require(try scanner.nextKey())
      #expect(scanner.matches(third, "s"))
      #expect(try scanner.peek() == .string)
      #expect(scanner.string(try scanner.string()) == "t")
      #expect(try scanner.nextKey() == nil)
      try scanner.finish()
    }
  }

  @Test func askingForAnotherKindSaysWhichOneThereIs() throws {
    let error = #expect(throws: JSONError.self) { try scan("[1]") { try $0.enterObject() } }
    #expect(error?.kind == .unexpectedKind)
    #expect(error?.message == "expected object, found array")
  }

  @Test func integersOfSixtyFourBitsAreExact() throws {
    let largest = try scan("18446744073709551615") { scanner in
      let token = try scanner.number()
      return (scanner.unsignedInteger(token), scanner.isUnsignedInteger(token))
    }
    #expect(largest == (UInt64.max, true))
    let tooLarge = try scan("18446744073709551616") { scanner in
      let token = try scanner.number()
      return (scanner.unsignedInteger(token), scanner.isUnsignedInteger(token))
    }
    #expect(tooLarge == (nil, true))
  }
}
