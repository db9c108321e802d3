/// Why a JSON text was refused, and at which byte.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong with the text.
  public enum Kind: Sendable, Equatable {
    /// The text breaks the grammar of RFC 8259.
    case malformed
    /// The text is not UTF-8.
    case badUTF8
    /// An object has the same key twice, compared after unescaping.
    case duplicateKey
    /// Arrays and objects are nested deeper than `JSONLimits.depth`.
    case depth
    /// The text is longer than `JSONLimits.byteCount`.
    case limit
    /// Something other than white space follows the value.
    case trailing
    /// The value is of another kind than the reader asked for.
    case unexpectedKind
  }

  /// What is wrong.
  public let kind: Kind
  /// Where, in bytes from the start of the text.
  public let offset: Int
  /// A sentence for the user; control characters in it are escaped.
  public let message: String

  /// Takes the three fields.
  public init(kind: Kind, offset: Int, message: String) {
    self.kind = kind
    self.offset = offset
    self.message = message
  }

  /// The sentence and the place.
  public var description: String { "\(message) (byte \(offset))" }
}

/// What a parser accepts before it refuses a text as hostile.
public struct JSONLimits: Sendable, Equatable {
  /// How deep arrays and objects may be nested.
  public var depth: Int
  /// How many bytes the text may have.
  public var byteCount: Int

  /// Takes the two limits; parsing recurses once for each level of nesting.
  public init(depth: Int = 64, byteCount: Int = 256 << 20) {
    self.depth = depth
    self.byteCount = byteCount
  }

  /// 64 levels and 256 MiB.
  public static let `default` = JSONLimits()
}
