#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Something that takes the bytes of an output in order.
protocol ByteSink: AnyObject {
  /// The name for errors.
  var path: String { get }
  /// How many bytes have been taken.
  var position: Int { get }
  /// Whether bytes that were written already can be replaced.
  var isSeekable: Bool { get }
  func append(_ bytes: UnsafeRawBufferPointer) throws(WeightFileError)
  /// Replaces bytes before `position`.
  func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeightFileError)
}

extension ByteSink {
  func append(_ bytes: [UInt8]) throws(WeightFileError) {
    try bytes.span.withUnsafeBytes { (bytes) throws(WeightFileError) in try append(bytes) }
  }

  func replace(_ bytes: [UInt8], at offset: Int) throws(WeightFileError) {
    try bytes.span.withUnsafeBytes { (bytes) throws(WeightFileError) in try replace(bytes, at: offset) }
  }
}

/// A stretch of a file that is written from its start on, small pieces through a buffer.
final class FileRegion: ByteSink {
  let isSeekable = true
  private(set) var position: Int
  var path: String { file.path }

  private let file: FileSink
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
  private var buffered = 0

  /// Starts at an offset of the file.
  init(_ file: FileSink, at offset: Int) {
    self.file = file
    position = offset
  }

  deinit { buffer.deallocate() }

  func append(_ bytes: UnsafeRawBufferPointer) throws(WeightFileError) {
    if bytes.count > buffer.count - buffered { try flush() }
    if bytes.count > buffer.count {
      try file.write(bytes, at: position)
      file.hasten(position..<position + bytes.count)
    } else {
      UnsafeMutableRawBufferPointer(rebasing: buffer[buffered...]).copyMemory(from: bytes)
      buffered += bytes.count
    }
    position += bytes.count
  }

  func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeightFileError) {
    try flush()
    try file.write(bytes, at: offset)
  }

  /// Hands what is buffered to the file; the region is complete only after this.
  func flush() throws(WeightFileError) {
    let start = position - buffered
    let count = buffered
    buffered = 0
    try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: start)
  }
}

/// Standard output as the place for one file's bytes.
final class StandardOutput: ByteSink {
  let path = "-"
  private(set) var position = 0
  let isSeekable = false

  func append(_ bytes: UnsafeRawBufferPointer) throws(WeightFileError) {
    try writeAll(STDOUT_FILENO, bytes, path: path)
    position += bytes.count
  }

  func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeightFileError) {
    throw WeightFileError(.unsupported, path: path, message: "a stream cannot be changed after it was written")
  }
}

/// Memory that takes bytes until it is their turn to be written.
final class MemorySink: ByteSink {
  let path: String
  let isSeekable = true
  private(set) var bytes: [UInt8] = []
  var position: Int { bytes.count }

  /// Starts empty; errors name `path`.
  init(path: String) { self.path = path }

  func append(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }

  func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    self.bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }
}
