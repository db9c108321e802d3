import Glibc

@testable import tfconv

/// A temporary file that a test writes through its descriptor and reads back.
final class CapturedFile {
  private let file: UnsafeMutablePointer<FILE>

  init() throws {
    guard let file = tmpfile() else { throw CaptureError(message: "no temporary file: errno \(errno)") }
    self.file = file
  }

  deinit { fclose(file) }

  var descriptor: Int32 { fileno(file) }

  /// Everything written so far.
  var text: String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = pread(descriptor, &chunk, chunk.count, off_t(bytes.count))
      if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }
}

/// Why a test could not capture output.
struct CaptureError: Error {
  let message: String
}

/// A console whose two outputs a test can read.
struct CapturedConsole {
  let output: CapturedFile
  let errors: CapturedFile
  let console: Console

  init(terminalWidth: Int? = nil, allowsColor: Bool = false) throws {
    output = try CapturedFile()
    errors = try CapturedFile()
    console = Console(
      output: output.descriptor, errors: errors.descriptor,
      outputTerminal: TerminalInfo(isTerminal: false, width: 80, allowsColor: false),
      errorTerminal: TerminalInfo(
        isTerminal: terminalWidth != nil, width: terminalWidth ?? 80, allowsColor: allowsColor))
  }

  /// Runs a command line with these commands; a JSON report that it prints is held to its schema.
  func run(_ words: String..., commands: [any Command.Type]) -> ExitStatus {
    let status = Dispatch(commands: commands, console: console).run(words)
    ReportConformance.check(output.text, exitCode: status.rawValue)
    return status
  }
}

/// The two ends of a pipe, closed in processes that other tests start meanwhile.
func makePipe() throws -> (reading: Int32, writing: Int32) {
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { throw CaptureError(message: "no pipe: errno \(errno)") }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}
