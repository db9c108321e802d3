import Glibc
import TestSupport
import Testing

@testable import tfconv

/// The binary as a user runs it: exit codes, streams, signals.
@Suite struct BuiltProgramTests {
  @Test func versionAndHelpSucceedOnStandardOutput() throws {
    let version = try BuiltProgram.run("--version")
    #expect(version.exitCode == 0)
    #expect(version.output == "tfconv \(tfconvVersion)\n")
    for words in ["--help", "-h", "help"] {
      let help = try BuiltProgram.run(words)
      #expect(help.exitCode == 0)
      #expect(help.output == HelpText(width: 80).program(registeredCommands.map { $0.spec }))
      #expect(help.errors.isEmpty)
    }
  }

  @Test func helpOfACommandIsTheSameInBothSpellings() throws {
    let first = try BuiltProgram.run("help", "completions")
    let second = try BuiltProgram.run("completions", "--help")
    #expect(first.exitCode == 0)
    #expect(first.output == second.output)
    #expect(first.output == HelpText(width: 80).command(CompletionsCommand.spec))
  }

  @Test func noCommandPrintsHelpToStandardErrorAndFails() throws {
    let result = try BuiltProgram.run()
    #expect(result.exitCode == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.hasPrefix("tfconv converts"))
  }

  @Test func mistakesExitWithTwoAndASuggestion() throws {
    let command = try BuiltProgram.run("hepl")
    #expect(command.exitCode == 2)
    #expect(command.errors == "tfconv: error: unknown command 'hepl', did you mean help?\nhint: see tfconv --help\n")
    let explained = try BuiltProgram.run("help", "completion")
    #expect(explained.exitCode == 2)
    #expect(explained.errors.contains("did you mean completions?"))
    let option = try BuiltProgram.run("--quiet", "help")
    #expect(option.exitCode == 2)
    #expect(option.errors.contains("'--quiet' stands before the command"))
  }

  @Test func completionsAndTheReferenceComeFromTheRegisteredTables() throws {
    let specs = registeredCommands.map { $0.spec }
    for shell in Shell.allCases {
      let result = try BuiltProgram.run("completions", shell.rawValue)
      #expect(result.exitCode == 0)
      #expect(result.output == shell.completions(for: specs))
    }
    #expect(try BuiltProgram.run("help", "--markdown").output == MarkdownReference.text(specs))
    #expect(try BuiltProgram.run("help", "--markdown", "help").exitCode == 2)
  }

  @Test func aFullDiskOnStandardOutputExitsWithFive() throws {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let errors = try CapturedFile()
    let process = try BuiltProgram.start(["help"], output: full, errors: errors.descriptor)
    #expect(BuiltProgram.exitCode(of: process) == 5)
    #expect(errors.text.contains("No space left on device"))
  }

  @Test func aClosedPipeEndsQuietly() throws {
    let pipe = try makePipe()
    close(pipe.reading)
    let errors = try CapturedFile()
    let process = try BuiltProgram.start(["help"], output: pipe.writing, errors: errors.descriptor)
    close(pipe.writing)
    #expect(BuiltProgram.exitCode(of: process) == 0)
    #expect(errors.text.isEmpty)
  }

  @Test(.hangLimit(minutes: 1), arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func signalsExitWithTheirCode(signal: Int32, code: Int32) throws {
    // A pipe that is full holds the program in its last write.
    let pipe = try makePipe()
    defer {
      close(pipe.reading)
      close(pipe.writing)
    }
    _ = fcntl(pipe.writing, F_SETFL, O_NONBLOCK)
    while write(pipe.writing, "x", 1) == 1 {}
    _ = fcntl(pipe.writing, F_SETFL, 0)
    let errors = try CapturedFile()
    let process = try BuiltProgram.start(["help"], output: pipe.writing, errors: errors.descriptor)
    while !isBlocking(signal, process) { usleep(1000) }
    #expect(kill(process, signal) == 0)
    #expect(BuiltProgram.exitCode(of: process) == code)
  }

  /// Whether the main thread of a process has blocked a signal, which it does when the watch begins.
  private func isBlocking(_ signal: Int32, _ process: pid_t) -> Bool {
    guard let file = fopen("/proc/\(process)/status", "r") else { return false }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard text.hasPrefix("SigBlk:"), let mask = UInt64(text.dropFirst(7).filter(\.isHexDigit), radix: 16) else {
        continue
      }
      return mask & (1 << UInt64(signal - 1)) != 0
    }
    return false
  }
}
