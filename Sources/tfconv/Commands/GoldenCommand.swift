import Architectures
import ModelConversion
import ParityChecks
import StrictJSON
import TensorData
import WeightFiles

/// `tfconv golden`: records what a model computes, and checks a model against such a record.
enum GoldenCommand: Command {
  static let spec = CommandSpec.golden

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    arguments.required("ACTION") == "make" ? try make(arguments, console) : try check(arguments, console)
  }

  private static func make(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let options = ModelArguments(arguments, console)
    let model = try options.open(arguments.required("FIRST"))
    try options.refuseIdleKeys(model)
    let mapped = try model.mapped(options.request(for: model))
    for note in mapped.notes { console.warn(note) }
    let path = arguments.string("output") ?? ""
    let inputs = try arguments.string("inputs").map(InputFile.readOne)
    try refuseNonFinite(mapped, options.nonFiniteAllowance([model.checkpoint]))
    let entries = try GoldenMaker.entries(
      mapped, inputs: inputs, seed: UInt64(arguments.int("seed") ?? 1), tool: tfconvVersion,
      threads: options.threads)
    let files = OutputSet(replace: arguments.flag("force"))
    let result = try WeightFormat.npz.write(entries, to: path, in: files, options: WriteOptions(compression: 6))
    try files.commit()
    let outputs = entries.filter { $0.info.name.hasPrefix("out_") }.map(\.info.name)
    if arguments.flag("json") {
      var object = JSONObject()
      object["schema"] = .string(ReportSchema.goldenMake.identifier)
      object["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
      object["exit_code"] = 0
      object["model"] = .string(model.name)
      object["golden"] = .string(path)
      object["bytes"] = .number(JSONNumber(result.byteCount))
      object["outputs"] = .array(outputs.map { .string($0) })
      console.write(JSONValue.object(object).text(indent: 2) + "\n")
    } else {
      console.write(
        "golden   \(path)  \(NumberText.bytes(result.byteCount))\nwhole    \(outputs.isEmpty ? "no output is small enough; all are sketched" : outputs.joined(separator: ", "))\n"
          .escapingLines())
    }
    return .success
  }

  /// Stops before a model is recorded whose values could decide nothing.
  private static func refuseNonFinite(_ model: MappedModel, _ isAllowed: (String) -> Bool) throws {
    let findings = try NonFiniteFinding.all(in: model, isAllowed: isAllowed).filter { !$0.isAllowed }
    guard let first = findings.first else { return }
    throw CommandFailure(
      status: .inconclusive, message: "the model holds values that are not finite: a record of it would decide nothing",
      details: findings.map { NonFiniteText.describe($0, names: nil) }, hint: NonFiniteText.hint(first),
      outcome: "nothing was written")
  }

  private static func check(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let options = ModelArguments(arguments, console)
    let path = arguments.required("FIRST")
    let golden = try options.golden(path)
    let model = try options.open(arguments.positional("MODEL") ?? "")
    try options.refuseIdleKeys(model)
    let mapped = try model.mapped(options.request(for: model))
    for note in mapped.notes { console.warn(note) }
    let report = try GoldenCheck.run(
      mapped, golden, tolerance: ToleranceArguments.tolerance(arguments),
      threads: options.threads, isNonFiniteAllowed: options.nonFiniteAllowance([model.checkpoint]))
    let text = GoldenText(report, model: model.name, golden: path)
    let record = VerificationRecord(report, text, model: model, golden: path)
    console.write(
      arguments.flag("json") ? record.json.text(indent: 2) + "\n" : text.text(adding: [], verdict: report.verdict))
    return record.status
  }
}
