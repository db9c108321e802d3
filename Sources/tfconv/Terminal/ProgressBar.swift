import Synchronization

/// A progress bar on standard error: only on a terminal, only for work that takes longer than half a second, redrawn at
/// most ten times a second, and removed at the end.
///
/// `advance` may be called from several threads.
final class ProgressBar: Sendable {
  private struct State {
    var line: ProgressLine
    var lastDrawn: Duration
  }

  static let delay = Duration.milliseconds(500)
  static let interval = Duration.milliseconds(100)

  private let console: Console
  private let now: @Sendable () -> Duration
  private let state: Mutex<State>

  /// Starts the clock.
  ///
  /// - Parameters:
  ///   - console: where the bar is drawn.
  ///   - label: the word before the bar.
  ///   - total: the work in all, 0 if unknown.
  ///   - unit: what is counted.
  ///   - now: the time since the start; a clock of the system unless a test brings its own.
  init(
    _ console: Console, label: String, total: Int, unit: ProgressLine.Unit,
    now: (@Sendable () -> Duration)? = nil
  ) {
    let start = ContinuousClock.now
    self.console = console
    self.now = now ?? { ContinuousClock.now - start }
    state = Mutex(
      State(line: ProgressLine(label: label, unit: unit, total: total), lastDrawn: Self.delay - Self.interval))
  }

  /// Counts finished work and redraws the bar if it is time.
  func advance(by amount: Int) { update { $0 += amount } }

  /// Says how much work is finished in all and redraws the bar if it is time.
  func reach(_ amount: Int) { update { $0 = amount } }

  private func update(_ count: (inout Int) -> Void) {
    let drawn = state.withLock { state -> ProgressLine? in
      count(&state.line.done)
      guard console.errorTerminal.isTerminal else { return nil }
      let time = now()
      guard time - state.lastDrawn >= Self.interval else { return nil }
      state.lastDrawn = time
      state.line.seconds = time / .seconds(1)
      return state.line
    }
    if let drawn { console.showProgress(drawn.text(width: console.errorTerminal.width)) }
  }

  /// Removes the bar.
  func finish() {
    console.showProgress(nil)
  }
}
