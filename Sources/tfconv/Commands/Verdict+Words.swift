import ParityChecks

extension Verdict {
  /// The verdict in capitals: PASS, FAIL, INCONCLUSIVE.
  var word: String { rawValue.uppercased() }

  /// The verdict at the start of a line.
  var label: String { self == .inconclusive ? word : "\(word)   " }
}

extension ExitStatus {
  /// The exit code of a verdict.
  init(_ verdict: Verdict) {
    switch verdict {
    case .pass: self = .success
    case .fail: self = .checkFailed
    case .inconclusive: self = .inconclusive
    }
  }
}
