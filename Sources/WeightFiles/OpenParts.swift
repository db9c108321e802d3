internal import Synchronization
internal import TensorData

/// The tensors of a file that is being written, opened when the first of their bytes are wanted and let go of with the
/// last, by whichever threads these are.
final class OpenParts: Sendable {
  private struct Shared {
    var assembly: Result<TensorAssembly, any Error>
    /// The bytes that are still to be written.
    var rest: Int
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
    let assembly = try open(index)
    let result = try withMemory { try body(assembly, $0) }
    if assembly.byteCount >= OpenParts.forgottenLength { assembly.forget() }
    return result
  }

  /// Lends a tensor to a thread that writes some of it.
  func withStretch<R>(
    _ stretch: Range<Int>, of index: Int, _ body: (TensorAssembly, PieceMemory) throws -> R
  ) throws -> R {
    let assembly = try shared.withLock { shared in
      if let known = shared[index] { return known.assembly }
      let opened = Result { try open(index) }
      shared[index] = Shared(assembly: opened, rest: parts[index].info.byteCount)
      return opened
    }.get()
    let result = try withMemory { try body(assembly, $0) }
    assembly.forget(stretch)
    let isLast = shared.withLock { shared in
      shared[index]?.rest -= stretch.count
      guard shared[index]?.rest == 0 else { return false }
      shared[index] = nil
      return true
    }
    if isLast { assembly.forget() }
    return result
  }

  /// From this size on the pages of a tensor that has been written are given back.
  private static let forgottenLength = 64 << 10

  private func open(_ index: Int) throws -> TensorAssembly {
    let part = parts[index]
    guard part.entry == nil else { return try entries[part.entry ?? 0].open() }
    let storage = ByteStorage(byteCount: part.content.count) { $0.copyBytes(from: part.content) }
    return try TensorAssembly(Tensor(dtype: part.info.dtype, shape: part.info.shape, storage: storage))
  }

  private func withMemory<R>(_ body: (PieceMemory) throws -> R) rethrows -> R {
    let memory = memories.withLock { $0.popLast() } ?? PieceMemory()
    defer { memories.withLock { $0.append(memory) } }
    return try body(memory)
  }
}
