#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Synchronization

/// Where a command writes: results to standard output, everything else to standard error.
///
/// It may be used from several threads. Standard output is buffered unless it is a terminal; what could not be written
/// there becomes a failure at the end of the run.
final class Console: Sendable {
  private struct State {
    var output: OutputStream
    var errors: OutputStream
    var isProgressVisible = false
    var isQuiet = false
    var usesColor: Bool
  }

  /// What standard output is connected to.
  let outputTerminal: TerminalInfo
  /// What standard error is connected to.
  let errorTerminal: TerminalInfo
  private let state: Mutex<State>

  /// A console on two descriptors.
  init(
    output: Int32 = STDOUT_FILENO, errors: Int32 = STDERR_FILENO, outputTerminal: TerminalInfo? = nil,
    errorTerminal: TerminalInfo? = nil
  ) {
    self.outputTerminal = outputTerminal ?? TerminalInfo(descriptor: output)
    self.errorTerminal = errorTerminal ?? TerminalInfo(descriptor: errors)
    state = Mutex(
      State(
        output: OutputStream(descriptor: output), errors: OutputStream(descriptor: errors),
        usesColor: self.errorTerminal.allowsColor))
  }

  /// Sets what `--quiet` and `--no-color` ask for.
  func configure(isQuiet: Bool, noColor: Bool) {
    state.withLock {
      $0.isQuiet = isQuiet
      if noColor { $0.usesColor = false }
    }
  }

  /// Whether notes and progress are left out.
  var isQuiet: Bool { state.withLock { $0.isQuiet } }

  /// Whether standard error gets colour.
  var usesColor: Bool { state.withLock { $0.usesColor } }

  /// Whether the reader of standard output has gone, so that endless results can stop.
  var isOutputClosed: Bool { state.withLock { $0.output.isClosed } }

  /// Writes a result to standard output, as it is.
  func write(_ text: String) {
    state.withLock { state in
      if outputTerminal.isTerminal { Self.clearProgress(&state) }
      state.output.write(text)
      if outputTerminal.isTerminal { state.output.flush() }
    }
  }

  /// Writes a result and a line break to standard output.
  func print(_ line: String) { write(line + "\n") }

  /// Hands buffered results on now, for results that come slowly.
  func flush() { state.withLock { $0.output.flush() } }

  /// Writes a line about the work to standard error, unless `--quiet` was given.
  func note(_ line: String) {
    state.withLock { state in
      if !state.isQuiet { Self.writeError(line.escapingControlCharacters() + "\n", &state) }
    }
  }

  /// Writes a warning to standard error, also with `--quiet`.
  func warn(_ message: String) {
    state.withLock { state in
      let label = TextStyle(isEnabled: state.usesColor).yellow("warning:")
      Self.writeError("tfconv: \(label) \(message.escapingControlCharacters())\n", &state)
    }
  }

  /// Writes text to standard error as it is.
  func writeError(_ text: String) {
    state.withLock { Self.writeError(text, &$0) }
  }

  /// Draws `line` in place of the progress line, or removes it if `line` is nil.
  func showProgress(_ line: String?) {
    state.withLock { state in
      Self.clearProgress(&state)
      guard let line, !state.isQuiet else { return }
      state.errors.write(line)
      state.errors.flush()
      state.isProgressVisible = true
    }
  }

  /// Flushes standard output at the end of the run.
  ///
  /// - Throws: a failure with exit code 5 if any result could not be written.
  func finish() throws(CommandFailure) {
    let code = state.withLock { state -> Int32? in
      Self.clearProgress(&state)
      state.output.flush()
      return state.output.failure
    }
    guard let code else { return }
    throw CommandFailure(
      status: .inputOutput,
      message: "results could not be written to standard output: \(String(cString: strerror(code)))",
      hint: "what was printed is incomplete; free space or choose another destination and run again")
  }

  private static func writeError(_ text: String, _ state: inout State) {
    clearProgress(&state)
    state.errors.write(text)
    state.errors.flush()
  }

  private static func clearProgress(_ state: inout State) {
    guard state.isProgressVisible else { return }
    state.errors.write("\r\u{1B}[K")
    state.errors.flush()
    state.isProgressVisible = false
  }
}
