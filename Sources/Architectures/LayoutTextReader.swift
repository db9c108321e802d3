import TensorData

/// Reads a layout's text: a new layout, one that differs from a known one in some rows (`layout gpt2.own like gpt2.hf`),
/// or rows that replace and extend those of a known one.
///
/// Errors name line and column.
public struct LayoutTextReader {
  /// A layout that a user wrote or changed.
  public struct Result: Sendable {
    /// The architecture that it stores.
    public let architecture: any Architecture.Type
    /// The layout, complete.
    public let layout: Layout
  }

  private struct Token {
    let text: String
    let column: Int
  }

  private let file: String
  private var architecture: (any Architecture.Type)?
  private var name = ""
  private var base: Layout?
  private var source: String?
  private var config: ConfigDialect?
  private var tied: TiedPolicy?
  private var prefixedBy: Set<String>??
  private var scopes: [String: String] = [:]
  private var rows: [LayoutRow] = []
  private var accounted: [AccountedTensor] = []
  private var line = 0

  /// Reads a text.
  ///
  /// - Parameters:
  ///   - text: what `Layout.text` prints, as a user may have edited it; `#` begins a comment.
  ///   - file: the file's name, for errors.
  /// - Returns: the layout. Rows that the text does not have are those of the known layout of that name, or of the
  ///   one after `like`.
  /// - Throws: `LayoutError` with line, column and what was expected.
  public static func read(_ text: String, file: String) throws(LayoutError) -> Result {
    var reader = LayoutTextReader(file: file)
    for raw in text.split(separator: "\n", omittingEmptySubsequences: false) {
      reader.line += 1
      let tokens = LayoutTextReader.tokens(raw)
      if !tokens.isEmpty { try reader.read(tokens, of: String(raw)) }
    }
    return try reader.result()
  }

  private init(file: String) { self.file = file }

  private static func tokens(_ line: Substring) -> [Token] {
    var tokens: [Token] = []
    var word = ""
    var start = 0
    for (index, character) in line.enumerated() {
      if character == "#" && word.isEmpty { break }
      if character.isWhitespace {
        if !word.isEmpty { tokens.append(Token(text: word, column: start + 1)) }
        word = ""
      } else {
        if word.isEmpty { start = index }
        word.append(character)
      }
    }
    if !word.isEmpty { tokens.append(Token(text: word, column: start + 1)) }
    return tokens
  }

  private func failure(_ column: Int, _ message: String, hint: String? = nil) -> LayoutError {
    LayoutError(.contradiction, "\(file):\(line):\(column): \(message)", hint: hint)
  }

  private mutating func read(_ tokens: [Token], of line: String) throws(LayoutError) {
    switch tokens[0].text {
    case "layout": try readName(tokens)
    case "source": source = tokens.dropFirst().map(\.text).joined(separator: " ")
    case "config": try readConfig(tokens)
    case "tied":
      guard tokens.count == 2, let policy = TiedPolicy(rawValue: tokens[1].text) else {
        throw failure(tokens[0].column, "expected tied keep, tied drop or tied materialize")
      }
      tied = policy
    case "prefix":
      guard tokens.count >= 2, ["always", "with"].contains(tokens[1].text) else {
        throw failure(tokens[0].column, "expected prefix always, or prefix with PART ...")
      }
      prefixedBy = .some(tokens[1].text == "always" ? nil : Set(tokens.dropFirst(2).map(\.text)))
    case "scope":
      guard tokens.count == 4, tokens[2].text == "=" else {
        throw failure(tokens[0].column, "expected scope TASK = NAME")
      }
      scopes[tokens[1].text] = tokens[3].text
    case "alias", "copy": try extendRow(tokens)
    case "ignore": try readIgnored(tokens)
    default: try readRow(tokens)
    }
  }

