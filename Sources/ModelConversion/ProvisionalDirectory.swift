import WeightFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A directory that was made for outputs and goes away again, if it is empty, unless it is kept.
final class ProvisionalDirectory {
  let path: String
  private let slot: Int?
  private var isKept = false

  /// Makes the directory.
  ///
  /// - Parameter path: where; a directory that another process makes at the same time is taken.
  /// - Throws: `ModelError` if it cannot be made.
  init(_ path: String) throws(ModelError) {
    self.path = path
    slot = TemporaryFiles.register(path)
    let number = TemporaryFiles.change { mkdir(path, 0o777) == 0 || errno == EEXIST ? 0 : errno }
    guard number != 0 else { return }
    TemporaryFiles.unregister(slot)
    isKept = true
    throw ModelError(.io, "the directory \(path) cannot be made: \(FileSystem.message(number))")
  }

  deinit {
    guard !isKept else { return }
    rmdir(path)
    TemporaryFiles.unregister(slot)
  }

  /// Says that the outputs have appeared.
  func keep() {
    isKept = true
    TemporaryFiles.unregister(slot)
  }
}

/// Directories in each other that were made for outputs; inner ones go away before those around them.
final class ProvisionalDirectories {
  private var directories: [ProvisionalDirectory] = []

  /// Where they are, outer ones first.
  var paths: [String] { directories.map(\.path) }

  /// Makes one more.
  func make(_ path: String) throws(ModelError) { directories.append(try ProvisionalDirectory(path)) }

  /// Says that the outputs have appeared.
  func keep() { for directory in directories { directory.keep() } }

  deinit {
    while directories.popLast() != nil {}
  }
}
