import Architectures
import GraphRuntime
import ModelConversion
import ParityChecks
import StrictJSON
import TensorData
import TensorGraph
import TextGeneration
import WeightFiles

// How the errors of the library modules are told on the command line: the exit code and the sentences.

extension LayoutError: CommandFailureConvertible {
  var commandFailure: CommandFailure {
    CommandFailure(
      status: kind == .contradiction ? .invalidInput : .cannotConvert, message: message,
      details: details.shortened(), hint: hint)
  }
}

extension ModelError: CommandFailureConvertible {
  var commandFailure: CommandFailure {
    let status: ExitStatus =
      switch kind {
      case .invalid: .invalidInput
      case .cannotConvert: .cannotConvert
      case .outOfRange: .checkFailed
      case .io: .inputOutput
      }
    return CommandFailure(status: status, message: message, details: details.shortened(), hint: hint)
  }
}

extension WeightFileError: CommandFailureConvertible {
  var commandFailure: CommandFailure {
    let status: ExitStatus =
      switch category {
      case .io, .exists: .inputOutput
      case .missing where errorNumber != nil: .inputOutput
      default: .invalidInput
      }
    return CommandFailure(
      status: status, message: description,
      hint: category == .exists ? "to replace it: --force" : nil)
  }
}

extension CastError: CommandFailureConvertible {
  var commandFailure: CommandFailure { CommandFailure(status: .cannotConvert, message: description) }
}

extension RuntimeError: CommandFailureConvertible {
  var commandFailure: CommandFailure {
    switch self {
    case .libraryUnavailable: CommandFailure(status: .inputOutput, message: description)
    // Outputs are named on the command line alone; inputs by files.
    case .unknownOutput(let name, let known):
      CommandFailure(status: .usage, message: description, hint: nearest(name, known))
    case .unknownInput(let name, let known):
      CommandFailure(status: .invalidInput, message: description, hint: nearest(name, known))
    default: CommandFailure(status: .invalidInput, message: description)
    }
  }

  private func nearest(_ name: String, _ known: [String]) -> String? {
    NearestName.of(name, among: known).map { "did you mean \($0)?" }
  }
}

extension ShapeError: CommandFailureConvertible {
  var commandFailure: CommandFailure { CommandFailure(status: .invalidInput, message: description) }
}

extension ParityError: CommandFailureConvertible {
  var commandFailure: CommandFailure { CommandFailure(status: .invalidInput, message: description) }
}

extension GenerationError: CommandFailureConvertible {
  var commandFailure: CommandFailure { CommandFailure(status: .invalidInput, message: description) }
}

extension TokenizerError: CommandFailureConvertible {
  var commandFailure: CommandFailure { CommandFailure(status: .invalidInput, message: description) }
}

extension JSONError: CommandFailureConvertible {
  var commandFailure: CommandFailure { CommandFailure(status: .invalidInput, message: description) }
}

extension [String] {
  /// At most twelve lines, with a line that counts the rest.
  fileprivate func shortened() -> [String] {
    count <= 12 ? self : Array(prefix(11)) + ["and \(count - 11) more"]
  }
}
