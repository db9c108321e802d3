public import TensorData

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A regular file mapped read-only into memory; pages are read when they are touched.
///
/// The mapping holds on to the file's contents: replacing the file by renaming another over it does not disturb it.
/// Where the address space is too small for the whole file, parts are mapped when they are asked for.
public final class MappedFile: Sendable {
  /// The path as it was given.
  public let path: String
  /// The size of the file.
  public let byteCount: Int
  /// The first bytes, enough to tell a format.
  let head: [UInt8]

  private let whole: ByteStorage?
  /// The open file where it is not mapped as a whole.
  private let file: OpenFile?

  private static let headLength = 64

  /// Maps a file; symbolic links are followed.
  ///
  /// - Parameter path: a regular file, possibly empty.
  /// - Throws: `missing`, `notRegular`, `io`.
  public convenience init(path: String) throws(WeightFileError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw MappedFile.openError(path) }
    // A device may act on being opened, so the kind is looked at before and, against exchanges, after.
    try MappedFile.requireRegular(status, path)
    let descriptor = uninterrupted { open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else { throw MappedFile.openError(path) }
    try self.init(path: path, taking: descriptor)
  }

  /// Takes bytes that are in memory already.
  ///
  /// - Parameters:
  ///   - path: a name for errors; its extension tells the format.
  ///   - storage: the bytes.
  public init(path: String, storage: ByteStorage) {
    self.path = path
    byteCount = storage.bytes.count
    head = Array(storage.bytes.prefix(MappedFile.headLength))
    whole = storage
    file = nil
  }

  /// Maps an open file and sees to its being closed.
  init(path: String, taking descriptor: Int32) throws(WeightFileError) {
    let file = OpenFile(descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("cannot be examined", path: path) }
    try MappedFile.requireRegular(status, path)
    MappedRegions.remember(path, status)
    self.path = path
    byteCount = Int(status.st_size)
    head = try readStart(of: descriptor, count: min(MappedFile.headLength, byteCount), path: path)
    whole = try? MappedFile.map(file, 0..<byteCount, path)
    self.file = whole == nil ? file : nil
  }

  /// Some of the file's bytes.
  ///
  /// - Parameter range: inside the file; traps otherwise.
  /// - Returns: memory that holds them, and where in it they begin.
  /// - Throws: `io` if they cannot be mapped.
  public func window(_ range: Range<Int>) throws(WeightFileError) -> (storage: ByteStorage, offset: Int) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a window outside the file")
    if let whole { return (whole, range.lowerBound) }
    guard let file else { preconditionFailure("neither mapped nor open") }
    let page = 1 << 16
    let start = range.lowerBound / page * page
    return (try MappedFile.map(file, start..<range.upperBound, path), range.lowerBound - start)
  }

  /// All bytes of the file.
  ///
  /// - Returns: memory that holds them.
  /// - Throws: `io` if the address space is too small.
  public func contents() throws(WeightFileError) -> ByteStorage { try window(0..<byteCount).storage }

  private static func map(
    _ file: OpenFile, _ range: Range<Int>, _ path: String
  ) throws(WeightFileError) -> ByteStorage {
    guard !range.isEmpty else { return ByteStorage(byteCount: 0) { _ in } }
    let start = mmap(nil, range.count, PROT_READ, MAP_PRIVATE, file.descriptor, off_t(range.lowerBound))
    guard let start, start != MAP_FAILED else { throw .system("cannot be mapped", path: path) }
    let mapped = UnsafeRawBufferPointer(start: start, count: range.count)
    let slot = MappedRegions.enter(mapped, path: path)
    let first = range.lowerBound
    let fetch: @Sendable (Int, UnsafeMutableRawBufferPointer) -> Bool = { file.read(at: first + $0, into: $1) }
    return ByteStorage(mapped, discard: MappedFile.discard, fetch: file.mayStayOpen ? fetch : nil) { bytes in
      MappedRegions.remove(slot)
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
  }

  /// Lets go of the pages that lie whole inside a part of a mapping; they are read again when they are touched.
  @Sendable private static func discard(_ bytes: UnsafeRawBufferPointer) {
    let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
    let start = (UInt(bitPattern: bytes.baseAddress) + page - 1) / page * page
    let end = (UInt(bitPattern: bytes.baseAddress) + UInt(bytes.count)) / page * page
    guard start < end else { return }
    madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED)
  }

  private static func requireRegular(_ status: stat, _ path: String) throws(WeightFileError) {
    guard status.st_mode & S_IFMT != S_IFREG else { return }
    let kind =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: "a directory"
      case S_IFIFO: "a pipe"
      case S_IFCHR, S_IFBLK: "a device"
      case S_IFSOCK: "a socket"
      default: "something else"
      }
    throw WeightFileError(.notRegular, path: path, message: "expected a regular file, found \(kind)")
  }

  private static func openError(_ path: String) -> WeightFileError {
    switch errno {
    case ENOENT, ENOTDIR:
      WeightFileError(.missing, path: path, message: "there is no such file; check the path", errorNumber: errno)
    case ELOOP:
      WeightFileError(.missing, path: path, message: "symbolic links lead in a circle, to no file", errorNumber: errno)
    default: .system("cannot be opened", path: path)
    }
  }
}

/// A file whose bytes are all at hand.
struct WholeFile: Sendable {
  let path: String
  let head: [UInt8]
  let storage: ByteStorage

  var bytes: UnsafeRawBufferPointer { storage.bytes }

  init(_ file: MappedFile) throws(WeightFileError) {
    path = file.path
    head = file.head
    storage = try file.contents()
  }
}

extension WeightFileError {
  /// An error that carries the operating system's reason out of the C library.
  static func system(_ what: String, path: String, errorNumber: Int32 = errno) -> WeightFileError {
    WeightFileError(
      .io, path: path, message: "\(what): \(String(cString: strerror(errorNumber)))", errorNumber: errorNumber)
  }
}

extension UnsafeRawBufferPointer {
  /// A little-endian number at any address; traps outside the buffer, so callers compare lengths first.
  func little<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
    precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size, "read outside the buffer")
    return T(littleEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Part of the buffer, starting again at zero.
  func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }
}
