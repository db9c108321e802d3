import ParityChecks

/// A verification as a JUnit XML file, which CI systems show as a list of tests.
///
/// There is no standard; the elements are those that Jenkins, GitLab and the GitHub reporters read. A case without a
/// decision is an `<error>`, so that no viewer takes it for a pass.
struct JUnitReport {
  private let record: VerificationRecord

  init(_ record: VerificationRecord) { self.record = record }

  /// The file.
  var text: String {
    let failed = record.failure == nil ? 0 : 1
    let counts =
      "tests=\"\(record.cases.count + failed)\" failures=\"\(record.counts.failed)\" "
      + "errors=\"\(record.counts.inconclusive + failed)\" skipped=\"\(record.counts.skipped)\""
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites name=\"tfconv verify\" \(counts)>",
      "  <testsuite name=\"tfconv verify\" \(counts)>", "    <properties>",
    ]
    let properties =
      record.subjects.map { ($0.role, $0.name) } + [
        ("verdict", record.label.lowercased()), ("exit_code", String(record.status.rawValue)),
      ]
    lines += properties.map { "      <property name=\"\($0)\" value=\"\($1.escapingXML())\"/>" }
    lines.append("    </properties>")
    lines += record.cases.map(element)
    if let failure = record.failure {
      lines.append(element("tfconv", "verify", "error", type: "exit-\(failure.status.rawValue)", failure.lines))
    }
    lines += ["  </testsuite>", "</testsuites>"]
    return lines.joined(separator: "\n") + "\n"
  }

  private func element(_ check: CheckCase) -> String {
    switch check.outcome {
    case .passed:
      return "    <testcase classname=\"\(check.group.escapingXML())\" name=\"\(check.name.escapingXML())\"/>"
    case .skipped(let reason): return element(check.group, check.name, "skipped", type: nil, [reason])
    case .found(let finding):
      let place = finding.place.map { ["\($0.tensor) in \($0.file), \($0.byteCount) bytes at \($0.offset)"] } ?? []
      return element(
        check.group, check.name, finding.isInconclusive ? "error" : "failure", type: finding.rule.rawValue,
        [finding.message] + place)
    }
  }

  /// One case that did not pass; the first line is the message, the others follow as text.
  private func element(_ group: String, _ name: String, _ kind: String, type: String?, _ lines: [String]) -> String {
    let texts = lines.map { $0.escapingXML() }
    let attributes = (type.map { "type=\"\($0)\" " } ?? "") + "message=\"\(texts.first ?? "")\""
    let content = texts.count > 1 ? ">\(texts.joined(separator: "\n"))</\(kind)>" : "/>"
    return "    <testcase classname=\"\(group.escapingXML())\" name=\"\(name.escapingXML())\">\n"
      + "      <\(kind) \(attributes)\(content)\n    </testcase>"
  }
}

extension CommandFailure {
  /// The sentence, the particulars, the hint and the outcome, a line each.
  var lines: [String] { [message] + details + [hint, outcome].compactMap { $0 } }
}

extension String {
  /// The text as XML character data or attribute value.
  ///
  /// Control characters become visible escapes first; XML 1.0 has no way to hold most of them (section 2.2).
  func escapingXML() -> String {
    escapingControlCharacters().unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&apos;"
      case "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
