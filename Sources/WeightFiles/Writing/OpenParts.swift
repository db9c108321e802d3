internal import Synchronization
internal import TensorData

/// The tensors of a file that is being written, opened when the first of their bytes are wanted and let go of with the
/// last, by whichever threads these are.
final class OpenParts: Sendable {
  /// A tensor that several threads write stretches of.
  private final class Shared: Sendable {
    struct State {
      var opened: Result<OpenEntry, any Error>?
      /// The bytes that are still to be written.
      var rest: Int
      /// The checksums of the stretches that have been, by where they begin.
      var checksums: [Int: (crc: UInt32, byteCount: Int)] = [:]
    }

    let state: Mutex<State>

    init(byteCount: Int) { state = Mutex(State(rest: byteCount)) }
  }

  private let parts: [FilePlan.Part]
  private let entries: [WriteEntry]
  private let shared = Mutex<[Int: Shared]>([:])
  private let memories = Mutex<[PieceMemory]>([])

  init(_ parts: [FilePlan.Part], _ entries: [WriteEntry]) {
    self.parts = parts
    self.entries = entries
  }

  /// Lends a tensor to the thread that writes all of it.
  func withWhole<R>(_ index: Int, _ body: (TensorAssembly, PieceMemory) throws -> R) throws -> R {
    let assembly = try open(index, inStretches: false).assembly
    let result = try withMemory { try body(assembly, $0) }
    if assembly.byteCount >= OpenParts.forgottenLength { assembly.forget() }
    return result
  }

  /// Lends a tensor to a thread that writes some of it.
  ///
  /// - Parameters:
  ///   - stretch: the bytes that it writes.
  ///   - index: the part.
  ///   - body: writes them and returns, beside what it likes, their checksum; it is told whether that is needed.
  /// - Returns: what `body` returns.
  /// - Throws: what opening and `body` throw; `crc` if the stored bytes of the tensor turn out to be damaged.
  func withStretch<R>(
    _ stretch: Range<Int>, of index: Int,
    _ body: (TensorAssembly, PieceMemory, _ needsChecksum: Bool) throws -> (R, crc: UInt32)
  ) throws -> R {
    let part = shared.withLock { shared in
      if let known = shared[index] { return known }
      let part = Shared(byteCount: parts[index].info.byteCount)
      shared[index] = part
      return part
    }
    let entry = try part.state.withLock { state in
      if let opened = state.opened { return opened }
      let opened = Result { try open(index, inStretches: true) }
      state.opened = opened
      return opened
    }.get()
    let (result, crc) = try withMemory { try body(entry.assembly, $0, entry.checksum != nil) }
    entry.assembly.forget(stretch)
    let checksums = part.state.withLock { state in
      state.rest -= stretch.count
      state.checksums[stretch.lowerBound] = (crc, stretch.count)
      return state.rest == 0 ? state.checksums : nil
    }
    guard let checksums else { return result }
    shared.withLock { $0[index] = nil }
    entry.assembly.forget()
    try entry.checksum?.check(checksums.sorted { $0.key < $1.key }.map(\.value))
    return result
  }

  /// From this size on the pages of a tensor that has been written are given back.
  private static let forgottenLength = 64 << 10

  private func open(_ index: Int, inStretches: Bool) throws -> OpenEntry {
    let part = parts[index]
    if let entry = part.entry { return try entries[entry].open(inStretches: inStretches) }
    let storage = ByteStorage(byteCount: part.content.count) { $0.copyBytes(from: part.content) }
    return OpenEntry(
      assembly: try TensorAssembly(Tensor(dtype: part.info.dtype, shape: part.info.shape, storage: storage)))
  }

  private func withMemory<R>(_ body: (PieceMemory) throws -> R) rethrows -> R {
    let memory = memories.withLock { $0.popLast() } ?? PieceMemory()
    defer { memories.withLock { $0.append(memory) } }
    return try body(memory)
  }
}

/// A tensor to be written, and the checksum of its bytes if that is still to be checked.
struct OpenEntry: Sendable {
  var assembly: TensorAssembly
  var checksum: PendingChecksum?
}

/// A checksum that a file has recorded, to be compared when the bytes have passed.
struct PendingChecksum: Sendable {
  /// The checksum of what precedes the tensor's bytes and is summed up with them.
  var before: CRC32
  /// Compares the checksum of it all.
  var compare: @Sendable (CRC32) throws(WeightFileError) -> Void

  /// Checks the tensor's bytes.
  ///
  /// - Parameter stretches: the checksums of all its bytes, in order.
  /// - Throws: `crc`.
  func check(_ stretches: [(crc: UInt32, byteCount: Int)]) throws(WeightFileError) {
    var crc = before
    for stretch in stretches { crc.append(stretch.crc, byteCount: stretch.byteCount) }
    try compare(crc)
  }
}
