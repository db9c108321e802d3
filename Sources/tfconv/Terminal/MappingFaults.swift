#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Synchronization
import WeightFiles

/// Ends the process in order when a file that is being read loses its pages: what cannot be read is said, temporaries are
/// removed, and the exit code is 5.
enum MappingFaults {
  private static let reportsJSON = Atomic(false)

  /// The JSON report before and after the path; made before the handler may read it.
  private static let report: (opening: [UInt8], closing: [UInt8]) = {
    let placeholder: Character = "\u{FFFC}"
    let failure = CommandFailure(
      status: .inputOutput, message: "\(placeholder): \(MappedRegions.faultMessage) [io]")
    let parts = failure.json.split(separator: placeholder)
    return (Array(parts[0].utf8), Array("\(parts[1])\n".utf8))
  }()

  /// Whether standard output gets the error as JSON, too.
  static func reportJSON(_ isWanted: Bool) {
    if isWanted { _ = report }
    reportsJSON.store(isWanted, ordering: .releasing)
  }

  /// Starts to watch; to be called once, when the table of temporary files exists.
  static func watch() {
    MappedRegions.watch { path in
      MappingFaults.tell(path)
      TemporaryFiles.removeAll()
      _exit(ExitStatus.inputOutput.rawValue)
    }
  }

  /// Writes the error with system calls alone.
  private static func tell(_ path: UnsafePointer<CChar>) {
    put(STDERR_FILENO, "tfconv: error: ")
    _ = write(STDERR_FILENO, path, strlen(path))
    put(STDERR_FILENO, ": ")
    put(STDERR_FILENO, MappedRegions.faultMessage)
    put(STDERR_FILENO, " [io]\n")
    guard reportsJSON.load(ordering: .acquiring) else { return }
    _ = write(STDOUT_FILENO, report.opening, report.opening.count)
    for index in 0..<strlen(path) {
      // A printable path has no control characters that JSON would want escaped.
      if path[index] == 0x22 || path[index] == 0x5C { put(STDOUT_FILENO, "\\") }
      _ = write(STDOUT_FILENO, path + index, 1)
    }
    _ = write(STDOUT_FILENO, report.closing, report.closing.count)
  }

  private static func put(_ descriptor: Int32, _ text: StaticString) {
    _ = write(descriptor, text.utf8Start, text.utf8CodeUnitCount)
  }
}
