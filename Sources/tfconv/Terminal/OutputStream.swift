#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Buffered writing to a file descriptor that remembers the first error.
///
/// A closed pipe is no error: what is written to it afterwards is dropped, so that `tfconv inspect x | head` ends
/// quietly and the exit code stays that of the work.
struct OutputStream {
  private static let capacity = 1 << 16

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// The `errno` of the first write that failed, or nil.
  private(set) var failure: Int32?
  /// Whether the reader of the pipe has gone.
  private(set) var isClosed = false

  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Appends text; it reaches the descriptor when the buffer is full or flushed.
  mutating func write(_ text: String) {
    guard failure == nil, !isClosed else { return }
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.capacity { flush() }
  }

  /// Hands everything to the descriptor.
  mutating func flush() {
    var start = 0
    while start < buffer.count, failure == nil, !isClosed {
      let written = buffer.withUnsafeBytes { Self.write(descriptor, $0[start...]) }
      if written >= 0 {
        start += written
      } else {
        fail(errno)
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func fail(_ code: Int32) {
    switch code {
    case EINTR: break
    case EPIPE: isClosed = true
    case EAGAIN:
      var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = poll(&request, 1, -1)
    default: failure = code
    }
  }

  private static func write(_ descriptor: Int32, _ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
    let bytes = UnsafeRawBufferPointer(rebasing: bytes)
    #if canImport(Glibc)
    return Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #else
    return Musl.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }
}
