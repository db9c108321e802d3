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
  /// How a temporary file's name ends.
  enum Kind: String {
    /// An output that is being written.
    case partial = ".partial"
    /// What an output replaces, as `InterruptedCommit` explains.
    case old = ".old"
    /// What the last output of a set replaces.
    case last = ".last"
  }

  /// How many bytes of an output's name its temporary names hold.
  static let nameLength = 200

  private static let counter = Atomic<Int>(0)

  /// The part of a temporary file's name that every run shares.
  ///
  /// A file name has at most 255 bytes; what is cut off here only makes the temporary name shorter.
  private static func prefix(for path: String) -> String {
    ".\(String(decoding: path.pathName.utf8.prefix(nameLength), as: UTF8.self)).tfconv-"
  }

  /// A temporary name beside an output: `.NAME.tfconv-PID-N.partial`.
  static func newName(for path: String, _ kind: Kind = .partial) -> String {
    let number = counter.add(1, ordering: .relaxed).newValue
    return "\(path.pathFolder)\(prefix(for: path))\(getpid())-\(number)\(kind.rawValue)"
  }

  /// The names in a folder; none if it cannot be read.
  static func names(inFolder folder: String) -> [String] {
    guard let directory = opendir(folder.isEmpty ? "." : folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names
  }

  /// Takes the lock that says that the file is being written.
  ///
  /// - Returns: false if another run, which saw the file before it was locked, has removed it.
  static func claim(_ descriptor: Int32) -> Bool {
    _ = uninterrupted { flock(descriptor, LOCK_EX) }
    var status = stat()
    return fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }

  /// Removes what earlier runs left unfinished of an output.
  ///
  /// - Parameter path: the place of the output.
  static func remove(for path: String) {
    let folder = path.pathFolder
    let prefix = prefix(for: path)
    for name in names(inFolder: folder)
    where name.utf8.starts(with: prefix.utf8) && name.removing(end: Kind.partial.rawValue) != nil {
      let descriptor = open(folder + name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(folder + name) }
      close(descriptor)
    }
  }
}
