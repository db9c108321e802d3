import StrictJSON
import Testing

@testable import tfconv

@Suite struct DispatchTests {
  private let commands: [any Command.Type] = [FailingCommand.self]

  @Test func resultsAndNotesGoToDifferentPlaces() throws {
    let captured = try CapturedConsole()
    #expect(captured.run("fail", "check", commands: commands) == .checkFailed)
    #expect(captured.output.text == "report\n")
    #expect(captured.errors.text == "a note\ntfconv: warning: a warning\n")
  }

  @Test func quietKeepsResultsAndWarnings() throws {
    let captured = try CapturedConsole()
    #expect(captured.run("fail", "check", "--quiet", commands: commands) == .checkFailed)
    #expect(captured.output.text == "report\n")
    #expect(captured.errors.text == "tfconv: warning: a warning\n")
  }

  @Test func aKnownFailureIsToldInFull() throws {
    let captured = try CapturedConsole()
    #expect(captured.run("fail", "known", commands: commands) == .cannotConvert)
    #expect(captured.output.text.isEmpty)
    #expect(
      captured.errors.text == """
        tfconv: error: 1 tensor has no place
          evil\\u{1b}[2J
        hint: leave it out
        nothing was written

        """)
  }

  @Test(arguments: [["--json"], ["--format", "json"], ["--format=json"], ["--format=JSON"]])
  func whereJSONWasAskedForTheFailureIsAlsoJSON(options: [String]) throws {
    let captured = try CapturedConsole()
    let status = Dispatch(commands: commands, console: captured.console).run(["fail", "known"] + options)
    #expect(status == .cannotConvert)
    let report = try JSONValue(parsing: captured.output.text)
    #expect(report["schema"]?.string == "tfconv.error/1")
    #expect(report["exit_code"]?.int == 4)
    #expect(report["error"]?["message"]?.string == "1 tensor has no place")
    #expect(report["error"]?["details"]?.array == ["evil\u{1B}[2J"])
    #expect(report["error"]?["hint"]?.string == "leave it out")
    #expect(report["error"]?["outcome"]?.string == "nothing was written")
    #expect(captured.errors.text.hasPrefix("tfconv: error: 1 tensor"))
  }

  @Test func aUsageFailureIsJSONToo() throws {
    let captured = try CapturedConsole()
    #expect(captured.run("fail", "--json", "--bogus", commands: commands) == .usage)
    #expect(try JSONValue(parsing: captured.output.text)["exit_code"]?.int == 2)
  }

  @Test func anUnexpectedErrorIsInternal() throws {
    let captured = try CapturedConsole()
    #expect(captured.run("fail", "unexpected", commands: commands) == .internalError)
    #expect(captured.errors.text.hasPrefix("tfconv: error: internal error: Unexpected()\nhint: this is a defect"))
  }

  @Test func colourIsForTerminalsThatWantIt() throws {
    let colored = try CapturedConsole(terminalWidth: 80, allowsColor: true)
    #expect(colored.run("fail", "known", commands: commands) == .cannotConvert)
    #expect(colored.errors.text.contains("\u{1B}[31;1merror:\u{1B}[0m"))
    let plain = try CapturedConsole(terminalWidth: 80, allowsColor: true)
    #expect(plain.run("fail", "known", "--no-color", commands: commands) == .cannotConvert)
    #expect(!plain.errors.text.contains("\u{1B}"))
  }

  @Test func helpWinsOverEverythingButTwoDashes() throws {
    let captured = try CapturedConsole()
    #expect(captured.run("fail", "--bogus", "-h", commands: commands) == .success)
    #expect(captured.output.text == HelpText(width: 80).command(FailingCommand.spec))
    let after = try CapturedConsole()
    #expect(after.run("fail", "--", "--help", commands: commands) == .success)
    #expect(after.output.text.isEmpty)
  }

  @Test func aWordThatIsNotUTF8IsRefused() throws {
    let captured = try CapturedConsole()
    var word: [CChar] = [97, -28, 0]
    let status = word.withUnsafeMutableBufferPointer { word in
      [nil, word.baseAddress].withUnsafeBufferPointer {
        Dispatch(commands: commands, console: captured.console).run(arguments: $0)
      }
    }
    #expect(status == .usage)
    #expect(captured.errors.text.hasPrefix("tfconv: error: argument 1 is not UTF-8: 'a\u{FFFD}'\n"))
  }
}
