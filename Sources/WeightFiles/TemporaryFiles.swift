internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The temporary files that are being written, in memory that a signal handler may read.
///
/// Call `prepare()` before installing a handler that calls `removeAll()`: the table must exist by then.
public enum TemporaryFiles {
  private static let slotCount = 4096
  private static let pathLength = 4096

  private enum State {
    static let free = 0
    static let filling = 1
    static let live = 2
  }

  // Both tables are allocated once and never freed; their pages cost nothing until a slot is used.
  private nonisolated(unsafe) static let states: UnsafeMutablePointer<Atomic<Int>> = {
    let states = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: slotCount)
    for index in 0..<slotCount { (states + index).initialize(to: Atomic(State.free)) }
    return states
  }()
  private nonisolated(unsafe) static let paths = UnsafeMutablePointer<CChar>.allocate(capacity: slotCount * pathLength)

  /// Makes the table, so that `removeAll()` allocates nothing.
  public static func prepare() {
    _ = states
    _ = paths
  }

  /// Removes every temporary file; only system calls are made, so that a signal handler may call it.
  public static func removeAll() {
    for index in 0..<slotCount where states[index].load(ordering: .acquiring) == State.live {
      unlink(paths + index * pathLength)
    }
  }

  /// The files that are being written now, for those who want to know what a signal would remove.
  public static var livePaths: [String] {
    (0..<slotCount).filter { states[$0].load(ordering: .acquiring) == State.live }
      .map { String(cString: paths + $0 * pathLength) }
  }

  /// Enters a path and returns its slot, or nil if the table is full: such a file outlives a signal.
  static func register(_ path: String) -> Int? {
    let bytes = Array(path.utf8CString)
    guard bytes.count <= pathLength else { return nil }
    for index in 0..<slotCount {
      let (taken, _) = states[index].compareExchange(
        expected: State.free, desired: State.filling, ordering: .acquiringAndReleasing)
      guard taken else { continue }
      bytes.withUnsafeBufferPointer { source in
        guard let start = source.baseAddress else { return }
        (paths + index * pathLength).update(from: start, count: source.count)
      }
      states[index].store(State.live, ordering: .releasing)
      return index
    }
    return nil
  }

  /// Forgets a file that was renamed or removed.
  static func unregister(_ slot: Int?) {
    guard let slot else { return }
    states[slot].store(State.free, ordering: .releasing)
  }
}
