/// Reads the Python literal in a `.npy` header: strings, whole numbers, truth values, tuples, lists and dictionaries.
struct PythonLiteral {
  /// A value; a number that is no plain unsigned integer keeps only that fact.
  indirect enum Value {
    case string(String)
    case integer(String)
    case otherNumber
    case bool(Bool)
    case none
    case tuple([Value])
    case list([Value])
    case dictionary([(key: String, value: Value)])
  }

  static let depthLimit = 8

  private let bytes: UnsafeRawBufferPointer
  private let base: Int
  private let allowsLong: Bool
  private let place: BytePlace
  private var offset = 0

  init(_ bytes: UnsafeRawBufferPointer, base: Int, allowsLong: Bool, _ place: BytePlace) {
    self.bytes = bytes
    self.base = base
    self.allowsLong = allowsLong
    self.place = place
  }

  var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }

  /// Reads the one value that the text holds.
  mutating func parse() throws(WeightFileError) -> Value {
    let value = try value(depth: 0)
    skipSpace()
    guard offset == bytes.count else { throw malformed("\(found) after the header's dictionary") }
    return value
  }

  private mutating func value(depth: Int) throws(WeightFileError) -> Value {
    guard depth < PythonLiteral.depthLimit else {
      throw place.error(.depth, at: base + offset, "nested deeper than \(PythonLiteral.depthLimit) levels")
    }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try dictionary(depth: depth)
    case UInt8(ascii: "("):
      let (items, hasComma) = try items(closing: UInt8(ascii: ")"), depth: depth)
      if let only = items.first, items.count == 1, !hasComma { return only }
      return .tuple(items)
    case UInt8(ascii: "["): return .list(try items(closing: UInt8(ascii: "]"), depth: depth).items)
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "+"):
      offset += 1
      _ = try value(depth: depth + 1)
      return .otherNumber
    case let byte? where isDigit(byte) || byte == UInt8(ascii: "."): return try number()
    default: return try word()
    }
  }

  private mutating func dictionary(depth: Int) throws(WeightFileError) -> Value {
    var items: [(key: String, value: Value)] = []
    offset += 1
    while true {
      skipSpace()
      if take("}") { return .dictionary(items) }
      if current == UInt8(ascii: "u") { offset += 1 }
      guard current == UInt8(ascii: "'") || current == UInt8(ascii: "\"") else {
        throw malformed("expected a key in quotes, found \(found)")
      }
      let key = try string()
      skipSpace()
      guard take(":") else { throw malformed("expected ':' after the key, found \(found)") }
      items.append((key, try value(depth: depth + 1)))
      skipSpace()
      guard take(",") || current == UInt8(ascii: "}") else { throw malformed("expected ',' or '}', found \(found)") }
    }
  }

  private mutating func items(
    closing: UInt8, depth: Int
  ) throws(WeightFileError) -> (items: [Value], hasComma: Bool) {
    var items: [Value] = []
    var hasComma = false
    offset += 1
    while true {
      skipSpace()
      if current == closing {
        offset += 1
        return (items, hasComma)
      }
      items.append(try value(depth: depth + 1))
      skipSpace()
      if take(",") {
        hasComma = true
      } else if current != closing {
        throw malformed("expected ',' or '\(Character(Unicode.Scalar(closing)))', found \(found)")
      }
    }
  }

  private mutating func string() throws(WeightFileError) -> String {
    let quote = current
    offset += 1
    let start = offset
    while let byte = current, byte != quote {
      guard byte != UInt8(ascii: "\\"), byte >= 0x20 else {
        throw malformed("\(found) in a string")
      }
      offset += 1
    }
    guard current == quote else { throw malformed("a string without an end") }
    defer { offset += 1 }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private mutating func number() throws(WeightFileError) -> Value {
    let start = offset
    while let byte = current, isDigit(byte) || isLetter(byte) || ".+-".utf8.contains(byte) { offset += 1 }
    var digits = String(decoding: bytes[start..<offset], as: UTF8.self)
    if digits.last == "L" {
      guard allowsLong else { throw malformed("a Python 2 number, which version 3.0 does not have") }
      digits.removeLast()
    }
    let isPlain = digits.utf8.allSatisfy(isDigit) && (digits == "0" || digits.first != "0")
    return isPlain ? .integer(digits) : .otherNumber
  }

  private mutating func word() throws(WeightFileError) -> Value {
    let start = offset
    while let byte = current, isLetter(byte) || isDigit(byte) { offset += 1 }
    switch String(decoding: bytes[start..<offset], as: UTF8.self) {
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "None": return .none
    case "u" where current == UInt8(ascii: "'") || current == UInt8(ascii: "\""): return .string(try string())
    default:
      offset = start
      throw malformed("\(found) starts no value")
    }
  }

  // MARK: Steps

  private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { offset += 1 }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private func isLetter(_ byte: UInt8) -> Bool {
    byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
  }

  private func malformed(_ message: String) -> WeightFileError {
    place.error(.badHeader, at: base + offset, message)
  }

  private var found: String {
    guard let byte = current else { return "the end of the header" }
    guard byte > 0x20 && byte < 0x7F else { return "byte 0x" + String(byte, radix: 16) }
    return "'\(Character(Unicode.Scalar(byte)))'"
  }
}
