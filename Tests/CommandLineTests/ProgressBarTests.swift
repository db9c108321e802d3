import Synchronization
import Testing

@testable import tfconv

@Suite struct ProgressBarTests {
  /// A clock that a test sets.
  private final class Clock: Sendable {
    let time = Mutex(Duration.zero)
    func set(milliseconds: Int) { time.withLock { $0 = .milliseconds(milliseconds) } }
  }

  private func bar(_ captured: CapturedConsole, _ clock: Clock) -> ProgressBar {
    ProgressBar(captured.console, label: "write", total: 1000, unit: .items, now: { clock.time.withLock { $0 } })
  }

  @Test func nothingIsDrawnInTheFirstHalfSecond() throws {
    let captured = try CapturedConsole(terminalWidth: 80)
    let clock = Clock()
    let bar = bar(captured, clock)
    for step in 0..<50 {
      clock.set(milliseconds: step * 10)
      bar.advance(by: 1)
    }
    bar.finish()
    #expect(captured.errors.text.isEmpty)
  }

  @Test func theBarIsRedrawnTenTimesASecondAndClearedAtTheEnd() throws {
    let captured = try CapturedConsole(terminalWidth: 80)
    let clock = Clock()
    let bar = bar(captured, clock)
    for step in 0..<150 {
      clock.set(milliseconds: step * 10)
      bar.advance(by: 1)
    }
    #expect(captured.errors.text.components("write  ") == 10)
    bar.finish()
    #expect(captured.errors.text.hasSuffix("\r\u{1B}[K"))
  }

  @Test func pipesAndQuietRunsSeeNoBar() throws {
    for (width, quiet) in [(nil, false), (80, true)] as [(Int?, Bool)] {
      let captured = try CapturedConsole(terminalWidth: width)
      captured.console.configure(isQuiet: quiet, noColor: false)
      let clock = Clock()
      let bar = bar(captured, clock)
      clock.set(milliseconds: 2000)
      bar.advance(by: 500)
      bar.finish()
      #expect(captured.errors.text.isEmpty)
    }
  }

  @Test func aWarningTakesTheBarAwayFirst() throws {
    let captured = try CapturedConsole(terminalWidth: 80)
    captured.console.showProgress("bar")
    captured.console.warn("careful")
    #expect(captured.errors.text == "bar\r\u{1B}[Ktfconv: warning: careful\n")
  }
}

extension String {
  fileprivate func components(_ separator: String) -> Int { split(separator: separator).count }
}

@Suite struct ProgressLineTests {
  @Test func theLineTellsShareRateAndTimeLeft() {
    let line = ProgressLine(label: "write", unit: .bytes, total: 2_000_000, done: 500_000, seconds: 0.5)
    #expect(
      line.text(width: 100) == "write  " + "███████░░░░░░░░░░░░░░░░░░░░░░░  500.0 kB / 2.0 MB  1.0 MB/s  1.5 s left")
    let items = ProgressLine(label: "check", unit: .items, total: 131, done: 131, seconds: 2)
    #expect(items.text(width: 100) == "check  " + String(repeating: "█", count: 30) + "  131 / 131")
  }

  @Test func theLineNeverReachesTheLastColumn() {
    for width in 0...120 {
      for done in [0, 1, 999, 1000, 1500] {
        let line = ProgressLine(label: "write", unit: .bytes, total: 1000, done: done, seconds: 3)
        #expect(line.text(width: width).columnCount <= max(0, width - 1))
      }
    }
  }

  @Test func anUnknownTotalHasNoBar() {
    #expect(ProgressLine(label: "read", unit: .items, total: 0, done: 1234).text(width: 80) == "read  1,234")
  }
}
