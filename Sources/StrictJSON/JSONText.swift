/// Decoding of the tokens that `JSONScanner` hands out.
extension JSONScanner {
  /// The string that a token stands for, with its escapes resolved.
  public func string(_ text: Text) -> String {
    guard text.hasEscapes else { return String(decoding: bytes[text.range], as: UTF8.self) }
    var result: [UInt8] = []
    result.reserveCapacity(text.range.count)
    var index = text.range.lowerBound
    while index < text.range.upperBound {
      guard bytes[index] == UInt8(ascii: "\\") else {
        result.append(bytes[index])
        index += 1
        continue
      }
      let code = bytes[index + 1]
      index += 2
      switch code {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"):
        var scalar = hexadecimal(at: index)
        index += 4
        if scalar & 0xFC00 == 0xD800 {
          scalar = 0x10000 + (scalar & 0x3FF) << 10 + hexadecimal(at: index + 2) & 0x3FF
          index += 6
        }
        result.append(contentsOf: String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
      default: result.append(code)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Whether a string token stands for exactly this text.
  ///
  /// - Parameters:
  ///   - text: the token.
  ///   - literal: what it is compared with.
  /// - Returns: true if the decoded bytes are the same.
  public func matches(_ text: Text, _ literal: StaticString) -> Bool {
    guard !text.hasEscapes else { return string(text).utf8.elementsEqual("\(literal)".utf8) }
    guard text.range.count == literal.utf8CodeUnitCount else { return false }
    for index in 0..<text.range.count where bytes[text.range.lowerBound + index] != literal.utf8Start[index] {
      return false
    }
    return true
  }

  /// The source text of a number token.
  public func numberText(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// Whether a number token is written with digits alone: no sign, fraction or exponent.
  public func isUnsignedInteger(_ range: Range<Int>) -> Bool {
    bytes[range].allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
  }

  /// The value of a number token written with digits alone; nil for any other, and for one beyond 64 bits.
  public func unsignedInteger(_ range: Range<Int>) -> UInt64? {
    var value: UInt64 = 0
    for byte in bytes[range] {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      guard !tooLarge, !carries else { return nil }
      value = sum
    }
    return value
  }

  private func hexadecimal(at index: Int) -> UInt32 {
    UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16) ?? 0
  }
}
