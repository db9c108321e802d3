import ParityChecks
import StrictJSON
import WeightFiles

/// `tfconv verify --probe --campaign N:M`: how far the gate can be trusted, in numbers.
enum CampaignCommand {
  static func run(
    _ honest: Int, _ faults: Int, seed: UInt64, _ arguments: ParsedArguments, _ console: Console
  ) throws -> ExitStatus {
    let conversions = try Campaign.honest(honest, seed: seed)
    let injected = try Campaign.faults(faults, seed: seed, threads: arguments.int("threads"))
    let text = CampaignText(conversions, of: honest, injected, seed: seed)
    console.write(arguments.flag("json") ? text.json.text(indent: 2) + "\n" : text.text)
    return ExitStatus(text.verdict)
  }
}

/// What a campaign tells.
struct CampaignText {
  private let honest: Campaign.Honest
  private let wanted: Int
  private let faults: Campaign.Faults
  private let seed: UInt64

  init(_ honest: Campaign.Honest, of wanted: Int, _ faults: Campaign.Faults, seed: UInt64) {
    self.honest = honest
    self.wanted = wanted
    self.faults = faults
    self.seed = seed
  }

  private var whole: MutationReport { MutationReport(subject: "campaign", trials: faults.trials) }

  /// How it ended: a false alarm or a miss fails.
  var verdict: Verdict {
    var verdicts: [Verdict] = []
    if honest.conversions > 0 { verdicts.append(honest.alarms.isEmpty ? .pass : .fail) }
    if honest.conversions < wanted { verdicts.append(.inconclusive) }
    if !faults.trials.isEmpty { verdicts.append(whole.verdict) }
    return .combined(verdicts)
  }

  /// Both counts, the distribution of the honest ratios, the mutation score of each pair, what went wrong.
  var text: String {
    var lines: [String] = []
    if honest.conversions > 0 {
      lines.append(
        "honest conversions  \(honest.conversions)   false alarms  \(honest.alarms.count)   undecided  \(honest.undecided.count)"
      )
      lines.append("difference/budget of the worst output  " + quantiles)
      let kinds = honest.kinds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      lines.append("of them  \(kinds.joined(separator: ", "))")
      lines += honest.undecided.map { "UNDECIDED  \($0)" }
      lines += honest.alarms.map { "FALSE ALARM  \($0.conversion): \($0.reason)" }
    }
    if !faults.trials.isEmpty { lines += faultLines }
    lines.append("\(verdict.word)  seed \(seed)")
    return lines.joined(separator: "\n").escapingLines() + "\n"
  }

  private var quantiles: String {
    let sorted = honest.ratios.sorted()
    return [("median", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("largest", 1.0)].map { name, share in
      let index = min(sorted.count - 1, Int(share * Double(sorted.count)))
      return "\(name) \(NumberText.short(sorted[index]))"
    }.joined(separator: "   ")
  }

  private var faultLines: [String] {
    let whole = whole
    var lines = [
      "injected faults  \(whole.trials.count)   provably invisible  \(whole.trials.count - whole.visible)   caught  \(whole.caught)   missed  \(whole.visible - whole.caught)",
      "by outputs alone  \(whole.caughtByOutputs) of \(whole.visibleInOutputs)",
    ]
    var table = TextTable([
      .init(title: "pair"), .init(title: "faults", alignment: .right), .init(title: "score", alignment: .right),
      .init(title: "by outputs alone", alignment: .right),
    ])
    for (name, report) in faults.pairs {
      table.append([
        name, "\(report.trials.count)", "\(report.caught)/\(report.visible)",
        "\(report.caughtByOutputs)/\(report.visibleInOutputs)",
      ])
    }
    lines += table.text().split(separator: "\n").map(String.init)
    for trial in faults.trials where trial.fateOfOutputs == .missed {
      let word = trial.fate == .missed ? "MISSED" : trial.inWeights ? "weights only" : "float64 only"
      lines.append(
        "\(word)  \(trial.fault.kind.rawValue) \(trial.fault.detail): \(NumberText.short(trial.ratio)) of the budget")
    }
    return lines
  }

  /// The report as JSON, schema `tfconv.campaign/1`.
  var json: JSONValue {
    let whole = whole
    var object = JSONObject()
    object["schema"] = "tfconv.campaign/1"
    object["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
    object["verdict"] = .string(verdict.rawValue)
    object["exit_code"] = .number(JSONNumber(Int(ExitStatus(verdict).rawValue)))
    object["seed"] = .number(JSONNumber(Int(seed)))
    object["conversions"] = .number(JSONNumber(honest.conversions))
    object["false_alarms"] = .array(
      honest.alarms.map { ["conversion": .string($0.conversion), "reason": .string($0.reason)] })
    object["undecided"] = .array(honest.undecided.map { .string($0) })
    object["ratios"] = .array(honest.ratios.map(OutputText.number))
    object["injected"] = .number(JSONNumber(whole.trials.count))
    object["visible"] = .number(JSONNumber(whole.visible))
    object["caught"] = .number(JSONNumber(whole.caught))
    object["visible_in_outputs"] = .number(JSONNumber(whole.visibleInOutputs))
    object["caught_by_outputs"] = .number(JSONNumber(whole.caughtByOutputs))
    object["pairs"] = .array(faults.pairs.map { MutationText($0.report).json })
    return .object(object)
  }
}
