#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// What was at the place of an output: kept under a temporary name until it is certain that the output stays.
struct DisplacedFile {
  /// How a file is kept.
  enum Manner {
    /// It stays at its place too, if the file system has second names; otherwise it is not kept.
    case inPlace
    /// It may be moved away where the file system has no second names.
    case movedIfNeeded
    /// It is moved away, so that nobody finds it at its place.
    case moved
  }

  private let path: String
  /// The temporary name; nil if there was no file, or it is not kept.
  private let kept: String?
  /// Whether there was anything.
  let wasThere: Bool

  /// Keeps the file that a path leads to, if there is one.
  ///
  /// - Parameters:
  ///   - path: the place of an output.
  ///   - manner: how it is kept.
  /// - Throws: `io` if the file cannot be examined or moved away.
  init(_ path: String, _ manner: Manner) throws(WeightFileError) {
    self.path = path
    var status = stat()
    let isThere = lstat(path, &status) == 0
    guard isThere || errno == ENOENT else { throw .system("cannot be examined", path: path) }
    wasThere = isThere
    // A directory that appeared meanwhile stays where it is, in the way; a name too long to be kept is not.
    guard isThere, status.st_mode & S_IFMT != S_IFDIR, path.pathName.utf8.count <= AbandonedFiles.nameLength else {
      kept = nil
      return
    }
    let name = AbandonedFiles.newName(for: path, manner == .moved ? .last : .old)
    if manner != .moved, link(path, name) == 0 {
      kept = name
    } else if manner == .inPlace {
      kept = nil
    } else {
      guard rename(path, name) == 0 else { throw .system("cannot be replaced", path: path) }
      kept = name
    }
  }

  /// Puts the old file back.
  func restore() {
    guard let kept else { return }
    // Renaming one name of a file to another of its names does nothing, and leaves both.
    if rename(kept, path) == 0 { unlink(kept) }
  }

  /// Forgets the old file.
  func discard() {
    if let kept { unlink(kept) }
  }
}
