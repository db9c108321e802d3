#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Temporary files of runs that were killed: recognised by their names, told from living ones by their locks.
///
/// Whoever writes a temporary file holds a lock (`flock`) on it, which ends with the process however that ends.
enum AbandonedFiles {
  /// The part of a temporary file's name that every run shares.
  static func prefix(forName name: String) -> String { ".\(name).tfconv-" }

  static let suffix = ".partial"

  /// Takes the lock that says that the file is being written.
  static func lock(_ descriptor: Int32) { _ = flock(descriptor, LOCK_EX | LOCK_NB) }

  /// Removes what earlier runs left behind for an output of this name.
  ///
  /// - Parameters:
  ///   - folder: the folder of the output, ending with a slash, or empty.
  ///   - name: the name of the output.
  static func remove(inFolder folder: String, forName name: String) {
    guard let directory = opendir(folder.isEmpty ? "." : folder) else { return }
    defer { closedir(directory) }
    let prefix = prefix(forName: name)
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
