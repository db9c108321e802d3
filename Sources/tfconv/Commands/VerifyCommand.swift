import Architectures
import ModelConversion
import ParityChecks
import StrictJSON
import WeightFiles

/// The gate `tfconv verify`, whose exit code is 0 only if something was compared and all of it agrees.
enum VerifyCommand: Command {
  static let spec = CommandSpec.verify

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    do {
      if arguments.flag("probe") { return try ProbeCommand.run(arguments, console) }
      if arguments.flag("mutate") { return try MutationCommand.run(arguments, console) }
      if let golden = arguments.string("golden") { return try check(against: golden, arguments, console) }
      return try compare(arguments, console)
    } catch {
      VerificationDelivery(arguments, console).deliver(CommandFailure(error))
      throw error
    }
  }

  private static func compare(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let options = ModelArguments(arguments, console)
    let first = try options.open(arguments.required("A"))
    let second = try options.open(arguments.positional("B") ?? "", option: "to", usesConfig: false)
    try options.refuseIdleKeys(first, second)
    var parity = ParityOptions()
    parity.weightsOnly = arguments.flag("weights-only")
    parity.allowsLoss = arguments.flag("allow-lossy")
    parity.seed = UInt64(arguments.int("seed") ?? 1)
    parity.tolerance = ToleranceArguments.tolerance(arguments)
    parity.threads = options.threads
    parity.isNonFiniteAllowed = try options.nonFiniteAllowance([first.checkpoint, second.checkpoint])
    if let path = arguments.string("inputs") { parity.inputs = try InputFile.read(path) }
    let report = try ParityCheck.compare(
      options.side(first, beside: second), options.side(second, beside: first, option: "to"), options: parity)
    if let path = arguments.string("save-inputs") {
      try InputFile.write(report.inputs, to: path, replacesExisting: arguments.flag("force"))
    }
    return try VerificationDelivery(arguments, console).deliver(
      VerificationRecord(report, first: first.checkpoint, second: second.checkpoint),
      seed: parity.inputs == nil ? Int(parity.seed) : nil, tolerance: parity.tolerance,
      text: ParityText(report).text(adding:verdict:))
  }

  private static func check(
    against path: String, _ arguments: ParsedArguments, _ console: Console
  ) throws -> ExitStatus {
    let options = ModelArguments(arguments, console)
    let model = try options.open(arguments.required("A"))
    try options.refuseIdleKeys(model)
    let golden = try options.golden(path)
    let mapped = try model.mapped(options.request(for: model))
    for note in mapped.notes { console.warn(note) }
    let report = try GoldenCheck.run(
      mapped, golden, tolerance: ToleranceArguments.tolerance(arguments),
      threads: options.threads, isNonFiniteAllowed: options.nonFiniteAllowance([model.checkpoint]))
    let text = GoldenText(report, model: model.name, golden: path)
    return try VerificationDelivery(arguments, console).deliver(
      VerificationRecord(report, text, model: model, golden: path), seed: nil, tolerance: report.tolerance,
      text: text.text(adding:verdict:))
  }
}
