/// `tfconv completions`: scripts that complete commands, options and values in a shell.
enum CompletionsCommand: Command {
  static let spec = CommandSpec(
    name: "completions",
    summary: "print the completion script of a shell",
    discussion: [
      "bash: add 'source <(tfconv completions bash)' to ~/.bashrc. zsh: write the script as _tfconv to a folder of "
        + "$fpath. fish: write it to ~/.config/fish/completions/tfconv.fish."
    ],
    positionals: [
      PositionalSpec(name: "SHELL", kind: .choice(Shell.allCases.map(\.rawValue)), summary: "the shell")
    ],
    exitCodes: [.success, .usage])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    guard let shell = Shell(rawValue: arguments.required("SHELL")) else {
      preconditionFailure("the table admits only known shells")
    }
    console.write(shell.completions(for: registeredCommands.map { $0.spec }))
    return .success
  }
}
