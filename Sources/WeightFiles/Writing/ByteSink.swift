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
  /// How many bytes it is best to append next; more and fewer will do.
  var nextLength: Int { get }
  func append(_ bytes: UnsafeRawBufferPointer) throws(WeightFileError)
  /// Replaces bytes before `position`.
  func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeightFileError)
}

/// Bytes that are read, made, summed up and written before the next: they stay in the second-level cache.
let pieceLength = 512 << 10

extension ByteSink {
  var nextLength: Int { pieceLength }

  func append(_ bytes: [UInt8]) throws(WeightFileError) {
    try bytes.span.withUnsafeBytes { (bytes) throws(WeightFileError) in try append(bytes) }
  }

  func replace(_ bytes: [UInt8], at offset: Int) throws(WeightFileError) {
    try bytes.span.withUnsafeBytes { (bytes) throws(WeightFileError) in try replace(bytes, at: offset) }
  }
}

/// A stretch of a file that is written from its start on, in blocks that begin at multiples of their length.
///
/// The page cache holds such a block as one piece of memory, and any other as many: the same bytes written from anywhere
/// else take a third longer.
final class FileRegion: ByteSink {
  let isSeekable = true
  private(set) var position: Int
  var path: String { file.path }
  var nextLength: Int { pieceLength - position % pieceLength }

  private let file: FileSink
  /// The beginning of a block.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceLength, alignment: 4096)
  private var buffered = 0

  /// Starts at an offset of the file.
  init(_ file: FileSink, at offset: Int) {
    self.file = file
    position = offset
  }

  deinit { buffer.deallocate() }

  func append(_ bytes: UnsafeRawBufferPointer) throws(WeightFileError) {
    var rest = bytes
    while !rest.isEmpty {
      var count = min(nextLength, rest.count)
      if buffered == 0, count == nextLength {
        count += (rest.count - count) / pieceLength * pieceLength
        try write(rest.slice(0..<count), at: position)
        position += count
      } else {
        UnsafeMutableRawBufferPointer(rebasing: buffer[buffered...]).copyMemory(from: rest.slice(0..<count))
        buffered += count
        position += count
        if position % pieceLength == 0 { try flush() }
      }
      rest = rest.slice(count..<rest.count)
    }
  }

  func replace(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeightFileError) {
    let start = position - buffered
    if offset >= start {
      UnsafeMutableRawBufferPointer(rebasing: buffer[(offset - start)...]).copyMemory(from: bytes)
    } else {
      if offset + bytes.count > start { try flush() }
      try file.write(bytes, at: offset)
    }
  }

  /// Hands what is buffered to the file; the region is complete only after this.
  func flush() throws(WeightFileError) {
    let count = buffered
    buffered = 0
    try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: position - count)
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeightFileError) {
    try file.write(bytes, at: offset)
    file.hasten(offset..<offset + bytes.count)
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
