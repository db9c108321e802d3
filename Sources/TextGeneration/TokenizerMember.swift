import StrictJSON

/// A value inside a `tokenizer.json` together with its place, so that every refusal can name it.
struct TokenizerMember {
  let value: JSONValue
  let file: String
  let place: String

  /// The member of that name; nil if it is absent or null.
  func optional(_ key: String) -> TokenizerMember? {
    guard let member = value[key], member != .null else { return nil }
    return TokenizerMember(value: member, file: file, place: place.isEmpty ? key : "\(place).\(key)")
  }

  /// The member of that name.
  func required(_ key: String) throws(TokenizerError) -> TokenizerMember {
    guard value.object != nil else { throw malformed("an object") }
    guard let member = optional(key) else {
      throw TokenizerError(
        .malformed, file: file, place: shownPlace, expected: "a member \"\(key)\"", found: "none")
    }
    return member
  }

  /// The elements of an array.
  func elements() throws(TokenizerError) -> [TokenizerMember] {
    guard let array = value.array else { throw malformed("an array") }
    return array.enumerated().map { TokenizerMember(value: $1, file: file, place: "\(place)[\($0)]") }
  }

  /// The string.
  func string() throws(TokenizerError) -> String {
    guard let string = value.string else { throw malformed("a string") }
    return string
  }

  /// The string, which must not be empty.
  func nonEmptyString() throws(TokenizerError) -> String {
    let string = try string()
    guard !string.isEmpty else { throw malformed("a string that is not empty") }
    return string
  }

  /// The string of exactly one code point.
  func scalar() throws(TokenizerError) -> Unicode.Scalar {
    let scalars = try string().unicodeScalars
    guard let scalar = scalars.first, scalars.count == 1 else { throw malformed("a string of one code point") }
    return scalar
  }

  /// The number, which must be whole and not negative.
  func count() throws(TokenizerError) -> Int {
    guard let number = value.int, number >= 0 else { throw malformed("a whole number from 0") }
    return number
  }

  /// The truth value.
  func bool() throws(TokenizerError) -> Bool {
    guard let bool = value.bool else { throw malformed("true or false") }
    return bool
  }

  /// The refusal of this value.
  func malformed(_ expected: String) -> TokenizerError {
    TokenizerError(.malformed, file: file, place: shownPlace, expected: expected, found: excerpt)
  }

  /// The refusal of a value that is sound but not implemented.
  func unsupported(_ expected: String) -> TokenizerError {
    TokenizerError(.unsupported, file: file, place: shownPlace, expected: expected, found: excerpt)
  }

  private var shownPlace: String { place.isEmpty ? "the top level" : place }

  /// The value in short: containers by their kind, anything else as its text.
  private var excerpt: String {
    switch value {
    case .array(let elements): return "an array of \(elements.count)"
    case .object(let object): return "an object of \(object.members.count) members"
    case .null, .bool, .number, .string:
      let text = value.text()
      return text.count <= 60 ? text : String(text.prefix(60)) + "…"
    }
  }
}
