/// `tfconv help`: the same texts as `--help`, and the reference as Markdown.
enum HelpCommand: Command {
  static let spec = CommandSpec(
    name: "help",
    summary: "explain a command, or list all of them",
    discussion: [],
    positionals: [
      PositionalSpec(name: "COMMAND", arity: .optional, kind: .command, summary: "the command to explain")
    ],
    options: [
      .flag("markdown", "print the reference of all commands as Markdown")
    ],
    exitCodes: [.success, .usage],
    check: { arguments in
      arguments.flag("markdown") && arguments.positional("COMMAND") != nil
        ? "--markdown prints all commands and takes no COMMAND" : nil
    })

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let specs = registeredCommands.map { $0.spec }
    if arguments.flag("markdown") {
      console.write(MarkdownReference.text(specs))
      return .success
    }
    let help = HelpText(width: console.outputTerminal.width)
    guard let name = arguments.positional("COMMAND") else {
      console.write(help.program(specs))
      return .success
    }
    guard let spec = specs.first(where: { $0.name == name }) else {
      throw CommandFailure.unknownCommand(name, among: specs)
    }
    console.write(help.command(spec))
    return .success
  }
}
