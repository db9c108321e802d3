import ParityChecks

/// A verification as a page of Markdown: the verdict, what was compared, and the first findings.
struct MarkdownSummary {
  /// How many findings are listed.
  static let limit = 20

  private let record: VerificationRecord

  init(_ record: VerificationRecord) { self.record = record }

  /// The page.
  var text: String {
    var text = "### tfconv verify: \(record.label)\n\n"
    text += record.subjects.map { "\($0.role): \(plain($0.name))" }.joined(separator: " · ") + "\n\n"
    if let failure = record.failure {
      text += failure.lines.map { "- \(plain($0))\n" }.joined()
      return text + "\nexit code \(failure.status.rawValue): \(plain(failure.status.meaning))\n"
    }
    text += plain(record.summary) + "\n"
    let findings = record.findings
    if !findings.isEmpty {
      var table = TextTable([.init(title: "check"), .init(title: "rule"), .init(title: "finding")])
      for (check, finding) in findings.prefix(MarkdownSummary.limit) {
        table.append(["\(check.group).\(check.name)", finding.rule.rawValue, finding.message])
      }
      text += "\n" + table.markdown()
      let rest = findings.count - MarkdownSummary.limit
      if rest > 0 { text += "\nand \(rest) more\n" }
    }
    let counts = record.counts
    text += "\n\(record.cases.count) checks: \(counts.failed) failed, \(counts.inconclusive) inconclusive, "
    return text + "\(counts.skipped) skipped. Exit code \(record.status.rawValue).\n"
  }

  private func plain(_ text: String) -> String { text.escapingControlCharacters().escapingMarkdown() }
}
