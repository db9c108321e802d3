internal import Synchronization

/// Which members of an archive have had their checksum checked, so that none is read twice for it.
final class VerifiedMembers: Sendable {
  private let flags: Mutex<[Bool]>

  init(count: Int) { flags = Mutex([Bool](repeating: false, count: count)) }

  func contains(_ index: Int) -> Bool { flags.withLock { $0[index] } }

  func insert(_ index: Int) { flags.withLock { $0[index] = true } }
}
