/// A table of results, written aligned for people, as Markdown, or as CSV.
struct TextTable: Sendable {
  /// The title of a column and the side to which its cells lean.
  struct Column: Sendable {
    enum Alignment: Sendable {
      case left
      case right
    }

    let title: String
    var alignment: Alignment = .left
  }

  let columns: [Column]
  private(set) var rows: [[String]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Appends a row with one cell for each column.
  mutating func append(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row of \(cells.count) cells in a table of \(columns.count) columns")
    rows.append(cells.map { $0.escapingControlCharacters() })
  }

  /// The table with aligned columns, two spaces between them and no spaces at the end of a line.
  func text() -> String {
    let lines = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in lines.reduce(0) { max($0, $1[column].columnCount) } }
    return lines.map { cells in
      var line = ""
      for (index, cell) in cells.enumerated() {
        if index > 0 { line += "  " }
        line += cell.padded(to: widths[index], atFront: columns[index].alignment == .right)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// The table in GitHub's Markdown; characters that Markdown would interpret are escaped.
  func markdown() -> String {
    let rule = columns.map { $0.alignment == .right ? "---:" : "---" }
    return ([columns.map { $0.title.escapingMarkdown() }, rule] + rows.map { $0.map { $0.escapingMarkdown() } })
      .map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

  /// The table as comma-separated values, quoted as RFC 4180 says, lines ending in a line feed.
  ///
  /// Control characters are escaped here too, so that a name cannot steer a terminal; JSON carries names unchanged.
  func csv() -> String {
    ([columns.map(\.title)] + rows).map { $0.map { $0.quotedForCSV() }.joined(separator: ",") + "\n" }.joined()
  }
}

extension String {
  /// The text with the characters that Markdown interprets inside a table cell escaped.
  func escapingMarkdown() -> String {
    reduce(into: "") { text, character in
      if "\\|<*`".contains(character) { text.append("\\") }
      text.append(character)
    }
  }

  /// The text as one CSV field: in quotes if it holds a comma, a quote, a line break or a space at either end.
  func quotedForCSV() -> String {
    let needsQuotes = unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) }
    guard needsQuotes || first == " " || last == " " else { return self }
    return "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
