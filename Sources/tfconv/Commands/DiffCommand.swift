import ModelConversion
import ParityChecks
import StrictJSON

/// `tfconv diff`: everything in which two models differ, whatever their formats and layouts.
enum DiffCommand: Command {
  static let spec = CommandSpec.diff

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let options = ModelArguments(arguments, console)
    let first = try options.open(arguments.required("A"))
    let second = try options.open(arguments.required("B"), option: "to", usesConfig: false)
    try options.refuseIdleKeys(first, second)
    let difference = try ModelDifference(
      options.side(first, beside: second), options.side(second, beside: first, option: "to"),
      isNonFiniteAllowed: options.nonFiniteAllowance([first.checkpoint, second.checkpoint]))
    let text = DiffText(difference, top: arguments.int("top"))
    console.write(arguments.flag("json") ? text.json.text(indent: 2) + "\n" : text.text)
    return text.status
  }
}
