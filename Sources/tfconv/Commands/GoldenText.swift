import ParityChecks
import StrictJSON

/// What `golden check` and `verify --golden` tell of a model compared with recorded outputs.
struct GoldenText {
  /// How many members that were not compared are listed.
  private static let limit = 12

  private let report: GoldenReport
  private let model: String
  private let golden: String

  init(_ report: GoldenReport, model: String, golden: String) {
    self.report = report
    self.model = model
    self.golden = golden
  }

  /// The exit code of the verdict.
  var status: ExitStatus { ExitStatus(report.verdict) }

  /// One line on what was compared.
  var summary: String {
    let sketched = report.sketches.map { $0.compared > 0 ? " and \($0.compared) sketched nodes" : "" } ?? ""
    return "\(report.outputs.count) outputs\(sketched) compared"
  }

  /// The whole report as text, with what a lock file adds to it.
  ///
  /// - Parameters:
  ///   - remarks: lines to stand before the verdict.
  ///   - verdict: the verdict that takes the remarks into account.
  /// - Returns: the lines.
  func text(adding remarks: [String], verdict: Verdict) -> String {
    var lines = ["model    \(model)", "golden   \(golden)"]
    var table = TextTable([
      .init(title: "output"), .init(title: "max difference", alignment: .right),
      .init(title: "budget", alignment: .right), .init(title: "ratio", alignment: .right), .init(title: ""),
    ])
    for output in report.outputs {
      table.append([
        output.name, NumberText.scientific(output.difference), NumberText.scientific(output.budget),
        NumberText.short(output.ratio), output.verdict == .pass ? "ok" : output.verdict.rawValue,
      ])
    }
    if !report.outputs.isEmpty { lines += table.text().split(separator: "\n").map { "         \($0)" } }
    for output in report.outputs where output.verdict != .pass {
      lines.append("         \(OutputText.describe(output))")
    }
    if let generation = report.generation {
      let count = generation.expected.reduce(0) { $0 + $1.count }
      if let (row, position) = generation.firstDifference {
        lines.append("greedy   row \(row) parts from the recorded ids at position \(position)")
      } else {
        lines.append("greedy   \(count) of \(count) ids equal")
      }
    }
    lines += report.renamed.map { "note     \($0.recorded) is compared with the model's \($0.own)" }
    lines += report.notCompared.prefix(GoldenText.limit).map { "missing  \($0.name) was not compared: \($0.reason)" }
    if report.notCompared.count > GoldenText.limit {
      lines.append("missing  and \(report.notCompared.count - GoldenText.limit) more members were not compared")
    }
    lines += NonFiniteText.lines(report.nonFinite, names: nil)
    if let sketches = report.sketches { lines += SketchText(sketches).lines }
    lines += report.suspects.flatMap(SuspectText.lines)
    lines += report.tolerance.remark
    lines += remarks
    lines.append("\(verdict.label)  \(summary)")
    return lines.joined(separator: "\n").escapingLines() + "\n"
  }

  /// The report as JSON, schema `tfconv.golden/1`.
  var json: JSONValue {
    var object = JSONObject()
    object["schema"] = "tfconv.golden/1"
    object["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
    object["verdict"] = .string(report.verdict.rawValue)
    object["exit_code"] = .number(JSONNumber(Int(status.rawValue)))
    object["model"] = .string(model)
    object["golden"] = .string(golden)
    object["budget"] = [
      "method": .string(report.tolerance.method),
      "noise_factor": .number(JSONNumber(Tolerance.noiseFactor)),
    ]
    object["outputs"] = .array(report.outputs.map { OutputText.json($0, batch: nil) })
    object["non_finite"] = NonFiniteText.json(report.nonFinite)
    object["generated_equal"] = report.generation.map { .bool($0.verdict == .pass) } ?? .null
    object["sketches"] = report.sketches.map { SketchText($0).json } ?? .null
    object["suspects"] = .array(report.suspects.map(SuspectText.json))
    object["not_compared"] = .array(report.notCompared.map { .string($0.name) })
    object["renamed"] = .array(
      report.renamed.map { ["recorded": .string($0.recorded), "name": .string($0.own)] })
    return .object(object)
  }
}
