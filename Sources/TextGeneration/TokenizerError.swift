/// Why a `tokenizer.json` cannot be used to turn token ids into text.
public struct TokenizerError: Error, Hashable, CustomStringConvertible {
  /// What kind of failure it is.
  public enum Kind: Sendable, Hashable {
    /// The file is not what the format says: a member is missing, has another type, or contradicts another.
    case malformed
    /// The file is sound but asks for something that is not implemented.
    case unsupported
  }

  /// The kind of failure.
  public let kind: Kind
  /// The file, as the caller named it.
  public let file: String
  /// The path of the member inside the file: `decoder.decoders[2].type`.
  public let place: String
  /// What should have been there.
  public let expected: String
  /// What was there, with control characters escaped.
  public let found: String

  /// Takes the five fields.
  public init(_ kind: Kind, file: String, place: String, expected: String, found: String) {
    self.kind = kind
    self.file = file
    self.place = place
    self.expected = expected
    self.found = found
  }

  /// One sentence, and what to do.
  public var description: String {
    let advice =
      switch kind {
      case .malformed: "take the file again from where the model came from"
      case .unsupported: "the ids themselves are not affected; decode them with the library that made the file"
      }
    return "\(file): \(place): expected \(expected), found \(found); \(advice)"
  }
}
