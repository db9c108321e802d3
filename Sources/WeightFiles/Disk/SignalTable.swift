internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Texts that a signal handler may read: in memory that is allocated once, filled and emptied without locks.
struct SignalTable: @unchecked Sendable {
  private enum State {
    static let free = 0
    static let filling = 1
    static let live = 2
  }

  private static let slotCount = 4096
  private static let textLength = 4096

  // Never freed; their pages cost nothing until a slot is used.
  private let states: UnsafeMutablePointer<Atomic<Int>>
  private let texts: UnsafeMutablePointer<CChar>
  private let ranges: UnsafeMutablePointer<Range<UInt>>

  /// Makes an empty table.
  init() {
    states = .allocate(capacity: SignalTable.slotCount)
    for index in 0..<SignalTable.slotCount { (states + index).initialize(to: Atomic(State.free)) }
    texts = SignalTable.memory(SignalTable.slotCount * SignalTable.textLength)
    ranges = SignalTable.memory(SignalTable.slotCount)
  }

  /// Makes memory outside the heap.
  ///
  /// In the heap whatever comes next would lie behind it, perhaps in a large page that must be cleared first.
  private static func memory<T>(_ count: Int) -> UnsafeMutablePointer<T> {
    let byteCount = count * MemoryLayout<T>.stride
    let start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let start, start != MAP_FAILED else { return .allocate(capacity: count) }
    return start.bindMemory(to: T.self, capacity: count)
  }

  /// Enters a text with the addresses that it belongs to.
  ///
  /// - Parameters:
  ///   - text: a text without zero bytes.
  ///   - range: addresses; empty if it belongs to none.
  /// - Returns: the slot, or nil if the table is full or the text too long.
  func enter(_ text: String, range: Range<UInt> = 0..<0) -> Int? {
    let bytes = Array(text.utf8CString)
    guard bytes.count <= SignalTable.textLength else { return nil }
    for index in 0..<SignalTable.slotCount {
      let (taken, _) = states[index].compareExchange(
        expected: State.free, desired: State.filling, ordering: .acquiringAndReleasing)
      guard taken else { continue }
      bytes.withUnsafeBufferPointer { source in
        guard let start = source.baseAddress else { return }
        (texts + index * SignalTable.textLength).update(from: start, count: source.count)
      }
      (ranges + index).initialize(to: range)
      states[index].store(State.live, ordering: .releasing)
      return index
    }
    return nil
  }

  /// Frees a slot.
  func remove(_ slot: Int?) {
    guard let slot else { return }
    states[slot].store(State.free, ordering: .releasing)
  }

  /// Shows every text that is in the table; allocates nothing.
  func forEach(_ body: (UnsafePointer<CChar>, Range<UInt>) -> Void) {
    for index in 0..<SignalTable.slotCount where states[index].load(ordering: .acquiring) == State.live {
      body(texts + index * SignalTable.textLength, ranges[index])
    }
  }
}
