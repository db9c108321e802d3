/// A pull scanner over the bytes of a JSON text: it hands out one token at a time and builds nothing.
///
/// It holds to RFC 8259 without extensions: no byte order mark, comments, trailing commas, `NaN`, leading zeros, control
/// characters in strings or lone surrogates. `JSONValue` builds trees with it; readers of large headers pull tokens
/// themselves, in the order in which they stand:
///
///     try scanner.enterObject()
///     while let key = try scanner.nextKey() { ... exactly one value ... }
///     try scanner.finish()
///
/// Duplicate keys are the caller's to find, since only the caller knows which keys it keeps.
public struct JSONScanner {
  /// The kinds of values, told apart by their first byte.
  public enum Kind: Sendable {
    case object
    case array
    case string
    case number
    case bool
    case null
  }

  /// A string in the text: the range of its bytes between the quotes.
  public struct Text: Sendable {
    /// The bytes between the quotes.
    public let range: Range<Int>
    /// Whether a backslash occurs, so that the bytes are not yet the string.
    public let hasEscapes: Bool
  }

  let bytes: UnsafeRawBufferPointer
  let limits: JSONLimits
  /// The next byte to be read.
  public private(set) var offset = 0
  private var depth = 0
  /// Whether the container just entered has not yet handed out an element.
  private var isFirst = false

