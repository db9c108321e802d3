import Architectures
import ModelConversion
import ParityChecks
import StrictJSON

/// `tfconv verify MODEL [B] --mutate`, which asks whether the gate would notice.
enum MutationCommand {
  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let options = ModelArguments(arguments, console)
    let name = arguments.required("A")
    let first = try options.open(name)
    let other = try arguments.positional("B").map { try options.open($0, option: "to", usesConfig: false) }
    if let other { try options.refuseIdleKeys(first, other) } else { try options.refuseIdleKeys(first) }
    let model = try first.mapped(options.request(for: first, beside: [other].compactMap { $0 }))
    let second: (name: String, model: MappedModel)? = try other.map { opened in
      var request = try options.request(for: opened, option: "to", beside: [first])
      request.fallback = model.values
      return (opened.name, try opened.mapped(request))
    }
    var parity = ParityOptions()
    parity.seed = UInt64(arguments.int("seed") ?? 1)
    parity.tolerance = ToleranceArguments.tolerance(arguments)
    parity.threads = options.threads
    if let path = arguments.string("inputs") { parity.inputs = try InputFile.read(path) }
    if arguments.flag("table") {
      let (output, rows) = try SensitivityTable.rows(model, options: parity)
      console.write(SensitivityText.markdown(name, output, rows))
      return SensitivityText.status(rows)
    }
    let report = try ModelMutation.run(
      model, second?.model ?? model, name: second.map { "\(name) and \($0.name)" } ?? name,
      atMost: arguments.int("faults") ?? 8, options: parity)
    let text = MutationText(report)
    console.write(arguments.flag("json") ? text.json.text(indent: 2) + "\n" : text.text)
    return ExitStatus(report.verdict)
  }
}
