/// Text from files made fit for a terminal: colour, widths, and control characters shown rather than obeyed.
struct TextStyle: Sendable {
  /// Whether escape sequences are written.
  let isEnabled: Bool

  func red(_ text: String) -> String { wrapped(text, "31;1") }
  func yellow(_ text: String) -> String { wrapped(text, "33;1") }
  func bold(_ text: String) -> String { wrapped(text, "1") }

  private func wrapped(_ text: String, _ code: String) -> String {
    isEnabled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

extension String {
  /// The text with control characters (C0, DEL, C1), line separators and bidirectional overrides written as escapes
  /// such as `\n` and `\u{1b}`, so that a name from a file cannot steer the terminal or break a line; in a GitHub
  /// workflow it cannot give the runner commands either.
  func escapingControlCharacters() -> String {
    let text = escapingScalars()
    return GitHubActions.isRunning ? text.escapingWorkflowCommands() : text
  }

  private func escapingScalars() -> String {
    guard unicodeScalars.contains(where: \.needsEscape) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.needsEscape: text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The number of columns that a table reserves: one for each Unicode scalar.
  var columnCount: Int { unicodeScalars.count }

  /// The text filled with spaces to `width` columns.
  func padded(to width: Int, atFront: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - columnCount))
    return atFront ? space + self : self + space
  }

  /// The words of the text in lines of at most `width` columns; a longer word has a line to itself.
  func wrapped(width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ") {
      if !line.isEmpty, line.columnCount + 1 + String(word).columnCount > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }
}

extension Unicode.Scalar {
  fileprivate var needsEscape: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