  /// Starts at the first byte, after checking that the text is UTF-8.
  ///
  /// - Parameters:
  ///   - bytes: the text; it must outlive the scanner.
  ///   - limits: what is refused as hostile.
  /// - Throws: `badUTF8`, `limit`.
  public init(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits = .default) throws(JSONError) {
    guard bytes.count <= limits.byteCount else {
      throw JSONError(
        kind: .limit, offset: limits.byteCount, message: "JSON text of \(bytes.count) bytes, limit \(limits.byteCount)")
    }
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
    } catch {
      throw JSONError(
        kind: .badUTF8, offset: error.byteOffsets.lowerBound, message: "the JSON text is not valid UTF-8")
    }
    self.bytes = bytes
    self.limits = limits
  }

  // MARK: Containers

  /// Skips white space and tells what kind of value comes next, without reading it.
  ///
  /// - Returns: the kind.
  /// - Throws: `malformed` if no value starts here.
  public mutating func peek() throws(JSONError) -> Kind {
    skipWhitespace()
    guard let byte = current else { throw unexpected("a value") }
    switch byte {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    default: throw unexpected("a value")
    }
  }

  /// Reads the `{` of an object.
  ///
  /// - Throws: `unexpectedKind` if another value comes, `depth`.
  public mutating func enterObject() throws(JSONError) { try enter(.object) }

  /// Reads the `[` of an array.
  ///
  /// - Throws: `unexpectedKind` if another value comes, `depth`.
  public mutating func enterArray() throws(JSONError) { try enter(.array) }

  /// Reads the key of the next member up to its colon, or the `}` that closes the object.
  ///
  /// - Returns: the key; nil at the end of the object.
  /// - Throws: `malformed`.
  public mutating func nextKey() throws(JSONError) -> Text? {
    guard try nextItem(closing: UInt8(ascii: "}")) else { return nil }
    guard current == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
    let key = try string()
    skipWhitespace()
    guard current == UInt8(ascii: ":") else { throw unexpected("':' after the key") }
    offset += 1
    return key
  }

  /// Moves to the next element, or reads the `]` that closes the array.
  ///
  /// - Returns: whether there is an element.
  /// - Throws: `malformed`.
  public mutating func nextElement() throws(JSONError) -> Bool {
    try nextItem(closing: UInt8(ascii: "]"))
  }

  /// Checks that nothing but white space follows.
  ///
  /// - Throws: `trailing`.
  public mutating func finish() throws(JSONError) {
    skipWhitespace()
    guard offset == bytes.count else {
      throw JSONError(kind: .trailing, offset: offset, message: "\(found) after the end of the JSON value")
    }
  }

  // MARK: Values

  /// Reads a string and checks its escapes.
  ///
  /// - Returns: where it stands; `string(_:)` decodes it.
  /// - Throws: `unexpectedKind`, `malformed`.
  public mutating func string() throws(JSONError) -> Text {
    try expect(.string)
    offset += 1
    let start = offset
    var hasEscapes = false
    while true {
      skipPlainText()
      guard let byte = current else { throw malformed("the string that starts at byte \(start - 1) does not end") }
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return Text(range: start..<offset - 1, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        try skipEscape()
      case 0..<0x20: throw malformed("control character \(found) in a string; it must be escaped")
      default: offset += 1
      }
    }
  }

  /// Reads a number and checks its grammar.
  ///
  /// - Returns: the range of its bytes.
  /// - Throws: `unexpectedKind`, `malformed`.
  public mutating func number() throws(JSONError) -> Range<Int> {
    try expect(.number)
    let start = offset
    if current == UInt8(ascii: "-") { offset += 1 }
    if current == UInt8(ascii: "0") {
      offset += 1
      if isDigit { throw malformed("a number with a leading zero") }
    } else {
      try skipDigits()
    }
    if current == UInt8(ascii: ".") {
      offset += 1
      try skipDigits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      offset += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
      try skipDigits()
    }
    return start..<offset
  }

  /// Reads `true` or `false`.
  ///
  /// - Returns: the value.
  /// - Throws: `unexpectedKind`, `malformed`.
  public mutating func bool() throws(JSONError) -> Bool {
    try expect(.bool)
    if current == UInt8(ascii: "t") {
      try word("true")
      return true
    }
    try word("false")
    return false
  }

  /// Reads `null`.
  ///
  /// - Throws: `unexpectedKind`, `malformed`.
  public mutating func null() throws(JSONError) {
    try expect(.null)
    try word("null")
  }

  /// Reads one value of any kind and forgets it; its grammar and depth are checked, its keys may repeat.
  ///
  /// - Throws: `malformed`, `depth`.
  public mutating func skipValue() throws(JSONError) {
    switch try peek() {
    case .string: _ = try string()
    case .number: _ = try number()
    case .bool: _ = try bool()
    case .null: try null()
    case .array:
      try enterArray()
      while try nextElement() { try skipValue() }
    case .object:
      try enterObject()
      while try nextKey() != nil { try skipValue() }
    }
  }

  /// Moves over one value that the caller has read by itself.
  ///
  /// - Parameter end: where the value ends.
  public mutating func skipValue(endingAt end: Int) { offset = end }

  // MARK: Steps

  var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private var isDigit: Bool {
    guard let byte = current else { return false }
    return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  /// Moves over bytes that mean themselves in a string, eight at a time.
  private mutating func skipPlainText() {
    while offset + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      // The highest bit of a byte of `ends` is set where the byte is a quote, a backslash or less than a space; bytes
      // above the first such may have it set in error.
      let ends =
        JSONScanner.zeros(in: word ^ (0x22 &* JSONScanner.ones))
        | JSONScanner.zeros(in: word ^ (0x5C &* JSONScanner.ones))
        | ((word &- (0x20 &* JSONScanner.ones)) & ~word & (0x80 &* JSONScanner.ones))
      guard ends == 0 else {
        offset += ends.trailingZeroBitCount / 8
        return
      }
      offset += 8
    }
  }

  private static let ones: UInt64 = 0x0101_0101_0101_0101

  private static func zeros(in word: UInt64) -> UInt64 { (word &- ones) & ~word & (0x80 &* ones) }

  private mutating func skipWhitespace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
  }

  private mutating func skipDigits() throws(JSONError) {
    guard isDigit else { throw unexpected("a digit") }
    while isDigit { offset += 1 }
  }

  private mutating func expect(_ kind: Kind) throws(JSONError) {
    let next = try peek()
    guard next == kind else {
      throw JSONError(kind: .unexpectedKind, offset: offset, message: "expected \(kind), found \(next)")
    }
  }

  private mutating func enter(_ kind: Kind) throws(JSONError) {
    try expect(kind)
    guard depth < limits.depth else {
      throw JSONError(kind: .depth, offset: offset, message: "nested deeper than \(limits.depth) levels")
    }
    depth += 1
    offset += 1
    isFirst = true
  }

  private mutating func nextItem(closing: UInt8) throws(JSONError) -> Bool {
    skipWhitespace()
    if current == closing {
      offset += 1
      depth -= 1
      isFirst = false
      return false
    }
    if !isFirst {
      guard current == UInt8(ascii: ",") else { throw unexpected("',' or '\(Character(Unicode.Scalar(closing)))'") }
      offset += 1
      skipWhitespace()
      if current == closing { throw malformed("a comma before the closing bracket") }
    }
    isFirst = false
    return true
  }

  private mutating func word(_ text: StaticString) throws(JSONError) {
    for index in 0..<text.utf8CodeUnitCount {
      guard current == text.utf8Start[index] else { throw unexpected("\(text)") }
      offset += 1
    }
  }

  private mutating func skipEscape() throws(JSONError) {
    let start = offset
    offset += 1
    switch current {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      offset += 1
    case UInt8(ascii: "u"):
      let unit = try hexadecimal()
      if unit & 0xFC00 == 0xD800 {
        guard current == UInt8(ascii: "\\"), offset + 1 < bytes.count, bytes[offset + 1] == UInt8(ascii: "u") else {
          throw loneSurrogate(start)
        }
        offset += 1
        guard try hexadecimal() & 0xFC00 == 0xDC00 else { throw loneSurrogate(start) }
      } else if unit & 0xFC00 == 0xDC00 {
        throw loneSurrogate(start)
      }
    default: throw unexpected("an escape (one of \" \\ / b f n r t u)")
    }
  }

  /// Reads `uXXXX`.
  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    offset += 1
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  // MARK: Errors

  private func loneSurrogate(_ offset: Int) -> JSONError {
    JSONError(kind: .malformed, offset: offset, message: "a lone surrogate is no character")
  }

  func malformed(_ message: String) -> JSONError { JSONError(kind: .malformed, offset: offset, message: message) }

  private func unexpected(_ expected: String) -> JSONError { malformed("expected \(expected), found \(found)") }

  private var found: String {
    guard let byte = current else { return "the end of the text" }
    guard byte > 0x20 && byte < 0x7F else { return "byte 0x" + String(byte, radix: 16) }
    return "'\(Character(Unicode.Scalar(byte)))'"
  }
}
