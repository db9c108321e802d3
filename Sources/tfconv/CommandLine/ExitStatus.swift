/// The exit codes of `tfconv`: a documented interface that scripts and CI jobs rely on.
enum ExitStatus: Int32, Sendable, CaseIterable {
  case success = 0
  case checkFailed = 1
  case usage = 2
  case invalidInput = 3
  case cannotConvert = 4
  case inputOutput = 5
  case incomplete = 6
  case inconclusive = 7
  case internalError = 70
  case interrupted = 130
  case terminated = 143

  /// What the code means, as help and documentation print it.
  var meaning: String {
    switch self {
    case .success: "done, and every check that was asked for passed"
    case .checkFailed: "a check failed: a difference was found"
    case .usage: "the command line was not understood"
    case .invalidInput: "invalid input: a corrupt file, or an index and shards that disagree"
    case .cannotConvert: "cannot convert: unmapped or missing tensors, unknown architecture, not representable"
    case .inputOutput: "input or output failed: disk full, no permission, the output exists"
    case .incomplete: "incomplete: parts of a sharded job are missing"
    case .inconclusive: "inconclusive: verification could not decide; never a pass"
    case .internalError: "internal error: a defect in tfconv"
    case .interrupted: "interrupted; nothing half-written is left under a final name"
    case .terminated: "terminated; nothing half-written is left under a final name"
    }
  }
}
