import ParityChecks
import StrictJSON
import WeightFiles

/// Hands a verification on to everything that was asked for: lock file, JUnit, SARIF, Markdown, GitHub, JSON or text.
struct VerificationDelivery {
  private let arguments: ParsedArguments
  private let console: Console

  init(_ arguments: ParsedArguments, _ console: Console) {
    self.arguments = arguments
    self.console = console
  }

  /// Delivers a verification that was made.
  ///
  /// The files are complete before the report is printed, so that a report is never followed by an error.
  ///
  /// - Parameters:
  ///   - record: what was checked.
  ///   - seed: the seed of the inputs, or nil where they came from a file.
  ///   - tolerance: what the user chose.
  ///   - text: makes the report for people out of further lines and the final verdict.
  /// - Returns: the exit code.
  /// - Throws: what reading or writing the files throws.
  func deliver(
    _ record: VerificationRecord, seed: Int?, tolerance: Tolerance, text: ([String], Verdict) -> String
  ) throws -> ExitStatus {
    var record = record
    let remarks = try applyBaseline(to: &record, ParityLock.Conditions(seed: seed, tolerance: tolerance))
    try writeFiles(record)
    console.write(arguments.flag("json") ? record.json.text(indent: 2) + "\n" : text(remarks, record.verdict))
    GitHubActions()?.tell(record, console)
    return record.status
  }

  /// Delivers a verification that could not be made: files of an earlier run must not stand for this one.
  ///
  /// Should they not be writable either, the caller's report of the failure stands for both.
  ///
  /// - Parameter failure: why it could not be made.
  func deliver(_ failure: CommandFailure) {
    let subjects = [
      ("a", arguments.positional("A")), ("b", arguments.positional("B")), ("golden", arguments.string("golden")),
    ].compactMap { role, name in name.map { (role: role, name: $0) } }
    let record = VerificationRecord(failure: failure, subjects: subjects)
    try? writeFiles(record)
    GitHubActions()?.tell(record, console)
  }

  private func writeFiles(_ record: VerificationRecord) throws {
    let files = OutputSet(replace: true)
    if let path = arguments.string("junit") { try files.add(Array(JUnitReport(record).text.utf8), path: path) }
    if let path = arguments.string("sarif") {
      try files.add(Array((SARIFReport(record).json.text(indent: 2) + "\n").utf8), path: path)
    }
    if let path = arguments.string("markdown") { try files.add(Array(MarkdownSummary(record).text.utf8), path: path) }
    try files.commit()
  }

  /// Compares with the lock file or rewrites it, and returns the lines to add to the text report.
  private func applyBaseline(
    to record: inout VerificationRecord, _ conditions: ParityLock.Conditions
  ) throws -> [String] {
    guard let path = arguments.string("baseline") else { return [] }
    guard arguments.flag("update") else {
      let cases = try ParityLock(reading: path).compare(record.ratios, under: conditions)
      record.add(BaselineResult(path: path, isUpdate: false, cases: cases))
      let findings = cases.compactMap(\.finding)
      return findings.isEmpty
        ? ["lock     nothing is worse than in \(path)"] : findings.map { "lock     \($0.message)" }
    }
    guard record.verdict == .pass else {
      record.add(BaselineResult(path: path, isUpdate: false, cases: []))
      return ["lock     \(path) was not rewritten, because the verification did not pass"]
    }
    try ParityLock(path: path, conditions: conditions, record.ratios).write()
    record.add(BaselineResult(path: path, isUpdate: true, cases: []))
    return ["lock     wrote \(path)"]
  }
}
