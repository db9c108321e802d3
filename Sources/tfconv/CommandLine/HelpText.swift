/// The help of the program and of its commands as plain text, wrapped to a width.
struct HelpText {
  let width: Int

  /// - Parameter width: columns available; lines are kept between 60 and 100 columns for legibility.
  init(width: Int) {
    self.width = min(max(width, 60), 100)
  }

  /// What `tfconv --help` prints.
  func program(_ commands: [CommandSpec]) -> String {
    var text = paragraph(
      "tfconv converts transformer weights between file formats and layouts, shows what is in them, and proves that "
        + "a converted model still computes the same function.")
    text += "\nUsage: tfconv COMMAND [arguments]\n       tfconv COMMAND --help\n       tfconv --version\n"
    text += "\nCommands:\n" + rows(commands.map { ($0.name, $0.summary) })
    text += "\nExit codes:\n" + rows(ExitStatus.allCases.map { (String($0.rawValue), $0.meaning) })
    return text
  }

  /// What `tfconv COMMAND --help` prints.
  func command(_ spec: CommandSpec) -> String {
    var text = paragraph("tfconv \(spec.name): \(spec.summary)") + "\n"
    for (index, usage) in spec.usageLines.enumerated() {
      text += hanging(first: index == 0 ? "Usage: " : "       ", then: "         ", usage)
    }
    for part in spec.discussion { text += "\n" + paragraph(part) }
    if !spec.positionals.isEmpty {
      text += "\nArguments:\n" + rows(spec.positionals.map { ($0.usage, $0.description) })
    }
    for group in OptionSpec.Group.allCases {
      var options = spec.options.filter { $0.group == group }.map { (self.indented($0), $0.description) }
      if group == .general { options.append(("-h, --help", "print this help")) }
      if !options.isEmpty { text += "\n\(group.rawValue):\n" + rows(options) }
    }
    if !spec.examples.isEmpty {
      text += "\nExamples:\n"
      for example in spec.examples {
        text += "  \(example.command)\n" + hanging(first: "      ", then: "      ", example.summary)
      }
    }
    text += "\nExit codes:\n" + rows(spec.exitCodes.map { (String($0.rawValue), $0.meaning) })
    return text
  }

  private func indented(_ option: OptionSpec) -> String {
    option.short == nil ? "    " + option.usage : option.usage
  }

  private func paragraph(_ text: String) -> String {
    hanging(first: "", then: "", text)
  }

  private func hanging(first: String, then: String, _ text: String) -> String {
    text.wrapped(width: width - then.count).enumerated()
      .map { ($0 == 0 ? first : then) + $1 + "\n" }.joined()
  }

  /// Two columns: names, and texts wrapped beside them; a name too long for its column stands on a line of its own.
  private func rows(_ rows: [(name: String, text: String)]) -> String {
    let column = min(rows.reduce(0) { max($0, $1.name.count) }, 28) + 4
    return rows.map { name, text in
      let indent = String(repeating: " ", count: column)
      let lines = text.wrapped(width: width - column)
      let isLong = name.count + 4 > column
      let head = isLong ? "  \(name)\n" : ("  " + name).padded(to: column) + (lines.first ?? "") + "\n"
      return head + lines.dropFirst(isLong ? 0 : 1).map { indent + $0 + "\n" }.joined()
    }.joined()
  }
}

extension CommandSpec {
  /// The usage lines, each beginning with the program's name.
  var usageLines: [String] {
    let tails =
      usages.isEmpty
      ? [(positionals.map(\.usage) + (options.isEmpty ? [] : ["[options]"])).joined(separator: " ")] : usages
    return tails.map { "tfconv \(name) \($0)" }
  }
}

extension PositionalSpec {
  /// The summary with the allowed values, as help and reference show it.
  var description: String {
    if case .choice(let values) = kind { "\(summary) (one of \(values.joined(separator: ", ")))" } else { summary }
  }
}
