/// A block of bytes that tensors share: heap memory or a mapped file.
///
/// It is freed when the last tensor lets go.
public final class ByteStorage: @unchecked Sendable {
  /// The bytes, valid as long as the storage lives.
  public let bytes: UnsafeRawBufferPointer
  private let release: @Sendable (UnsafeRawBufferPointer) -> Void
  private let discard: (@Sendable (UnsafeRawBufferPointer) -> Void)?
  private let fetch: (@Sendable (Int, UnsafeMutableRawBufferPointer) -> Bool)?

  /// Takes over bytes that `release` will free.
  ///
  /// - Parameters:
  ///   - bytes: the memory; nobody may change it while the storage lives.
  ///   - discard: told of parts that will not be read soon; they must stay readable. Nil where nothing can be gained.
  ///   - fetch: copies bytes from a position on, for less than touching them costs, or returns false; nil if nothing
  ///     costs less.
  ///   - release: called once, when the storage goes away.
  public init(
    _ bytes: UnsafeRawBufferPointer, discard: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil,
    fetch: (@Sendable (Int, UnsafeMutableRawBufferPointer) -> Bool)? = nil,
    release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
  ) {
    self.bytes = bytes
    self.discard = discard
    self.fetch = fetch
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

  /// For fewer bytes, eight pages, a system call costs more than the pages do.
  private static let leastFetched = 32 << 10

  /// Says that some of the bytes will not be read soon: pages of a mapped file leave the memory until they are.
  ///
  /// - Parameter range: positions in `bytes`.
  public func forget(_ range: Range<Int>) {
    discard?(UnsafeRawBufferPointer(rebasing: bytes[range]))
  }

  /// Bytes to be read once and in order: copied if that costs less than touching them where they lie, or else lent.
  ///
  /// - Parameters:
  ///   - range: positions in `bytes`.
  ///   - memory: gives memory of so many bytes to copy to.
  /// - Returns: the bytes, valid as long as the storage and the memory are.
  func passing(
    _ range: Range<Int>, _ memory: (Int) -> UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    if let fetch, range.count >= ByteStorage.leastFetched {
      let copy = memory(range.count)
      if fetch(range.lowerBound, copy) { return UnsafeRawBufferPointer(copy) }
    }
    return UnsafeRawBufferPointer(rebasing: bytes[range])
  }
}
