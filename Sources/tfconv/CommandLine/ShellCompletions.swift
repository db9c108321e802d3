/// The shells for which completions can be made.
enum Shell: String, CaseIterable, Sendable {
  case bash
  case zsh
  case fish

  /// The completion script for the commands, made from their tables.
  func completions(for commands: [CommandSpec]) -> String {
    switch self {
    case .bash: BashCompletions.script(commands)
    case .zsh: ZshCompletions.script(commands)
    case .fish: FishCompletions.script(commands)
    }
  }
}

extension ValueKind {
  /// The words that can be offered for a value, or nil if there is no fixed set.
  func words(_ commands: [CommandSpec]) -> [String]? {
    switch self {
    case .choice(let values): values
    case .command: commands.map(\.name)
    default: nil
    }
  }

  /// Whether paths are offered for a value.
  var isPath: Bool { if case .file = self { true } else { false } }
}
