/// The reference of all commands as Markdown: the text of `docs/CLI.md`.
enum MarkdownReference {
  /// Renders the commands in the order of the table.
  static func text(_ commands: [CommandSpec]) -> String {
    var text =
      "# The command line\n\nMade from the tables in `Sources/tfconv` by `tfconv help --markdown`; a test keeps it current.\n\n"
    text += "| command | |\n| --- | --- |\n"
    for spec in commands { text += "| [`\(spec.name)`](#tfconv-\(spec.name)) | \(cell(spec.summary)) |\n" }
    text += """

      Options may stand before or after the arguments, as `--option value`, `--option=value` or `-o value`. After `--`
      every word is an argument. `tfconv COMMAND --help` prints what stands below; `tfconv --version` the version.
      Results go to standard output, progress and errors to standard error; colour appears only on a terminal and never
      when `NO_COLOR` is set.

      ## Exit codes

      | code | meaning |
      | ---: | --- |

      """
    for status in ExitStatus.allCases { text += "| \(status.rawValue) | \(cell(status.meaning)) |\n" }
    return text + commands.map(section).joined()
  }

  private static func section(_ spec: CommandSpec) -> String {
    var text = "\n## tfconv \(spec.name)\n\n\(sentence(spec.summary))\n\n```text\n"
    text += spec.usageLines.map { $0 + "\n" }.joined() + "```\n"
    for part in spec.discussion { text += "\n" + part.wrapped(width: 120).joined(separator: "\n") + "\n" }
    if !spec.positionals.isEmpty {
      text += table("argument", spec.positionals.map { ($0.usage, $0.description) })
    }
    for group in OptionSpec.Group.allCases {
      let options = spec.options.filter { $0.group == group }
      if options.isEmpty { continue }
      text += "\n\(group.rawValue):\n" + table("option", options.map { ($0.usage, $0.description) })
    }
    if !spec.examples.isEmpty {
      text += "\n```sh\n" + spec.examples.map { "\($0.command)   # \($0.summary)\n" }.joined() + "```\n"
    }
    let codes = spec.exitCodes.map { String($0.rawValue) }.joined(separator: ", ")
    return text + "\nExit codes: \(codes).\n"
  }

  private static func table(_ title: String, _ rows: [(name: String, text: String)]) -> String {
    "\n| \(title) | |\n| --- | --- |\n" + rows.map { "| `\($0.name)` | \(cell($0.text)) |\n" }.joined()
  }

  private static func cell(_ text: String) -> String { text.escapingMarkdown() }

  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + "."
  }
}
