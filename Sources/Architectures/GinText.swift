public import StrictJSON

/// The subset of gin-config that T5's `operative_config.gin` is written in: `name = value`, blocks, macros, comments.
///
/// Source: google/gin-config, `docs/index.md`. Values that are neither numbers, strings nor truth values are kept as text.
public enum GinText {
  /// Reads the bindings into members, macros resolved.
  ///
  /// - Parameter text: the file.
  /// - Returns: a member for each binding; the comment `# tfconv: {…}` becomes the member `tfconv`.
  public static func parse(_ text: String) -> JSONObject {
    var object = JSONObject()
    var block = ""
    for (line, isIndented) in logicalLines(text) {
      if line.hasPrefix("#") {
        let marker = "# \(ConfigDialect.extras): "
        if line.hasPrefix(marker), let json = try? JSONValue(parsing: String(line.dropFirst(marker.count))) {
          object[ConfigDialect.extras] = json
        }
        continue
      }
      if !isIndented { block = "" }
      if line.hasSuffix(":") { block = line.dropLast() + "." }
      guard let equals = line.firstIndex(of: "=") else { continue }
      let name = block + trimmed(line[..<equals])
      let value = trimmed(withoutComment(line[line.index(after: equals)...]))
      object[name] = value.hasPrefix("%") ? object[String(value.dropFirst())] ?? .string(value) : literal(value)
    }
    return object
  }

  /// Writes members as bindings, one per line.
  static func text(_ object: JSONObject) -> String {
    var lines: [String] = []
    for member in object.members {
      if member.key == ConfigDialect.extras {
        lines.insert("# \(ConfigDialect.extras): \(member.value.text())", at: 0)
        continue
      }
      let value =
        switch member.value {
        case .string(let string): string.hasPrefix("[") || string.hasPrefix("(") ? string : "'\(string)'"
        case .bool(let bool): bool ? "True" : "False"
        case .null: "None"
        default: member.value.text()
        }
      lines.append("\(member.key) = \(value)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Lines with those joined that end in a backslash or leave a bracket open, and whether each is indented.
  private static func logicalLines(_ text: String) -> [(text: String, isIndented: Bool)] {
    var lines: [(text: String, isIndented: Bool)] = []
    var open = ""
    var isIndented = false
    for raw in text.split(whereSeparator: \.isNewline) {
      var line = trimmed(raw)
      if open.isEmpty { isIndented = raw.first?.isWhitespace ?? false }
      let continues = line.hasSuffix("\\")
      if continues { line = trimmed(line.dropLast()) }
      open = open.isEmpty ? line : "\(open) \(line)"
      let depth = open.filter { "[(".contains($0) }.count - open.filter { "])".contains($0) }.count
      if continues || (depth > 0 && !open.hasPrefix("#")) { continue }
      lines.append((open, isIndented))
      open = ""
    }
    if !open.isEmpty { lines.append((open, isIndented)) }
    return lines
  }

  /// A value without the comment behind it; a `#` between quotes is none.
  private static func withoutComment(_ text: Substring) -> Substring {
    var quote: Character?
    for index in text.indices {
      switch (quote, text[index]) {
      case (nil, "#"): return text[..<index]
      case (nil, "'"), (nil, "\""): quote = text[index]
      case (let open?, let character) where open == character: quote = nil
      default: continue
      }
    }
    return text
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }

  private static func literal(_ text: String) -> JSONValue {
    switch text {
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "None": return .null
    default: break
    }
    if let first = text.first, first == "'" || first == "\"", text.last == first, text.count >= 2 {
      return .string(String(text.dropFirst().dropLast()))
    }
    if let value = Int(text) { return .number(JSONNumber(value)) }
    if let value = Double(text), value.isFinite { return .number(JSONNumber(value)) }
    // A tuple of names is one word, however its names are quoted.
    return .string(text.first == "(" || text.first == "[" ? String(text.map { $0 == "\"" ? "'" : $0 }) : text)
  }
}
