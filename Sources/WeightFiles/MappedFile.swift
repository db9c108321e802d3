public import TensorData

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A regular file mapped read-only into memory; pages are read when they are touched.
///
/// The mapping holds on to the file's contents: replacing the file by renaming another over it does not disturb it.
public final class MappedFile: Sendable {
  /// The path as it was given.
  public let path: String
  /// The bytes of the file.
  public let storage: ByteStorage

  /// The bytes of the file, valid as long as this object lives.
  public var bytes: UnsafeRawBufferPointer { storage.bytes }

  /// Maps a file; symbolic links are followed.
  ///
  /// - Parameter path: a regular file, possibly empty.
  /// - Throws: `missing`, `notRegular`, `io`.
  public init(path: String) throws(WeightFileError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw MappedFile.openError(path) }
    // A device may act on being opened, so the kind is looked at before and, against exchanges, after.
    try MappedFile.requireRegular(status, path)
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw MappedFile.openError(path) }
    defer { close(descriptor) }
    self.path = path
    storage = try MappedFile.map(descriptor, path)
  }

  /// Takes bytes that are in memory already.
  public init(path: String, storage: ByteStorage) {
    self.path = path
    self.storage = storage
  }

  static func map(_ descriptor: Int32, _ path: String) throws(WeightFileError) -> ByteStorage {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("cannot be examined", path: path) }
    try requireRegular(status, path)
    let count = Int(status.st_size)
    guard count > 0 else { return ByteStorage(byteCount: 0) { _ in } }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw .system("cannot be mapped", path: path)
    }
    return ByteStorage(UnsafeRawBufferPointer(start: start, count: count)) { bytes in
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
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

  /// Whether these bytes start at `offset`.
  func has(_ prefix: [UInt8], at offset: Int = 0) -> Bool {
    guard offset >= 0, offset <= count - prefix.count else { return false }
    return zip(self[offset...], prefix).allSatisfy { $0 == $1 }
  }
}
