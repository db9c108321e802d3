/// A JSON value that keeps what the text said: the order of members and the digits of numbers.
///
/// Grammar: RFC 8259 without extensions; an object that repeats a key is refused.
public enum JSONValue: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number, as its digits.
  case number(JSONNumber)
  /// A string.
  case string(String)
  /// The elements of an array.
  case array([JSONValue])
  /// The members of an object.
  case object(JSONObject)

  /// Reads a text that holds one value.
  ///
  /// - Parameters:
  ///   - text: the JSON text.
  ///   - limits: what is refused as hostile.
  /// - Throws: where the text is malformed, too deep, too long, or repeats a key.
  public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
    let bytes = Array(text.utf8)
    self = try bytes.span.withUnsafeBytes { (bytes) throws(JSONError) in
      try JSONValue(parsing: bytes, limits: limits)
    }
  }

  /// Reads the bytes of a text that holds one value.
  ///
  /// - Parameters:
  ///   - bytes: the JSON text in UTF-8.
  ///   - limits: what is refused as hostile.
  /// - Throws: where the text is malformed, not UTF-8, too deep, too long, or repeats a key.
  public init(parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .default) throws(JSONError) {
    var scanner = try JSONScanner(bytes, limits: limits)
    self = try scanner.value()
    try scanner.finish()
  }

  /// The string, or nil for another kind.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The whole number, or nil for another kind, a fraction or exponent, or a number beyond `Int`.
  public var int: Int? {
    if case .number(let value) = self { value.int } else { nil }
  }

  /// The number rounded to a double, or nil for another kind.
  public var double: Double? {
    if case .number(let value) = self { value.double } else { nil }
  }

  /// The truth value, or nil for another kind.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements, or nil for another kind.
  public var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members, or nil for another kind.
  public var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The member of that name; nil if there is none or the value is no object.
  public subscript(key: String) -> JSONValue? { object?[key] }

  /// Whether both values say the same: strings byte by byte, numbers by their digits, objects in any order.
  public static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }
}

extension JSONScanner {
  /// Reads one value of any kind as a tree.
  ///
  /// - Returns: the value.
  /// - Throws: `malformed`, `depth`, `duplicateKey`.
  public mutating func value() throws(JSONError) -> JSONValue {
    switch try peek() {
    case .null:
      try null()
      return .null
    case .bool: return .bool(try bool())
    case .number: return .number(JSONNumber(source: numberText(try number())))
    case .string: return .string(string(try string()))
    case .array:
      var elements: [JSONValue] = []
      try enterArray()
      while try nextElement() { elements.append(try value()) }
      return .array(elements)
    case .object:
      var object = JSONObject()
      try enterObject()
      while let token = try nextKey() {
        let key = string(token)
        guard object.append(key, try value()) else {
          throw JSONError(
            kind: .duplicateKey, offset: token.range.lowerBound - 1,
            message: "the key \(JSONValue.string(key).text()) occurs twice in one object")
        }
      }
      return .object(object)
    }
  }
}
