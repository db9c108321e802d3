/// The 256 characters that stand for bytes in a byte-level vocabulary.
///
/// Source: openai/gpt-2, `src/encoder.py`, `bytes_to_unicode`: printable Latin-1 characters stand for themselves, the
/// other bytes, in order, for the characters from U+0100 on.
enum ByteAlphabet {
  /// The byte of each character.
  static let bytes: [Unicode.Scalar: UInt8] = {
    var bytes: [Unicode.Scalar: UInt8] = [:]
    var next: UInt16 = 0x100
    for byte in UInt8.min...UInt8.max {
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: bytes[Unicode.Scalar(byte)] = byte
      default:
        guard let scalar = Unicode.Scalar(next) else { preconditionFailure("U+0100 to U+0143 are characters") }
        bytes[scalar] = byte
        next += 1
      }
    }
    return bytes
  }()

  /// The bytes that a token stands for; the token's own UTF-8 if a character of it stands for none.
  static func decode(_ token: String) -> [UInt8] {
    var decoded: [UInt8] = []
    for scalar in token.unicodeScalars {
      guard let byte = bytes[scalar] else { return Array(token.utf8) }
      decoded.append(byte)
    }
    return decoded
  }
}
