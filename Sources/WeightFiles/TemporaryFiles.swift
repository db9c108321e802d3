#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The temporary files that are being written, in memory that a signal handler may read.
///
/// Call `prepare()` before installing a handler that calls `removeAll()`: the table must exist by then.
public enum TemporaryFiles {
  private static let table = SignalTable()

  /// Makes the table, so that `removeAll()` allocates nothing.
  public static func prepare() { _ = table }

  /// Removes every temporary file; only system calls are made, so that a signal handler may call it.
  public static func removeAll() {
    table.forEach { path, _ in unlink(path) }
  }

  /// The files that are being written now, for those who want to know what a signal would remove.
  public static var livePaths: [String] {
    var paths: [String] = []
    table.forEach { path, _ in paths.append(String(cString: path)) }
    return paths
  }

  /// Enters a path and returns its slot, or nil if the table is full: such a file outlives a signal.
  static func register(_ path: String) -> Int? { table.enter(path) }

  /// Forgets a file that was renamed or removed.
  static func unregister(_ slot: Int?) { table.remove(slot) }
}
