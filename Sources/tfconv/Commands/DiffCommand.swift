import ModelConversion
import ParityChecks
import StrictJSON

/// `tfconv diff`: the weights in which two models differ, whatever their formats and layouts.
enum DiffCommand: Command {
  static let spec = CommandSpec.diff

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let options = ModelArguments(arguments)
    let first = try options.open(arguments.required("A"))
    let second = try options.open(arguments.required("B"), option: "to", usesConfig: false)
    var parity = ParityOptions()
    parity.weightsOnly = true
    let report = try ParityCheck.compare(
      options.side(first), options.side(second, option: "to"), options: parity)
    let text = ParityText(report)
    console.write(arguments.flag("json") ? json(text).text(indent: 2) + "\n" : text.differences)
    return text.status
  }

  /// The report, schema `tfconv.diff/1`: what `verify` says of the weights.
  private static func json(_ text: ParityText) -> JSONValue {
    let comparison = text.json
    var object = JSONObject()
    object["schema"] = .string(ReportSchema.diff.identifier)
    object["tool"] = comparison["tool"]
    object["exit_code"] = comparison["exit_code"]
    object["identical"] = .bool(text.status == .success)
    for member in ["a", "b", "weights", "notes"] { object[member] = comparison[member] }
    return .object(object)
  }
}
