/// The completion script for fish.
enum FishCompletions {
  /// One `complete` line for each command and each option.
  static func script(_ commands: [CommandSpec]) -> String {
    var lines = [
      "# fish completion for tfconv; write it to ~/.config/fish/completions/tfconv.fish",
      "complete -c tfconv -n __fish_use_subcommand -f",
      "complete -c tfconv -n __fish_use_subcommand -l version -d 'print the version'",
      "complete -c tfconv -l help -s h -d 'print help'",
    ]
    for spec in commands {
      lines.append("complete -c tfconv -n __fish_use_subcommand -a \(spec.name) -d \(literal(spec.summary))")
      let condition = "-n '__fish_seen_subcommand_from \(spec.name)'"
      for option in spec.options {
        lines.append("complete -c tfconv \(condition) \(self.option(option, commands))")
      }
      if let words = spec.positionals.compactMap({ $0.kind.words(commands) }).first {
        lines.append("complete -c tfconv \(condition) -f -a \(literal(words.joined(separator: " ")))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func option(_ option: OptionSpec, _ commands: [CommandSpec]) -> String {
    var parts = ["-l \(option.long)"]
    if let short = option.short { parts.append("-s \(short)") }
    if case .required = option.argument {
      if let words = option.kind.words(commands) {
        parts.append("-x -a \(literal(words.joined(separator: " ")))")
      } else {
        parts.append(option.kind.isPath ? "-r -F" : "-x")
      }
    }
    return (parts + ["-d \(literal(option.summary))"]).joined(separator: " ")
  }

  private static func literal(_ text: String) -> String {
    "'"
      + text.reduce(into: "") { text, character in
        if "'\\".contains(character) { text.append("\\") }
        text.append(character)
      } + "'"
  }
}
