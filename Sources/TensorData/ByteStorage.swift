/// A block of bytes that tensors share: heap memory or a mapped file.
///
/// It is freed when the last tensor lets go.
public final class ByteStorage: @unchecked Sendable {
  /// The bytes, valid as long as the storage lives.
  public let bytes: UnsafeRawBufferPointer
  private let release: @Sendable (UnsafeRawBufferPointer) -> Void
  private let discard: (@Sendable (UnsafeRawBufferPointer) -> Void)?

  /// Takes over bytes that `release` will free.
  ///
  /// - Parameters:
  ///   - bytes: the memory; nobody may change it while the storage lives.
  ///   - discard: told of parts that will not be read soon; they must stay readable. Nil where nothing can be gained.
  ///   - release: called once, when the storage goes away.
  public init(
    _ bytes: UnsafeRawBufferPointer, discard: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil,
    release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
  ) {
    self.bytes = bytes
    self.discard = discard
    self.release = release
  }

  /// Allocates `byteCount` bytes, 64-byte aligned, and lets `fill` write them.
  ///
  /// - Parameters:
  ///   - byteCount: how many bytes; zero is allowed.
  ///   - fill: writes every byte; what it leaves out is undefined.
  /// - Throws: what `fill` throws.
  public convenience init<E: Error>(
    byteCount: Int, fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    do {
      try fill(UnsafeMutableRawBufferPointer(rebasing: memory[0..<byteCount]))
    } catch {
      memory.deallocate()
      throw error
    }
    self.init(UnsafeRawBufferPointer(rebasing: memory[0..<byteCount])) { UnsafeRawBufferPointer($0).deallocate() }
  }

  deinit { release(bytes) }

  /// Says that some of the bytes will not be read soon: pages of a mapped file leave the memory until they are.
  ///
  /// - Parameter range: positions in `bytes`.
  public func forget(_ range: Range<Int>) {
    discard?(UnsafeRawBufferPointer(rebasing: bytes[range]))
  }
}
