/// The completion script for zsh.
enum ZshCompletions {
  /// A `#compdef` function that hands each command's options to `_arguments`.
  static func script(_ commands: [CommandSpec]) -> String {
    let described = commands.map { "    \(literal("\($0.name):\($0.summary)"))\n" }.joined()
    return """
      #compdef tfconv
      # zsh completion for tfconv; write it to a folder of $fpath as _tfconv: tfconv completions zsh > _tfconv
      _tfconv() {
        local -a commands
        commands=(
      \(described)  )
        if (( CURRENT == 2 )); then
          _describe command commands
          _arguments '--help[print help]' '--version[print the version]'
          return
        fi
        local command=$words[2]
        shift words
        (( CURRENT-- ))
        case $command in
      \(commands.map { cases($0, commands) }.joined())  esac
      }
      if [[ $funcstack[1] == _tfconv ]]; then
        _tfconv "$@"
      else
        compdef _tfconv tfconv
      fi

      """
  }

  private static func cases(_ spec: CommandSpec, _ commands: [CommandSpec]) -> String {
    var lines = spec.options.flatMap { option($0, commands) } + [literal("--help[print help]")]
    for (index, positional) in spec.positionals.enumerated() {
      let optional = positional.arity == .one ? "" : ":"
      lines.append(literal("\(index + 1):\(optional)\(positional.name):\(action(positional.kind, commands))"))
    }
    return "    \(spec.name))\n      _arguments \\\n        " + lines.joined(separator: " \\\n        ")
      + "\n      ;;\n"
  }

  private static func option(_ option: OptionSpec, _ commands: [CommandSpec]) -> [String] {
    let names = (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.long)"]
    let exclusion = option.isRepeatable ? "*" : "(\(names.joined(separator: " ")))"
    return names.map { name in
      let argument =
        switch option.argument {
        case .none: ""
        case .required(let placeholder): ":\(placeholder):\(action(option.kind, commands))"
        case .optional(let placeholder, _): "::\(placeholder):\(action(option.kind, commands))"
        }
      let joint =
        switch option.argument {
        case .none: ""
        case .required: name.hasPrefix("--") ? "=" : ""
        case .optional: "=-"
        }
      return literal("\(exclusion)\(name)\(joint)[\(escaped(option.summary))]\(argument)")
    }
  }

  private static func action(_ kind: ValueKind, _ commands: [CommandSpec]) -> String {
    if let words = kind.words(commands) { return "(\(words.joined(separator: " ")))" }
    return kind.isPath ? "_files" : " "
  }

  /// Brackets and colons would end a description.
  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { text, character in
      if "[]:\\".contains(character) { text.append("\\") }
      text.append(character)
    }
  }

  private static func literal(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
