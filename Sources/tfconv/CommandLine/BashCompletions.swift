/// The completion script for bash.
enum BashCompletions {
  /// A function with one `case` per command for the options, and one per option with a fixed set of values.
  static func script(_ commands: [CommandSpec]) -> String {
    let names = commands.map(\.name).joined(separator: " ")
    return """
      # bash completion for tfconv; load it with: source <(tfconv completions bash)
      _tfconv() {
        local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}"
        if [[ $current == "=" ]]; then
          current=""
        elif [[ $previous == "=" ]]; then
          previous="${COMP_WORDS[COMP_CWORD-2]}"
        fi
        if [[ $COMP_CWORD -eq 1 ]]; then
          COMPREPLY=($(compgen -W "\(names) --help --version" -- "$current"))
          return
        fi
        COMPREPLY=()
        case "$command $previous" in
      \(commands.map { values($0, commands) }.joined())  esac
        if [[ $current == -* ]]; then
          case "$command" in
      \(commands.map(options).joined())    esac
          return
        fi
        case "$command" in
      \(commands.map { positionals($0, commands) }.joined())    *) compopt -o default ;;
        esac
      }
      complete -F _tfconv tfconv

      """
  }

  private static func options(_ spec: CommandSpec) -> String {
    let names = spec.options.flatMap { ($0.short.map { ["-\($0)"] } ?? []) + ["--\($0.long)"] } + ["--help"]
    return "      \(spec.name)) COMPREPLY=($(compgen -W \"\(names.joined(separator: " "))\" -- \"$current\")) ;;\n"
  }

  private static func values(_ spec: CommandSpec, _ commands: [CommandSpec]) -> String {
    spec.options.filter { if case .required = $0.argument { true } else { false } }.map { option in
      let names = (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.long)"]
      let pattern = names.map { "\"\(spec.name) \($0)\"" }.joined(separator: " | ")
      let action =
        if let words = option.kind.words(commands) {
          "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\"))"
        } else {
          option.kind.isPath ? "compopt -o default" : ":"
        }
      return "    \(pattern)) \(action); return ;;\n"
    }.joined()
  }

  private static func positionals(_ spec: CommandSpec, _ commands: [CommandSpec]) -> String {
    guard let words = spec.positionals.compactMap({ $0.kind.words(commands) }).first else { return "" }
    return "    \(spec.name)) COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\")) ;;\n"
  }
}
