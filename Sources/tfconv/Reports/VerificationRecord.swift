import ModelConversion
import ParityChecks
import StrictJSON

/// What a verification checked, case by case: the one list from which JUnit, SARIF, Markdown and annotations are made.
struct VerificationRecord: Sendable {
  /// Roles and names of what was compared, such as `a` and a path.
  let subjects: [(role: String, name: String)]
  /// The file that findings without a tensor are about.
  let file: String
  /// One line on what was compared and how close it was.
  let summary: String
  /// The ratio of difference to budget of every output, by batch and name.
  let ratios: [OutputRatio]
  /// Everything that was checked, the weights first.
  private(set) var cases: [CheckCase]
  /// The comparison with a lock file, if there was one.
  private(set) var baseline: BaselineResult?
  /// Why the verification could not be made; it then has no cases.
  let failure: CommandFailure?

  private let base: JSONObject
  private let verdictOfChecks: Verdict

  /// One output against its budget.
  struct OutputRatio: Sendable {
    let batch: String
    let name: String
    let ratio: Double
    /// Whether the output is no further from the truth than a float32 run of the reference itself.
    let isWithinNoise: Bool
  }

  /// Takes what a comparison found.
  ///
  /// - Parameters:
  ///   - subjects: roles and names of what was compared.
  ///   - file: the file that findings without a tensor are about.
  ///   - summary: one line.
  ///   - verdict: how the comparison ended.
  ///   - base: the members of the JSON report that say what was compared.
  ///   - ratios: every output against its budget.
  ///   - cases: everything that was checked.
  ///   - failure: why nothing could be checked, if so.
  init(
    subjects: [(role: String, name: String)], file: String, summary: String, verdict: Verdict, base: JSONValue,
    ratios: [OutputRatio], cases: [CheckCase], failure: CommandFailure? = nil
  ) {
    self.failure = failure
    self.subjects = subjects
    self.file = file
    self.summary = summary
    self.ratios = ratios
    self.cases = cases
    self.base = base.object ?? JSONObject()
    verdictOfChecks = verdict
    // A list in which everything passed must never stand beside a verdict that is no pass.
    if failure == nil, verdict != .pass, !cases.contains(where: { $0.finding?.verdict == verdict }) {
      let finding = Finding(rule: .otherCheck, message: summary, isInconclusive: verdict == .inconclusive)
      self.cases.append(CheckCase(group: "verdict", name: "other checks", outcome: .found(finding)))
    }
  }

  /// The record of a verification that could not be made.
  init(failure: CommandFailure, subjects: [(role: String, name: String)]) {
    self.init(
      subjects: subjects, file: subjects.last?.name ?? "", summary: failure.message, verdict: .inconclusive,
      base: [:], ratios: [], cases: [], failure: failure)
  }

  /// Adds the comparison with a lock file; what it found counts like any other finding.
  mutating func add(_ baseline: BaselineResult) {
    self.baseline = baseline
    cases += baseline.cases
  }

  /// How the verification ended, the lock file included.
  var verdict: Verdict { .combined([verdictOfChecks] + findings.map(\.finding.verdict)) }

  /// The exit code of the verdict.
  var status: ExitStatus { failure?.status ?? ExitStatus(verdict) }

  /// The verdict as one word, `ERROR` where nothing could be verified.
  var label: String { failure == nil ? verdict.word : "ERROR" }

  /// Everything that was found, in the order of the cases.
  var findings: [(check: CheckCase, finding: Finding)] {
    cases.compactMap { check in check.finding.map { (check, $0) } }
  }

  /// How many cases failed, had no decision, and were skipped.
  var counts: (failed: Int, inconclusive: Int, skipped: Int) {
    let found = findings
    let skipped = cases.count { if case .skipped = $0.outcome { true } else { false } }
    return (found.count { !$0.finding.isInconclusive }, found.count { $0.finding.isInconclusive }, skipped)
  }

  /// The JSON report, schema `tfconv.verify/1` or `tfconv.golden/1`.
  var json: JSONValue {
    var object = base
    object["verdict"] = .string(verdict.rawValue)
    object["exit_code"] = .number(JSONNumber(Int(status.rawValue)))
    object["summary"] = [
      "checks": .number(JSONNumber(cases.count)), "failed": .number(JSONNumber(counts.failed)),
      "inconclusive": .number(JSONNumber(counts.inconclusive)), "skipped": .number(JSONNumber(counts.skipped)),
      "worst_ratio": ratios.map(\.ratio).max().map(OutputText.number) ?? .null,
    ]
    object["first_divergence"] = findings.first.map { VerificationRecord.json($0.check, $0.finding) } ?? .null
    object["baseline"] =
      baseline.map { baseline in
        [
          "path": .string(baseline.path), "updated": .bool(baseline.isUpdate),
          "findings": .array(
            baseline.cases.compactMap { check in check.finding.map { VerificationRecord.json(check, $0) } }),
        ]
      } ?? .null
    return .object(object)
  }

  private static func json(_ check: CheckCase, _ finding: Finding) -> JSONValue {
    [
      "group": .string(check.group), "name": .string(check.name), "rule": .string(finding.rule.rawValue),
      "message": .string(finding.message),
      "tensor": finding.place.map { .string($0.tensor) } ?? .null,
      "file": finding.place.map { .string($0.file) } ?? .null,
      "offset": finding.place.map { .number(JSONNumber($0.offset)) } ?? .null,
      "bytes": finding.place.map { .number(JSONNumber($0.byteCount)) } ?? .null,
    ]
  }
}
