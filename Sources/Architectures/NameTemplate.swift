/// A tensor name with holes: `"[bert.]encoder.layer.{block}.output.dense.weight"`.
///
/// `{axis}` stands for an index in decimal, `{axis:03}` for one padded with zeros to three digits. Square brackets hold a
/// prefix that some files have and some lack. Nothing else is special: there are no patterns and no replacements.
public struct NameTemplate: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  enum Piece: Sendable, Hashable {
    case text(String)
    case hole(axis: String, width: Int)
  }

  /// The text, as it was written.
  public let description: String
  /// The prefix that may be absent; empty if there is none.
  public let optionalPrefix: String
  let pieces: [Piece]

  /// Reads the text of a literal; traps if it is malformed, because a literal is the programmer's.
  public init(stringLiteral text: String) {
    guard let template = NameTemplate(parsing: text) else { preconditionFailure("malformed name: \(text)") }
    self = template
  }

  /// Reads a template; nil if brackets or braces do not match or a width is not a number.
  public init?(parsing text: String) {
    var rest = text[...]
    var prefix = ""
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      prefix = String(rest[rest.index(after: rest.startIndex)..<end])
      rest = rest[rest.index(after: end)...]
    }
    var pieces: [Piece] = []
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else { return nil }
      if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
      let parts = rest[rest.index(after: open)..<close].split(separator: ":", omittingEmptySubsequences: false)
      guard let axis = parts.first, !axis.isEmpty, parts.count <= 2 else { return nil }
      guard let width = parts.count == 2 ? Int(parts[1]) : 0 else { return nil }
      pieces.append(.hole(axis: String(axis), width: width))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    guard !pieces.isEmpty, !rest.contains("}") else { return nil }
    description = text
    optionalPrefix = prefix
    self.pieces = pieces
  }

  /// The axes whose indices stand in the name, in order.
  public var holes: [String] {
    pieces.compactMap { if case .hole(let axis, _) = $0 { axis } else { nil } }
  }

  /// The name with the indices filled in.
  ///
  /// - Parameters:
  ///   - indices: an index for each hole.
  ///   - withPrefix: whether the optional prefix is written.
  /// - Returns: the name.
  public func filled(_ indices: [String: Int], withPrefix: Bool = true) -> String {
    var name = withPrefix ? optionalPrefix : ""
    for piece in pieces {
      switch piece {
      case .text(let text): name += text
      case .hole(let axis, let width):
        let digits = String(indices[axis] ?? 0)
        name += String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
      }
    }
    return name
  }

  /// The indices that make this template the given name, or nil if none do.
  ///
  /// - Parameter name: a stored name; it is compared byte by byte.
  /// - Returns: an index for each hole, and whether the optional prefix was there.
  public func match(_ name: String) -> (indices: [String: Int], hasPrefix: Bool)? {
    let bytes = Array(name.utf8)
    let prefix = Array(optionalPrefix.utf8)
    if !prefix.isEmpty, bytes.starts(with: prefix), let indices = match(bytes[prefix.count...]) {
      return (indices, true)
    }
    return match(bytes[...]).map { ($0, false) }
  }

  private func match(_ bytes: ArraySlice<UInt8>) -> [String: Int]? {
    var rest = bytes
    var indices: [String: Int] = [:]
    for piece in pieces {
      switch piece {
      case .text(let text):
        guard rest.starts(with: text.utf8) else { return nil }
        rest = rest.dropFirst(text.utf8.count)
      case .hole(let axis, let width):
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard digits.count >= max(width, 1), digits.count <= 9 else { return nil }
        guard digits.count == max(width, 1) || digits.first != UInt8(ascii: "0") else { return nil }
        let index = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        if let known = indices[axis], known != index { return nil }
        indices[axis] = index
        rest = rest.dropFirst(digits.count)
      }
    }
    return rest.isEmpty ? indices : nil
  }

  /// The texts under which an index of templates finds this one: the name with every run of digits made a `#`,
  /// with and without the optional prefix.
  var skeletons: [String] {
    var body = ""
    for piece in pieces {
      switch piece {
      case .text(let text): body += NameTemplate.skeleton(of: text)
      case .hole: body += "#"
      }
    }
    return optionalPrefix.isEmpty ? [body] : [body, NameTemplate.skeleton(of: optionalPrefix) + body]
  }

  /// A name with every run of digits made a `#`.
  static func skeleton(of name: String) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(name.utf8.count)
    for byte in name.utf8 {
      if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        if result.last != UInt8(ascii: "#") { result.append(UInt8(ascii: "#")) }
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
