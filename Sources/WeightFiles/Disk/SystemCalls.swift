#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

// System calls that a signal interrupted are made again, and those that moved a part of the bytes go on with the rest.

/// Makes a system call until no signal interrupts it.
///
/// - Parameter call: returns -1 and sets `errno` if it fails.
/// - Returns: what the call returns.
func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

/// Writes all bytes, however many calls it takes.
///
/// - Parameters:
///   - bytes: the bytes.
///   - path: the name for errors.
///   - write: writes some of the bytes, of which so many have been written before, and returns how many, or -1.
/// - Throws: `io`.
func writeAll(
  _ bytes: UnsafeRawBufferPointer, path: String, _ write: (UnsafeRawBufferPointer, Int) -> Int
) throws(WeightFileError) {
  var done = 0
  while done < bytes.count {
    let rest = bytes.slice(done..<min(bytes.count, done + 1 << 30))
    let count = uninterrupted { write(rest, done) }
    if count < 0 {
      if errno == EFAULT, let error = MappedRegions.error(reading: rest) { throw error }
      throw .system("cannot be written", path: path)
    }
    // No file does this; a loop that trusts it would never end.
    guard count > 0 else { throw .system("cannot be written", path: path, errorNumber: EIO) }
    done += count
  }
}

/// Writes all bytes at the descriptor's position.
func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, path: String) throws(WeightFileError) {
  try writeAll(bytes, path: path) { (rest, _) in write(descriptor, rest.baseAddress, rest.count) }
}

/// Reads the first bytes of a file.
///
/// - Parameters:
///   - descriptor: the file.
///   - count: how many bytes it has at least.
///   - path: the name for errors.
/// - Returns: as many bytes.
/// - Throws: `io`, also where the file ends earlier.
func readStart(of descriptor: Int32, count: Int, path: String) throws(WeightFileError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var done = 0
  while done < count {
    let number = bytes.withUnsafeMutableBytes { buffer in
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      return uninterrupted { pread(descriptor, rest.baseAddress, rest.count, off_t(done)) }
    }
    if number < 0 { throw .system("cannot be read", path: path) }
    guard number > 0 else {
      throw WeightFileError(.io, path: path, message: "\(MappedRegions.faultMessage)", errorNumber: EIO)
    }
    done += number
  }
  return bytes
}