  private mutating func readName(_ tokens: [Token]) throws(LayoutError) {
    guard architecture == nil else {
      throw failure(tokens[0].column, "a second layout; the rows above are those of \(name)", hint: "give it a file")
    }
    let isWhole = tokens.count == 2 || tokens.count == 4 && tokens[2].text == "like"
    let parts = isWhole ? tokens[1].text.split(separator: ".", maxSplits: 1).map(String.init) : []
    guard parts.count == 2 else {
      throw failure(tokens[0].column, "expected layout ARCHITECTURE.NAME, or layout ARCHITECTURE.NAME like LAYOUT")
    }
    guard let type = ArchitectureRegistry.named(parts[0]) else {
      throw failure(
        tokens[1].column, "there is no architecture \(parts[0])",
        hint: "known: \(ArchitectureRegistry.all.map { $0.name }.joined(separator: ", "))")
    }
    architecture = type
    name = parts[1]
    base = type.layout(named: name)
    guard tokens.count == 4 else { return }
    let model = tokens[3].text
    base = type.layout(named: model.hasPrefix("\(type.name).") ? String(model.dropFirst(type.name.count + 1)) : model)
    guard base != nil else {
      throw failure(
        tokens[3].column, "\(type.name) has no layout \(model)",
        hint: "known: \(type.layouts.map { "\(type.name).\($0.name)" }.joined(separator: ", "))")
    }
  }

  private mutating func readConfig(_ tokens: [Token]) throws(LayoutError) {
    guard let architecture, tokens.count == 2 else {
      throw failure(tokens[0].column, "expected config FILE, after the line that names the layout")
    }
    let dialects = architecture.layouts.map(\.config)
    guard
      let found = base?.config.fileName == tokens[1].text
        ? base?.config : dialects.first(where: { $0.fileName == tokens[1].text })
    else {
      throw failure(
        tokens[1].column, "no layout of \(architecture.name) has a configuration file \(tokens[1].text)",
        hint: "there are \(Set(dialects.map(\.fileName)).sorted().joined(separator: ", "))")
    }
    config = found
  }

  private func template(_ token: Token) throws(LayoutError) -> NameTemplate {
    guard let template = NameTemplate(parsing: token.text) else {
      throw failure(
        token.column, "\(token.text) is no name: its brackets or braces do not match, or a hole is malformed")
    }
    return template
  }

  private mutating func readRow(_ tokens: [Token]) throws(LayoutError) {
    guard let architecture else {
      throw failure(tokens[0].column, "a row stands before the line that names the layout: layout ARCHITECTURE.NAME")
    }
    guard tokens.count >= 5, tokens[1].text == "=", tokens[3].text == ":" else {
      throw failure(tokens[0].column, "expected PARAMETER = NAME : AXES")
    }
    let canonical = try template(tokens[0])
    guard let parameter = architecture.parameters.first(where: { $0.name == canonical }) else {
      let near = NearestName.of(tokens[0].text, among: architecture.parameters.map(\.name.description))
      throw failure(
        tokens[0].column, "\(architecture.name) has no parameter \(tokens[0].text)",
        hint: near.map { "did you mean \($0)?" })
    }
    let end = tokens.firstIndex { ["at", "repeated", "absent"].contains($0.text) } ?? tokens.count
    let axisText = tokens[4..<max(end, 4)].map(\.text).joined(separator: " ")
    guard end > 4, let axes = Axes(parsing: axisText) else {
      throw failure(
        tokens[4].column, "\(axisText) are no axes: names, with parentheses around those that share a dimension")
    }
    let (at, repeated, absence) = try options(tokens[end...])
    let row = LayoutRow(canonical, try template(tokens[2]), axes, at: at, repeated: repeated, absence: absence)
    try check(row, parameter, column: tokens[4].column)
    rows.removeAll { $0.canonical == canonical }
    rows.append(row)
  }

  private func options(
    _ tokens: ArraySlice<Token>
  ) throws(LayoutError) -> (at: [String: Int], repeated: String?, absence: Absence?) {
    var at: [String: Int] = [:]
    var repeated: String?
    var absence: Absence?
    var rest = tokens
    while let keyword = rest.popFirst() {
      guard let value = rest.popFirst() else { throw failure(keyword.column, "\(keyword.text) needs a value") }
      if keyword.text == "repeated" {
        repeated = value.text
        continue
      }
      let parts = value.text.split(separator: "=")
      if keyword.text == "absent", parts.count == 2, let constant = Double(parts[1]), constant.isFinite {
        absence = Absence(String(parts[0]), value: constant)
        continue
      }
      guard keyword.text == "at", parts.count == 2, let position = Int(parts[1]), position >= 0 else {
        throw failure(keyword.column, "expected at AXIS=POSITION, repeated AXIS or absent SETTING=VALUE")
      }
      at[String(parts[0])] = position
    }
    return (at, repeated, absence)
  }

