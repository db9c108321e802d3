internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Which addresses are which file, and whether the files have stayed as they were when they were mapped.
///
/// Touching a page of a mapped file that has become shorter raises SIGBUS, and system calls that are handed such a page
/// fail with EFAULT; a file that is changed without becoming shorter raises nothing. A program calls `watch` once to be
/// told of the first, and `requireUnchanged` before it relies on what was read.
public enum MappedRegions {
  /// What is wrong with a file whose pages are gone, to follow its name.
  public static let faultMessage: StaticString =
    "the file became shorter while it was read, or its disk failed; run again when nobody writes to it"

  private struct Identity: Sendable {
    let path: String
    let status: stat
  }

  private static let table = SignalTable()
  private static let isWatching = Atomic(false)
  private static let hasFaulted = Atomic(false)
  private static let identities = Mutex<[Identity]>([])
  /// Written before the handler is installed, and never again.
  private nonisolated(unsafe) static var report: @convention(c) (UnsafePointer<CChar>) -> Void = { _ in }

  /// Installs a handler of SIGBUS for faults inside mapped files, and begins to remember what is mapped.
  ///
  /// - Parameter report: called in the handler, so that it may make system calls only, with the printable path of the
  ///   file; it ends the process. Other faults end it as if there were no handler.
  public static func watch(report: @escaping @convention(c) (UnsafePointer<CChar>) -> Void) {
    self.report = report
    _ = table
    var action = sigaction()
    action.sa_flags = SA_SIGINFO
    action.__sigaction_handler.sa_sigaction = { _, information, _ in
      MappedRegions.fault(at: UInt(bitPattern: information?.pointee._sifields._sigfault.si_addr))
    }
    sigaction(SIGBUS, &action, nil)
    isWatching.store(true, ordering: .releasing)
  }

  private static func fault(at address: UInt) {
    table.forEach { path, range in
      guard range.contains(address) else { return }
      // Further threads wait for the end that the first one brings about.
      while hasFaulted.exchange(true, ordering: .acquiringAndReleasing) { pause() }
      report(path)
    }
    signal(SIGBUS, SIG_DFL)
  }

  /// Checks that no file that was mapped since `watch` has changed in place.
  ///
  /// A file that was replaced or removed meanwhile is none: its mapping holds on to the contents.
  ///
  /// - Throws: `io` for the first file with another length or time of change.
  public static func requireUnchanged() throws(WeightFileError) {
    for file in identities.withLock({ $0 }) {
      var now = stat()
      guard (file.path == "-" ? fstat(STDIN_FILENO, &now) : stat(file.path, &now)) == 0 else { continue }
      let before = file.status
      guard now.st_dev == before.st_dev, now.st_ino == before.st_ino else { continue }
      guard
        now.st_size == before.st_size, now.st_mtim.tv_sec == before.st_mtim.tv_sec,
        now.st_mtim.tv_nsec == before.st_mtim.tv_nsec
      else {
        throw WeightFileError(
          .io, path: file.path,
          message: "the file was changed while it was read; run again when nobody writes to it")
      }
    }
  }

  /// Remembers what a file was like when it was opened.
  static func remember(_ path: String, _ status: stat) {
    guard isWatching.load(ordering: .acquiring) else { return }
    identities.withLock { $0.append(Identity(path: path, status: status)) }
  }

  /// Enters the addresses of a mapping; nil if the table is full.
  static func enter(_ bytes: UnsafeRawBufferPointer, path: String) -> Int? {
    let start = UInt(bitPattern: bytes.baseAddress)
    return table.enter(path.printable(), range: start..<start + UInt(bytes.count))
  }

  /// Forgets a mapping.
  static func remove(_ slot: Int?) { table.remove(slot) }

  /// The error for bytes that the operating system could not read; nil if they are no mapped file's.
  static func error(reading bytes: UnsafeRawBufferPointer) -> WeightFileError? {
    let start = UInt(bitPattern: bytes.baseAddress)
    var found: WeightFileError?
    table.forEach { path, range in
      guard range.overlaps(start..<start + UInt(bytes.count)) else { return }
      found = WeightFileError(.io, path: String(cString: path), message: "\(faultMessage)")
    }
    return found
  }
}
