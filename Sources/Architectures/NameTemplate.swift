/// A tensor name with holes: `"[bert.]encoder.layer.{block}.output.dense.weight"`.
///
/// What stands for something else than itself:
///
/// - `[bert.]` at the front: a prefix that some files have and some lack.
/// - `<model>`: a scope, any text without a slash; what is written there is the layout's choice (`Layout.scopes`).
/// - `{block}`: an index in decimal; `{block:03}` one padded with zeros to three digits.
/// - `{2*block+1}`: a number that follows from an index; `#encoder_block` in such a sum is how many encoder blocks there
///   are, so `{#encoder_block+decoder_block}` counts on after them.
/// - `{_block}`: the suffix by which Keras tells instances apart: nothing for 0, `_1` for 1; sums may follow the
///   underscore too.
///
/// Nothing else is special: there are no patterns and no replacements.
public struct NameTemplate: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  enum Piece: Sendable, Hashable {
    case text(String)
    case scope
    case hole(NameHole)
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

  /// Reads a template; nil if brackets or braces do not match or a hole is malformed.
  public init?(parsing text: String) {
    var bytes = text
    guard let (prefix, pieces) = bytes.withUTF8(NameTemplate.parse) else { return nil }
    description = text
    optionalPrefix = prefix
    self.pieces = pieces
  }

  /// Reads the prefix and the pieces byte by byte: every program start reads hundreds of names, and brackets are ASCII.
  private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> (prefix: String, pieces: [Piece])? {
    func text(_ range: Range<Int>) -> String {
      String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }
    var prefix = ""
    var start = 0
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      prefix = text(1..<end)
      start = end + 1
    }
    var pieces: [Piece] = []
    var position = start
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "<") else {
        guard byte != UInt8(ascii: "}"), byte != UInt8(ascii: ">") else { return nil }
        position += 1
        continue
      }
      let isHole = byte == UInt8(ascii: "{")
      guard let close = bytes[position...].firstIndex(of: isHole ? UInt8(ascii: "}") : UInt8(ascii: ">")) else {
        return nil
      }
      if position > start { pieces.append(.text(text(start..<position))) }
      let inside = text(position + 1..<close)
      if isHole {
        guard let hole = NameHole(parsing: inside[...]) else { return nil }
        pieces.append(.hole(hole))
      } else {
        guard inside == "model" else { return nil }
        pieces.append(.scope)
      }
      start = close + 1
      position = start
    }
    if position > start { pieces.append(.text(text(start..<position))) }
    return pieces.isEmpty ? nil : (prefix, pieces)
  }

  /// Templates are the same if they are written the same.
  public static func == (a: NameTemplate, b: NameTemplate) -> Bool { a.description == b.description }

  /// Hashes the text.
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }

  /// The axes whose indices stand in the name, in order.
  public var holes: [String] {
    pieces.compactMap { if case .hole(let hole) = $0 { hole.axis } else { nil } }
  }

  /// The axes whose sizes stand in the name.
  public var counts: Set<String> {
    Set(pieces.flatMap { piece in if case .hole(let hole) = piece { Array(hole.counts.keys) } else { [String]() } })
  }

  /// Whether there is a scope.
  var hasScope: Bool { pieces.contains(.scope) }

  /// The name with the indices filled in.
  ///
  /// - Parameters:
  ///   - indices: an index for each hole, and a size for each axis that is counted.
  ///   - withPrefix: whether the optional prefix is written.
  ///   - scope: what stands for the scope.
  /// - Returns: the name.
  public func filled(_ indices: [String: Int], withPrefix: Bool = true, scope: String = "model") -> String {
    var name = withPrefix ? optionalPrefix : ""
    for piece in pieces {
      switch piece {
      case .text(let text): name += text
      case .scope: name += scope
      case .hole(let hole): name += hole.text(indices)
      }
    }
    return name
  }

  /// The indices that make this template the given name, or nil if none do.
  ///
  /// - Parameters:
  ///   - name: a stored name; it is compared byte by byte.
  ///   - sizes: sizes of axes that are counted; where they bound an index, it must lie below.
  /// - Returns: an index for each hole, and whether the optional prefix was there.
  public func match(_ name: String, sizes: [String: Int] = [:]) -> (indices: [String: Int], hasPrefix: Bool)? {
    let bytes = Array(name.utf8)
    let prefix = Array(optionalPrefix.utf8)
    if !prefix.isEmpty, bytes.starts(with: prefix), let indices = match(bytes[prefix.count...], sizes) {
      return (indices, true)
    }
    return match(bytes[...], sizes).map { ($0, false) }
  }

  private func match(_ bytes: ArraySlice<UInt8>, _ sizes: [String: Int]) -> [String: Int]? {
    var rest = bytes
    var indices: [String: Int] = [:]
    for piece in pieces {
      switch piece {
      case .text(let text):
        guard rest.starts(with: text.utf8) else { return nil }
        rest = rest.dropFirst(text.utf8.count)
      case .scope:
        let scope = rest.prefix { $0 != UInt8(ascii: "/") }
        guard !scope.isEmpty else { return nil }
        rest = rest.dropFirst(scope.count)
      case .hole(let hole):
        guard let number = hole.number(&rest), let index = hole.index(of: number, sizes) else { return nil }
        guard let axis = hole.axis else { continue }
        if let known = indices[axis], known != index { return nil }
        if let size = sizes[axis], index >= size { return nil }
        indices[axis] = index
      }
    }
    return rest.isEmpty ? indices : nil
  }

  /// The number in the name that a counted axis shifts, and by how much its sum shifts it without the count.
  ///
  /// - Parameters:
  ///   - axis: the counted axis.
  ///   - name: a stored name.
  /// - Returns: the size that the axis has if this is the first of the counted tensors, or nil if the name does not fit.
  func count(of axis: String, inFirst name: String) -> Int? {
    var rest = Array(name.utf8)[...]
    var count: Int?
    for piece in pieces {
      switch piece {
      case .text(let text):
        guard rest.starts(with: text.utf8) else { return nil }
        rest = rest.dropFirst(text.utf8.count)
      case .scope: rest = rest.drop { $0 != UInt8(ascii: "/") }
      case .hole(let hole):
        guard let number = hole.number(&rest) else { return nil }
        if let factor = hole.counts[axis], number >= hole.constant { count = (number - hole.constant) / factor }
      }
    }
    return rest.isEmpty ? count : nil
  }
}
