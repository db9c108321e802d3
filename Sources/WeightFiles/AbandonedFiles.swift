internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Temporary files of runs that were killed: recognised by their names, told from living ones by their locks.
///
/// Whoever writes a temporary file holds a lock (`flock`) on it, which ends with the process however that ends.
enum AbandonedFiles {
  private static let suffix = ".partial"
  private static let counter = Atomic<Int>(0)

  /// The part of a temporary file's name that every run shares.
  ///
  /// A file name has at most 255 bytes; what is cut off here only makes the temporary name shorter.
  private static func prefix(for path: String) -> String {
    ".\(String(decoding: path.pathName.utf8.prefix(200), as: UTF8.self)).tfconv-"
  }

  /// A temporary name beside an output: `.NAME.tfconv-PID-N.partial`.
  static func newName(for path: String) -> String {
    let number = counter.add(1, ordering: .relaxed).newValue
    return "\(path.pathFolder)\(prefix(for: path))\(getpid())-\(number)\(suffix)"
  }

  /// Takes the lock that says that the file is being written.
  ///
  /// - Returns: false if another run, which saw the file before it was locked, has removed it.
  static func claim(_ descriptor: Int32) -> Bool {
    _ = uninterrupted { flock(descriptor, LOCK_EX) }
    var status = stat()
    return fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }

  /// Removes what earlier runs left behind for an output.
  ///
  /// - Parameter path: the place of the output.
  static func remove(for path: String) {
    let folder = path.pathFolder
    let place = folder.isEmpty ? "." : folder
    // A run that is moving its files keeps old ones under such names.
    guard let lock = try? OutputFolder(place), let directory = opendir(place) else { return }
    defer { withExtendedLifetime(lock) { _ = closedir(directory) } }
    let prefix = prefix(for: path)
    while let entry = readdir(directory) {
      let found = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard found.utf8.starts(with: prefix.utf8), found.removing(end: suffix) != nil else { continue }
      let descriptor = open(folder + found, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(folder + found) }
      close(descriptor)
    }
  }
}
