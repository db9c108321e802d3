/// Writing of JSON texts, as Python's `json.dumps(..., ensure_ascii=False)` lays them out.
extension JSONValue {
  /// The value as a JSON text.
  ///
  /// - Parameters:
  ///   - indent: spaces for each level, one element a line; nil for one line without spaces.
  ///   - sortKeys: whether members are written in the byte order of their keys instead of their own.
  /// - Returns: the text, without a newline at the end.
  public func text(indent: Int? = nil, sortKeys: Bool = false) -> String {
    var writer = Writer(indent: indent, sortKeys: sortKeys)
    writer.write(self, level: 0)
    return String(decoding: writer.output, as: UTF8.self)
  }

  /// Appends a string in quotes, escaped as JSON demands and no more, to UTF-8 bytes.
  public static func appendQuoted(_ string: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
      case 0x08: output.append(contentsOf: "\\b".utf8)
      case 0x0C: output.append(contentsOf: "\\f".utf8)
      case 0x0A: output.append(contentsOf: "\\n".utf8)
      case 0x0D: output.append(contentsOf: "\\r".utf8)
      case 0x09: output.append(contentsOf: "\\t".utf8)
      case 0..<0x20:
        output.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
        output.append(contentsOf: String(byte, radix: 16).utf8)
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  private struct Writer {
    let indent: Int?
    let sortKeys: Bool
    var output: [UInt8] = []

    init(indent: Int?, sortKeys: Bool) {
      self.indent = indent
      self.sortKeys = sortKeys
    }

    mutating func write(_ value: JSONValue, level: Int) {
      switch value {
      case .null: output.append(contentsOf: "null".utf8)
      case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
      case .number(let value): output.append(contentsOf: value.text.utf8)
      case .string(let value): JSONValue.appendQuoted(value, to: &output)
      case .array(let elements):
        list("[", "]", elements, level: level) { $0.write($1, level: level + 1) }
      case .object(let object):
        let members =
          sortKeys
          ? object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : object.members
        list("{", "}", members, level: level) { writer, member in
          JSONValue.appendQuoted(member.key, to: &writer.output)
          writer.output.append(contentsOf: (writer.indent == nil ? ":" : ": ").utf8)
          writer.write(member.value, level: level + 1)
        }
      }
    }

    private mutating func list<Element>(
      _ open: String, _ close: String, _ elements: [Element], level: Int, _ body: (inout Writer, Element) -> Void
    ) {
      output.append(contentsOf: open.utf8)
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        newline(level: level + 1)
        body(&self, element)
      }
      if !elements.isEmpty { newline(level: level) }
      output.append(contentsOf: close.utf8)
    }

    private mutating func newline(level: Int) {
      guard let indent else { return }
      output.append(0x0A)
      output.append(contentsOf: repeatElement(0x20, count: indent * level))
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(JSONNumber(value)) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object with the members in the order of the literal; of two equal keys the first stays.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { _ = object.append(key, value) }
    self = .object(object)
  }
}
