#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What a verification leaves in a GitHub workflow: an annotation for the first divergence, and the step's summary.
///
/// Format of the commands: GitHub, "Workflow commands for GitHub Actions". The runner reads them from standard error as
/// well, so that standard output stays free for the report.
struct GitHubActions {
  /// The file to which the step's summary is appended, or nil.
  private let summaryPath: String?

  /// Whether the program runs in a GitHub workflow.
  static let isRunning = getenv("GITHUB_ACTIONS").map { String(cString: $0) == "true" } ?? false

  /// Nil outside a GitHub workflow.
  init?() {
    guard GitHubActions.isRunning else { return nil }
    summaryPath = getenv("GITHUB_STEP_SUMMARY").map { String(cString: $0) }
  }

  /// Prints the annotation and appends the summary; a summary that cannot be written is a warning.
  func tell(_ record: VerificationRecord, _ console: Console) {
    if let line = GitHubActions.annotation(record) { console.writeError(line + "\n") }
    guard let path = summaryPath, !path.isEmpty else { return }
    if !append(MarkdownSummary(record).text + "\n", to: path) {
      console.warn("the summary could not be appended to \(path): \(String(cString: strerror(errno)))")
    }
  }

  /// The command that annotates the first divergence, or nil if there is none.
  static func annotation(_ record: VerificationRecord) -> String? {
    let message: String
    if let failure = record.failure {
      message = failure.lines.joined(separator: "\n")
    } else if let first = record.findings.first {
      message = "\(first.check.group).\(first.check.name)\n\(first.finding.message)"
    } else {
      return nil
    }
    let title = "tfconv verify: \(record.label.lowercased())"
    return "::error title=\(escapingProperty(title))::\(escapingData(message.escapingWorkflowCommands()))"
  }

  /// A message with the characters that would end the command escaped.
  static func escapingData(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "%": result += "%25"
      case "\r": result += "%0D"
      case "\n": result += "%0A"
      default: result += String(scalar).escapingControlCharacters()
      }
    }
  }

  /// A property with the characters that would end it escaped.
  static func escapingProperty(_ text: String) -> String {
    escapingData(text).unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case ":": result += "%3A"
      case ",": result += "%2C"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  private func append(_ text: String, to path: String) -> Bool {
    guard let file = fopen(path, "a") else { return false }
    let bytes = Array(text.utf8)
    let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
    return fclose(file) == 0 && isWritten
  }
}

extension String {
  /// The text with what GitHub's runner would take for a command made visible: `::` at the start of a line, white space
  /// aside, and the older `##[` anywhere (github.com/actions/runner, src/Runner.Common/ActionCommand.cs).
  func escapingWorkflowCommands() -> String {
    var parts = split(separator: "##[", omittingEmptySubsequences: false).joined(separator: "\\u{23}#[")
    if let start = parts.unicodeScalars.firstIndex(where: { !$0.properties.isWhitespace }),
      parts[start...].hasPrefix("::")
    {
      parts.replaceSubrange(start...start, with: "\\u{3a}")
    }
    return parts
  }
}
