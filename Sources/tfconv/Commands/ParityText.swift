import ParityChecks
import StrictJSON
import TensorData

/// What `verify` and `diff` tell of a comparison of two models, for people and as JSON.
struct ParityText {
  private let report: ParityReport

  init(_ report: ParityReport) { self.report = report }

  /// The exit code of the verdict.
  var status: ExitStatus { ExitStatus(report.verdict) }

  /// One line on what was compared and how close it was.
  var summary: String {
    let equal = report.weights.filter { $0.relation == .equal }.count
    let rounded = report.weights.filter { if case .rounded = $0.relation { true } else { false } }.count
    var parts = ["\(equal) of \(report.weights.count) parameters bit-equal"]
    let unheld = report.weights.count(where: \.isUnheld)
    if unheld > 0 { parts.append("\(unheld) without a place\(report.options.allowsLoss ? ", as allowed" : "")") }
    if rounded > 0 { parts.append("\(rounded) exactly rounded") }
    if let worst = report.runs.flatMap(\.outputs).max(by: { $0.ratio < $1.ratio }) {
      parts.append(
        "outputs worst \(NumberText.short(worst.ratio))x of the budget (\(worst.name)) over \(report.runs.count) \(report.runs.count == 1 ? "batch" : "batches")"
      )
    }
    return parts.joined(separator: " · ")
  }

  /// Why the verdict is no pass, a line each.
  var reasons: [String] {
    var lines = report.weights.filter { !$0.agrees }.map(describe)
    lines += report.nonFinite.filter { $0.verdict != .pass }.map { NonFiniteText.describe($0, names: report.names) }
    for run in report.runs {
      for output in run.outputs where output.verdict != .pass {
        lines.append("\(run.batch): \(OutputText.describe(output))")
      }
    }
    lines += report.notCompared.map { "\($0) is an output of only one of the models" }
    lines += report.unheldOutputs.map(describe(unheld:))
    if let skipped = report.skipped { lines.append(skipped) }
    lines += report.undecided
    return lines
  }

  /// The whole report as text.
  var text: String { text(adding: [], verdict: report.verdict) }

  /// The whole report as text, with what a lock file adds to it.
  ///
  /// - Parameters:
  ///   - remarks: lines to stand before the verdict.
  ///   - verdict: the verdict that takes the remarks into account.
  /// - Returns: the lines.
  func text(adding remarks: [String], verdict: Verdict) -> String {
    var lines: [String] = []
    if let first = report.layouts.first, let second = report.layouts.second {
      lines.append("models   \(report.names.first) (\(first))   \(report.names.second) (\(second))")
    } else {
      lines.append("models   \(report.names.first)   \(report.names.second)   compared by name")
    }
    lines += report.notes.map { "note     \($0)" }
    lines += report.undecided.map { "open     \($0)" }
    lines.append("weights  \(weightsSummary)")
    let differing = WeightText.lines(report.weights.filter { !$0.agrees }, names: report.names)
    lines += differing.prefix(12).map { "         \($0)" }
    lines += NonFiniteText.lines(report.nonFinite, names: report.names) + CastLossText.lines(report.weights)
    if let skipped = report.skipped { lines.append("outputs  \(skipped)") }
    if !report.runs.isEmpty { lines += outputLines + inputLines }
    lines += report.notCompared.map { "outputs  \($0) exists in only one of the models" }
    lines += report.unheldOutputs.map { "outputs  \(describe(unheld: $0))" }
    if report.options.allowsLoss, report.weights.contains(where: \.isUnheld) {
      lines.append("lossy    what has no place was not compared, as --allow-lossy says")
    }
    lines += report.options.tolerance.remark
    lines += blame?.lines ?? []
    lines += remarks
    lines.append("\(verdict.label)  \(summary)")
    return lines.joined(separator: "\n").escapingLines() + "\n"
  }

  /// Where the models part, if they were run and do.
  private var blame: BlameText? {
    report.blame.map { BlameText($0, again: report.again) }
  }

  private var weightsSummary: String {
    let unheld = report.weights.count(where: \.isUnheld)
    let differing = report.weights.count { !$0.agrees && !$0.isUnheld }
    let rest = unheld == 0 ? "" : ", \(unheld) have no place in one of the layouts"
    let total = "\(report.weights.count) parameters"
    if differing > 0 { return "\(total), \(differing) differ\(rest)" }
    return unheld == 0 ? "\(total), all agree" : "\(total), \(report.weights.count - unheld) agree\(rest)"
  }

  /// One line on an output that one model cannot have as the other has it.
  func describe(unheld output: UnheldOutput) -> String {
    output.isInBoth
      ? "\(output.name) needs what the layout of one model has no place for, and what the other computes under that name "
        + "cannot be the same; it was not compared"
      : "\(output.name) needs what the layout of the other model has no place for; it was not compared"
  }

  /// What the inputs have read of the model, and of what only the beginning was run.
  private var inputLines: [String] {
    guard let coverage = report.coverage else { return [] }
    let tables = coverage.partial.map { table in
      "\(NumberText.grouped(table.read)) of \(NumberText.grouped(table.rows)) rows of \(table.name)"
    }
    return [
      tables.isEmpty
        ? "inputs   every row of every table was read"
        : "inputs   read \(tables.joined(separator: ", "))\(tables.count < coverage.tables.count ? ", every row of the other tables" : "")"
    ] + coverage.shallow.map { "inputs   \($0): only what goes into the first block and comes out of it was compared" }
  }

