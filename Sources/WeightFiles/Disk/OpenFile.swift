#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// An open file, which is closed when nobody needs it any more.
final class OpenFile: Sendable {
  let descriptor: Int32

  /// Takes over a descriptor.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Whether enough descriptors are left to keep this one although the file is mapped; a model may have more files than
  /// a process may have open.
  var mayStayOpen: Bool {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return false }
    return UInt64(descriptor) < UInt64(limit.rlim_cur) / 4
  }

  /// Reads bytes; copying them out of the page cache costs less than having their pages mapped.
  ///
  /// - Parameters:
  ///   - offset: where in the file they begin.
  ///   - memory: is filled.
  /// - Returns: false if there are fewer, or they cannot be read.
  func read(at offset: Int, into memory: UnsafeMutableRawBufferPointer) -> Bool {
    var done = 0
    while done < memory.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: memory[done...])
      let count = uninterrupted { pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done)) }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }
}
