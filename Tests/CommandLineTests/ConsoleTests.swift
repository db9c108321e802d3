import Glibc
import Testing

@testable import tfconv

@Suite struct ConsoleTests {
  @Test func aFullDiskIsAFailureOfItsOwn() throws {
    let descriptor = open("/dev/full", O_WRONLY)
    defer { close(descriptor) }
    let console = Console(output: descriptor)
    console.print("result")
    let failure = #expect(throws: CommandFailure.self) { try console.finish() }
    #expect(failure?.status == .inputOutput)
    #expect(failure?.message == "results could not be written to standard output: No space left on device")
  }

  @Test func aReaderThatLeavesIsNoFailure() throws {
    signal(SIGPIPE, SIG_IGN)
    let pipe = try makePipe()
    close(pipe.reading)
    defer { close(pipe.writing) }
    let console = Console(output: pipe.writing)
    #expect(!console.isOutputClosed)
    console.print("result")
    console.flush()
    #expect(console.isOutputClosed)
    console.print("more")
    #expect(throws: Never.self) { try console.finish() }
  }

  @Test func largeResultsArriveWhole() throws {
    let captured = try CapturedConsole()
    let line = String(repeating: "x", count: 999)
    for _ in 0..<1000 { captured.console.print(line) }
    try captured.console.finish()
    #expect(captured.output.text == String(repeating: line + "\n", count: 1000))
  }
}