  private var outputLines: [String] {
    var table = TextTable([
      .init(title: "batch"), .init(title: "output"), .init(title: "max difference", alignment: .right),
      .init(title: "budget", alignment: .right), .init(title: "ratio", alignment: .right), .init(title: ""),
    ])
    for run in report.runs {
      for output in run.outputs where output.verdict != .pass || !output.name.hasSuffix("]") {
        table.append([
          run.batch, output.name, NumberText.scientific(output.difference), NumberText.scientific(output.budget),
          NumberText.short(output.ratio), output.verdict == .pass ? "ok" : output.verdict.rawValue,
        ])
      }
    }
    return table.text().split(separator: "\n").map { "         \($0)" }
  }

  /// One line on a weight.
  func describe(_ finding: WeightFinding) -> String { WeightText.describe(finding, names: report.names) }

  private static func json(_ coverage: InputCoverage) -> JSONValue {
    [
      "tables": .array(
        coverage.tables.map { table in
          [
            "table": .string(table.name), "rows": .number(JSONNumber(table.rows)),
            "read": .number(JSONNumber(table.read)),
          ]
        }),
      "first_block_only": .array(coverage.shallow.map { .string($0) }),
    ]
  }

  /// The report as JSON, schema `tfconv.verify/1`.
  var json: JSONValue {
    var object = JSONObject()
    object["schema"] = "tfconv.verify/1"
    object["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
    object["verdict"] = .string(report.verdict.rawValue)
    object["exit_code"] = .number(JSONNumber(Int(status.rawValue)))
    object["a"] = ["path": .string(report.names.first), "layout": report.layouts.first.map { .string($0) } ?? .null]
    object["b"] = ["path": .string(report.names.second), "layout": report.layouts.second.map { .string($0) } ?? .null]
    object["budget"] = [
      "method": .string(report.options.tolerance.method),
      "noise_factor": .number(JSONNumber(Tolerance.noiseFactor)), "seed": .number(JSONNumber(Int(report.options.seed))),
    ]
    object["weights"] = .array(report.weights.map(WeightText.json))
    object["non_finite"] = NonFiniteText.json(report.nonFinite)
    object["became_zero"] = .number(JSONNumber(CastLossText.becameZero(report.weights)))
    object["outputs"] = .array(
      report.runs.flatMap { run in run.outputs.map { OutputText.json($0, batch: run.batch) } })
    object["not_compared"] = .array(report.notCompared.map { .string($0) })
    object["coverage"] = report.coverage.map(ParityText.json) ?? .null
    object["unheld_outputs"] = .array(report.unheldOutputs.map { .string($0.name) })
    object["skipped"] = report.skipped.map { .string($0) } ?? .null
    object["undecided"] = .array(report.undecided.map { .string($0) })
    object["notes"] = .array(report.notes.map { .string($0) })
    object["blame"] = blame?.json ?? .null
    return .object(object)
  }
}

/// How one compared output is told.
enum OutputText {
  /// One line.
  static func describe(_ output: OutputComparison) -> String {
    if output.nonFinite.expected > 0 || output.nonFinite.found > 0 {
      return
        "\(output.name): \(output.nonFinite.expected) values are not finite on the true side, \(output.nonFinite.found) on the other"
    }
    if output.isWithinRecordedType, let type = output.recordedType {
      return
        "\(output.name): off by \(NumberText.scientific(output.difference)), \(NumberText.short(output.ratio)) times what "
        + "recording in \(type.rawValue) explains, but no more than computing in \(type.rawValue) does: record in F32 to decide"
    }
    if output.verdict == .inconclusive, let noise = output.noise, output.elements > 0 {
      return "\(output.name): the rounding noise of a float32 run, \(NumberText.scientific(noise)), is as large as the "
        + "values, at most \(NumberText.scientific(output.scale)): nothing can be said"
    }
    if output.elements == 0 { return "\(output.name): nothing was compared" }
    return "\(output.name): off by \(NumberText.scientific(output.difference)), "
      + "\(NumberText.short(output.ratio)) times the budget of \(NumberText.scientific(output.budget)), at \(output.worst): "
      + "expected \(NumberText.short(output.expected, digits: 7)), found \(NumberText.short(output.found, digits: 7))"
  }

  /// The fields of one comparison.
  static func json(_ output: OutputComparison, batch: String?) -> JSONValue {
    var object = JSONObject()
    if let batch { object["batch"] = .string(batch) }
    object["output"] = .string(output.name)
    object["verdict"] = .string(output.verdict.rawValue)
    object["elements"] = .number(JSONNumber(output.elements))
    object["max_abs"] = number(output.difference)
    object["worst"] = .array(output.worst.map { .number(JSONNumber($0)) })
    object["expected"] = number(output.expected)
    object["found"] = number(output.found)
    object["noise"] = output.noise.map(number) ?? .null
    object["own_noise"] = output.measured.map(number) ?? .null
    object["budget"] = number(output.budget)
    object["budget_chosen"] = .bool(output.isChosen)
    object["ratio"] = number(output.ratio)
    object["scale"] = number(output.scale)
    if let type = output.recordedType { object["recorded_type"] = .string(type.rawValue) }
    return .object(object)
  }

  /// A number; what JSON has no number for is a string.
  static func number(_ value: Double) -> JSONValue {
    value.isFinite ? .number(JSONNumber(value)) : .string(value.isNaN ? "nan" : "\(value)")
  }
}

extension String {
  /// The text with control characters escaped, but for its line breaks.
  func escapingLines() -> String {
    split(separator: "\n", omittingEmptySubsequences: false).map { String($0).escapingControlCharacters() }
      .joined(separator: "\n")
  }
}
