import TestSupport
import Testing

/// Runs the built binary.
func tfconv(_ arguments: String..., environment: [String] = []) throws -> BuiltProgram.Result {
  try BuiltProgram.run(arguments, environment: environment)
}

/// The same with a list of arguments.
func tfconv(_ arguments: [String]) throws -> BuiltProgram.Result { try BuiltProgram.run(arguments, environment: []) }

extension BuiltProgram.Result {
  /// Expects an exit code, and texts that the user must have been told, on whichever stream.
  @discardableResult
  func expect(
    _ code: Int32, _ texts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) -> BuiltProgram.Result {
    #expect(exitCode == code, "\(errors)\(output)", sourceLocation: sourceLocation)
    for text in texts {
      #expect(
        errors.contains(text) || output.contains(text), "not said: \(text)\nsaid: \(errors)\(output)",
        sourceLocation: sourceLocation)
    }
    return self
  }
}

extension Fixtures {
  /// The directory of a reference model.
  static func model(_ name: String) -> String { path("models/\(name)") }
}
