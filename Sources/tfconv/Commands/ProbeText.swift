import ParityChecks
import StrictJSON

/// What `verify --probe` tells, for people and as JSON.
struct ProbeText {
  private let reports: [ProbeReport]
  private let seed: UInt64

  init(_ reports: [ProbeReport], seed: UInt64) {
    self.reports = reports
    self.seed = seed
  }

  /// Pairs that have no model in common are told, but decide nothing beside others.
  private var verdict: Verdict { .combined(reports.filter(\.hasCommonModels).map(\.verdict)) }

  /// The exit code of the verdict.
  var status: ExitStatus { ExitStatus(verdict) }

  /// A line for each pair, and the reasons of those that are no pass.
  var text: String {
    var table = TextTable([
      .init(title: "pair"), .init(title: "models", alignment: .right), .init(title: "parameters", alignment: .right),
      .init(title: "worst output", alignment: .right), .init(title: ""),
    ])
    for report in reports {
      table.append([
        "\(report.architecture) \(report.from) -> \(report.to) -> \(report.from)", "\(compared(report))",
        NumberText.grouped(parameters(report)), worst(report).map { "\(NumberText.short($0))x of budget" } ?? "-",
        report.verdict == .pass ? "ok" : report.hasCommonModels ? report.verdict.rawValue : "no model fits both",
      ])
    }
    var lines = table.text().split(separator: "\n").map(String.init)
    for report in reports {
      for one in report.cases {
        if let reason = reason(one) {
          lines.append(
            "\(report.architecture) \(report.from) -> \(report.to), \(one.variant), scale \(one.scale): \(reason)")
        }
      }
    }
    if reports.count == 1 { lines += skipped(reports[0]) }
    lines.append(
      "\(verdict.word)  \(reports.count) pairs of layouts, \(reports.reduce(0) { $0 + compared($1) }) synthetic models, seed \(seed)"
    )
    return lines.joined(separator: "\n").escapingLines() + "\n"
  }

  private func skipped(_ report: ProbeReport) -> [String] {
    var lines: [String] = []
    for one in report.cases {
      guard case .notRepresentable(let why) = one.outcome else { continue }
      let line = "not probed: \(one.variant): \(why)"
      if !lines.contains(line) { lines.append(line) }
    }
    return lines
  }

  private func compared(_ report: ProbeReport) -> Int { report.cases.count { $0.verdict != nil } }

  private func parameters(_ report: ProbeReport) -> Int {
    report.cases.reduce(0) { total, one in
      if case .compared(let parameters, _, _) = one.outcome { total + parameters } else { total }
    }
  }

  private func worst(_ report: ProbeReport) -> Double? { report.cases.compactMap { $0.worst?.ratio }.max() }

  private func reason(_ one: ProbeCase) -> String? {
    switch one.outcome {
    case .notRepresentable: return nil
    case .failed(let message): return message
    case .compared(_, let differing, _):
      if !differing.isEmpty { return "not bit-equal: \(differing.prefix(5).joined(separator: ", "))" }
      guard let worst = one.worst, one.verdict != .pass else { return nil }
      return OutputText.describe(worst)
    }
  }

  /// The report as JSON, schema `tfconv.probe/1`.
  var json: JSONValue {
    var object = JSONObject()
    object["schema"] = "tfconv.probe/1"
    object["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
    object["verdict"] = .string(verdict.rawValue)
    object["exit_code"] = .number(JSONNumber(Int(status.rawValue)))
    object["seed"] = .number(JSONNumber(Int(seed)))
    object["pairs"] = .array(reports.map(json))
    return .object(object)
  }

  private func json(_ report: ProbeReport) -> JSONValue {
    var object = JSONObject()
    object["architecture"] = .string(report.architecture)
    object["from"] = .string(report.from)
    object["to"] = .string(report.to)
    object["verdict"] = .string(report.verdict.rawValue)
    object["models"] = .array(
      report.cases.map { one in
        var model = JSONObject()
        model["kind"] = .string(one.variant)
        model["scale"] = .number(JSONNumber(Double(one.scale)))
        model["verdict"] = .string(one.verdict?.rawValue ?? "not_representable")
        switch one.outcome {
        case .notRepresentable(let why), .failed(let why): model["reason"] = .string(why)
        case .compared(let parameters, let differing, _):
          model["parameters"] = .number(JSONNumber(parameters))
          model["differing"] = .array(differing.map { .string($0) })
          model["worst"] = one.worst.map { OutputText.json($0, batch: nil) } ?? .null
        }
        return .object(model)
      })
    return .object(object)
  }
}