  /// Checks that a row has exactly the axes of its parameter, beside those that it fixes, stacks or repeats.
  private func check(_ row: LayoutRow, _ parameter: Parameter, column: Int) throws(LayoutError) {
    let free = row.axes.names.filter { row.at[$0] == nil && $0 != row.repeated && !row.stacked.contains($0) }
    guard Set(free) == Set(parameter.axes), free.count == parameter.axes.count else {
      throw failure(
        column, "the axes are \(row.axes), but \(parameter.name) has \(parameter.axes.joined(separator: " "))",
        hint: "each axis stands once; a fused axis is fixed with at AXIS=POSITION")
    }
  }

  private mutating func extendRow(_ tokens: [Token]) throws(LayoutError) {
    guard let last = rows.popLast() else {
      throw failure(tokens[0].column, "\(tokens[0].text) belongs below the row that it extends")
    }
    let isWritten = tokens.count > 2 && tokens[1].text == "written"
    guard let name = tokens.dropFirst(isWritten ? 2 : 1).first else {
      throw failure(tokens[0].column, "expected \(tokens[0].text) NAME")
    }
    var aliases = Array(last.names.dropFirst())
    var copies = last.copies
    if tokens[0].text == "alias" {
      aliases.append(try template(name))
    } else {
      let part = tokens.count >= 2 && tokens[tokens.count - 2].text == "in" ? tokens.last?.text : nil
      let copied = try template(name)
      copies.append(isWritten ? LayoutCopy(written: copied, part: part) : LayoutCopy(stringLiteral: copied.description))
    }
    rows.append(
      LayoutRow(
        last.canonical, last.names[0], last.axes, at: last.at, repeated: last.repeated, aliases: aliases,
        copies: copies,
        absence: last.absence))
  }

  private mutating func readIgnored(_ tokens: [Token]) throws(LayoutError) {
    let words = tokens.map(\.text)
    guard let holds = words.firstIndex(of: "holds"), let because = words.firstIndex(of: "because"),
      holds + 1 < because, (2...3).contains(holds), let value = KnownValue(text: words[holds + 1])
    else {
      throw failure(
        tokens[0].column, "expected ignore [beginning|ending] NAME holds VALUE because REASON",
        hint: "values: range, lower_triangle, constant=NUMBER, anything")
    }
    let name = try template(tokens[holds - 1])
    let reason = words[(because + 1)...].joined(separator: " ")
    if holds == 3 {
      guard let extent = AccountedTensor.Extent(rawValue: words[1]), extent != .whole else {
        throw failure(tokens[1].column, "expected beginning or ending, found \(words[1])")
      }
      accounted.append(
        extent == .ending ? AccountedTensor(suffix: name, reason) : AccountedTensor(prefix: name, reason))
      return
    }
    var form: (dtype: DType, axes: Axes)?
    if holds + 2 < because {
      guard words[holds + 2] == "written", holds + 5 < because, words[holds + 4] == ":",
        let dtype = DType(rawValue: words[holds + 3]),
        let axes = Axes(parsing: words[(holds + 5)..<because].joined(separator: " "))
      else { throw failure(tokens[holds + 2].column, "expected written DTYPE : AXES") }
      form = (dtype, axes)
    }
    accounted.append(AccountedTensor(name, reason, value: value, written: form))
  }

  private func result() throws(LayoutError) -> Result {
    guard let architecture else {
      throw LayoutError(
        .contradiction, "\(file) names no layout", hint: "its first line is: layout ARCHITECTURE.NAME")
    }
    let given = Set(rows.map(\.canonical))
    let ignored = Set(accounted.map(\.name))
    let model = base ?? architecture.layouts[0]
    let prefixed: Set<String>? = if let prefixedBy { prefixedBy } else { base.map { $0.prefixedBy } ?? [] }
    let layout = Layout(
      name, source: source ?? base?.source ?? file, config: config ?? model.config,
      prefixedBy: prefixed, scopes: (base?.scopes ?? [:]).merging(scopes) { $1 },
      tied: tied ?? base?.tied ?? .drop,
      accounted: (base?.accounted ?? []).filter { !ignored.contains($0.name) } + accounted,
      rows: (base?.rows ?? []).filter { !given.contains($0.canonical) } + rows)
    return Result(architecture: architecture, layout: layout)
  }
}
