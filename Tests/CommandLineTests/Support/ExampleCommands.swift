@testable import tfconv

/// The tables of all commands.
let everySpec: [CommandSpec] = registeredCommands.map { $0.spec }

/// A command that fails as its argument says.
enum FailingCommand: Command {
  struct Unexpected: Error {}
  struct Known: CommandFailureConvertible {
    var commandFailure: CommandFailure {
      CommandFailure(
        status: .cannotConvert, message: "1 tensor has no place", details: ["evil\u{1B}[2J"], hint: "leave it out",
        outcome: "nothing was written")
    }
  }

  static let spec = CommandSpec(
    name: "fail", summary: "fail", discussion: [], positionals: [PositionalSpec(name: "HOW", summary: "how")],
    options: [.json, .value("format", "F", .choice(["table", "json"]), "form")] + .general,
    exitCodes: ExitStatus.allCases)

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    switch arguments.required("HOW") {
    case "known": throw Known()
    case "unexpected": throw Unexpected()
    case "check":
      console.print("report")
      console.note("a note")
      console.warn("a warning")
      return .checkFailed
    default: return .success
    }
  }
}
