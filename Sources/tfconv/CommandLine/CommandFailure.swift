import Architectures

/// An error as the user sees it: an exit code, a sentence, the particulars, and what to do.
struct CommandFailure: Error, Sendable, Equatable {
  let status: ExitStatus
  /// One sentence without a full stop.
  let message: String
  /// Further lines: one per tensor, file or place.
  var details: [String] = []
  /// What to do next.
  var hint: String?
  /// What became of the output, such as `nothing was written`.
  var outcome: String?

  /// The text for stderr, a line break at its end; control characters of names and paths are shown escaped.
  func text(color: Bool) -> String {
    let style = TextStyle(isEnabled: color)
    var lines = ["tfconv: \(style.red("error:")) \(message.escapingControlCharacters())"]
    lines += details.map { "  " + $0.escapingControlCharacters() }
    if let hint { lines.append("\(style.bold("hint:")) \(hint.escapingControlCharacters())") }
    if let outcome { lines.append(outcome.escapingControlCharacters()) }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// An error of a library module that knows how it is told on the command line.
protocol CommandFailureConvertible: Error {
  /// The exit code and the sentences for this error.
  var commandFailure: CommandFailure { get }
}

extension CommandFailure {
  /// The failure for a command line that was not understood, with the place to look it up.
  static func usage(_ message: String, command: String? = nil) -> CommandFailure {
    CommandFailure(
      status: .usage, message: message, hint: "see tfconv \(command.map { "\($0) " } ?? "")--help")
  }

  /// The failure for a name or pattern of an option that nothing has or matches.
  ///
  /// - Parameters:
  ///   - option: the option without its dashes.
  ///   - text: what was given.
  ///   - what: what it should have named, such as "tensor".
  ///   - names: what there is.
  /// - Returns: a usage failure that hints at the nearest name.
  static func unmatched(
    _ option: String, _ text: String, what: String, among names: some Sequence<String>
  ) -> CommandFailure {
    CommandFailure(
      status: .usage, message: "--\(option) \(text) matches no \(what)",
      hint: NearestName.of(text, among: names).map { "did you mean \($0)?" })
  }

  /// What `error` is told as; an error of a kind that nobody expected is an internal error.
  init(_ error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as any CommandFailureConvertible: self = error.commandFailure
    default:
      self.init(
        status: .internalError, message: "internal error: \(error)",
        hint: "this is a defect in tfconv; please report it together with the command line")
    }
  }
}
