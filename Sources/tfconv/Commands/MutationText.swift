import ParityChecks
import StrictJSON

/// What `verify --mutate` tells, for people and as JSON.
struct MutationText {
  private let report: MutationReport

  init(_ report: MutationReport) { self.report = report }

  /// A line for each kind of fault, then those that survived.
  var text: String {
    var table = TextTable([
      .init(title: "fault"), .init(title: "injected", alignment: .right), .init(title: "visible", alignment: .right),
      .init(title: "caught", alignment: .right), .init(title: "by outputs alone", alignment: .right),
      .init(title: "least ratio", alignment: .right),
    ])
    for kind in FaultKind.allCases {
      let trials = report.trials.filter { $0.fault.kind == kind }
      guard !trials.isEmpty else { continue }
      let part = MutationReport(subject: "", trials: trials)
      let least = trials.filter { $0.fateOfOutputs == .caught }.map(\.ratio).min()
      table.append([
        kind.rawValue, "\(trials.count)", "\(part.visible)", "\(part.caught)",
        "\(part.caughtByOutputs) of \(part.visibleInOutputs)", least.map { "\(NumberText.short($0))x" } ?? "-",
      ])
    }
    var lines = table.text().split(separator: "\n").map(String.init)
    lines += survivors
    lines.append(
      "\(report.verdict.word)  mutation score \(report.caught)/\(report.visible) (\(NumberText.percent(report.caught, of: report.visible))), "
        + "by outputs alone \(report.caughtByOutputs)/\(report.visibleInOutputs) (\(NumberText.percent(report.caughtByOutputs, of: report.visibleInOutputs)))"
    )
    return lines.joined(separator: "\n").escapingLines() + "\n"
  }

  private var survivors: [String] {
    report.trials.compactMap { trial in
      let name = "\(trial.fault.kind.rawValue) \(trial.fault.detail)"
      switch (trial.fate, trial.fateOfOutputs) {
      case (.invisible(let why), _): return "survived  \(name): \(why)"
      case (.missed, _): return "MISSED    \(name): \(NumberText.short(trial.ratio)) of the budget"
      case (.caught, .invisible(let why)): return "weights only  \(name): \(why)"
      case (.caught, .missed):
        let by = trial.inWeights ? "weights" : "float64"
        return "\(by) only  \(name): outputs \(NumberText.short(trial.ratio)) of the budget in float32"
      case (.caught, .caught): return nil
      }
    }
  }

  /// The report as JSON, schema `tfconv.mutation/1`.
  var json: JSONValue {
    var object = JSONObject()
    object["schema"] = "tfconv.mutation/1"
    object["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
    object["verdict"] = .string(report.verdict.rawValue)
    object["exit_code"] = .number(JSONNumber(Int(ExitStatus(report.verdict).rawValue)))
    object["subject"] = .string(report.subject)
    object["injected"] = .number(JSONNumber(report.trials.count))
    object["visible"] = .number(JSONNumber(report.visible))
    object["caught"] = .number(JSONNumber(report.caught))
    object["visible_in_outputs"] = .number(JSONNumber(report.visibleInOutputs))
    object["caught_by_outputs"] = .number(JSONNumber(report.caughtByOutputs))
    object["faults"] = .array(
      report.trials.map { trial in
        var fault = JSONObject()
        fault["kind"] = .string(trial.fault.kind.rawValue)
        fault["detail"] = .string(trial.fault.detail)
        fault["in_weights"] = .bool(trial.inWeights)
        fault["in_outputs"] = .bool(trial.inOutputs)
        fault["in_function"] = trial.inFunction.map { .bool($0) } ?? .null
        fault["ratio"] = OutputText.number(trial.ratio)
        fault["fate"] = .string(word(trial.fate))
        fault["fate_of_outputs"] = .string(word(trial.fateOfOutputs))
        if case .invisible(let why) = trial.fateOfOutputs { fault["reason"] = .string(why) }
        return .object(fault)
      })
    return .object(object)
  }

  private func word(_ fate: FaultTrial.Fate) -> String {
    switch fate {
    case .caught: "caught"
    case .invisible: "invisible"
    case .missed: "missed"
    }
  }
}
