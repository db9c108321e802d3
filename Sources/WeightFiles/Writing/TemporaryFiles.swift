internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The temporary files that are being written, and the folders made for them, in memory that a signal handler may read.
///
/// Call `prepare()` before installing a handler that calls `removeAll()`: the table must exist by then.
public enum TemporaryFiles {
  private static let table = SignalTable()

  /// Makes the table, so that `removeAll()` allocates nothing.
  public static func prepare() { _ = table }

  /// Removes every temporary file, then the folders that are empty; only system calls are made, so that a signal handler
  /// may call it.
  public static func removeAll() {
    table.forEach { path, _ in unlink(path) }
    table.forEach { path, _ in rmdir(path) }
  }

  private static let isEnding = Mutex(false)

  /// Makes or moves files, unless the process has begun to end: then it waits for that end.
  ///
  /// - Parameter body: makes or moves what `removeAllForGood` must find either before or after.
  /// - Returns: what the body returns.
  /// - Throws: what the body throws.
  public static func change<Result: Sendable, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try isEnding.withLock { (isEnding) throws(Failure) in
      while isEnding { pause() }
      return try body()
    }
  }

  /// Waits for a change that has begun, lets no other begin and removes every temporary file; for a thread that then
  /// ends the process.
  public static func removeAllForGood() {
    isEnding.withLock { $0 = true }
    removeAll()
  }

  /// The files that are being written now, for those who want to know what a signal would remove.
  public static var livePaths: [String] {
    var paths: [String] = []
    table.forEach { path, _ in paths.append(String(cString: path)) }
    return paths
  }

  /// Enters a path and returns its slot, or nil if the table is full: such a file outlives a signal.
  public static func register(_ path: String) -> Int? { table.enter(path) }

  /// Forgets a file that was renamed or removed.
  public static func unregister(_ slot: Int?) { table.remove(slot) }
}
