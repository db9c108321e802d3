import Architectures
import ModelConversion
import ParityChecks
import StrictJSON
import TensorData
import WeightFiles

/// The gate `tfconv verify`, whose exit code is 0 only if something was compared and all of it agrees.
enum VerifyCommand: Command {
  static let spec = CommandSpec.verify

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    do {
      if let golden = arguments.string("golden") { return try check(against: golden, arguments, console) }
      return try compare(arguments, console)
    } catch {
      VerificationDelivery(arguments, console).deliver(CommandFailure(error))
      throw error
    }
  }

  private static func compare(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let options = ModelArguments(arguments)
    let first = try options.open(arguments.required("A"))
    let second = try options.open(arguments.positional("B") ?? "", option: "to", usesConfig: false)
    var parity = ParityOptions()
    parity.weightsOnly = arguments.flag("weights-only")
    parity.seed = UInt64(arguments.int("seed") ?? 1)
    parity.tolerance = tolerance(arguments)
    parity.threads = options.threads
    if let path = arguments.string("inputs") { parity.inputs = try batches(path) }
    let report = try ParityCheck.compare(
      options.side(first), options.side(second, option: "to"), options: parity)
    if let path = arguments.string("save-inputs") { try save(report.inputs, to: path, arguments) }
    return try VerificationDelivery(arguments, console).deliver(
      VerificationRecord(report, first: first.checkpoint, second: second.checkpoint),
      seed: parity.inputs == nil ? Int(parity.seed) : nil, tolerance: parity.tolerance,
      text: ParityText(report).text(adding:verdict:))
  }

  private static func tolerance(_ arguments: ParsedArguments) -> Tolerance {
    Tolerance(absolute: arguments.double("atol"), relative: arguments.double("rtol"))
  }

  private static func check(
    against path: String, _ arguments: ParsedArguments, _ console: Console
  ) throws -> ExitStatus {
    let options = ModelArguments(arguments)
    let model = try options.open(arguments.required("A"))
    let golden = try GoldenFile(Checkpoint.open(path))
    let report = try GoldenCheck.run(
      model.mapped(options.request()), golden, tolerance: tolerance(arguments), threads: options.threads)
    let text = GoldenText(report, model: model.name, golden: path)
    return try VerificationDelivery(arguments, console).deliver(
      VerificationRecord(report, text, model: model, golden: path), seed: nil, tolerance: report.tolerance,
      text: text.text(adding:verdict:))
  }

  /// Reads what `save` writes, or one batch as in a golden file, with or without the `in_`.
  private static func batches(_ path: String) throws -> [SeededInputs.Batch] {
    let file = try Checkpoint.open(path)
    var batches: [Int: [String: Tensor]] = [:]
    for info in file.tensors {
      let parts = info.name.split(separator: "/", maxSplits: 1)
      let index = parts.count == 2 ? Int(parts[0]) : nil
      let member = index == nil ? info.name : String(parts[1])
      guard !member.hasPrefix("out_") else { continue }
      let name = member.hasPrefix("in_") ? String(member.dropFirst(3)) : member
      batches[index ?? 0, default: [:]][name] = try file.tensor(named: info.name)
    }
    return batches.sorted { $0.key < $1.key }.map { index, inputs in
      SeededInputs.Batch(name: batches.count == 1 ? path : "\(path) \(index)", inputs: inputs)
    }
  }

  /// Writes the inputs of every batch: `in_NAME` if there is one batch, `INDEX/in_NAME` if there are several.
  private static func save(
    _ batches: [SeededInputs.Batch], to path: String, _ arguments: ParsedArguments
  ) throws {
    var entries: [WriteEntry] = []
    for (index, batch) in batches.enumerated() {
      for (name, tensor) in batch.inputs.sorted(by: { $0.key < $1.key }) {
        let member = batches.count == 1 ? "in_\(name)" : "\(index)/in_\(name)"
        entries.append(WriteEntry(TensorInfo(name: member, dtype: tensor.dtype, shape: tensor.shape)) { tensor })
      }
    }
    let files = OutputSet(replace: arguments.flag("force"))
    _ = try WeightFormat.npz.write(entries, to: path, in: files)
    try files.commit()
  }
}
