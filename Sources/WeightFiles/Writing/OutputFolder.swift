#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A folder into which a set of files is moved: no other run moves files into it meanwhile, and its entries are brought
/// to the disk at the end.
///
/// Two runs that replace the same files would otherwise leave some of each. The lock (`flock`) ends with the process.
final class OutputFolder {
  private let path: String
  private let descriptor: Int32

  /// Opens and locks a folder, waiting for other runs.
  ///
  /// - Parameter path: the folder.
  /// - Throws: `io`. A folder that may be written but not read is used without a lock.
  init(_ path: String) throws(WeightFileError) {
    self.path = path
    descriptor = uninterrupted { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 || errno == EACCES else { throw .system("cannot be opened", path: path) }
    _ = uninterrupted { flock(descriptor, LOCK_EX) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Brings the folder's entries to the disk, where the file system can do so.
  func synchronize() throws(WeightFileError) {
    guard descriptor >= 0, uninterrupted({ fsync(descriptor) }) != 0 else { return }
    guard errno == EINVAL || errno == ENOTSUP || errno == EROFS else {
      throw .system("cannot be brought to the disk", path: path)
    }
  }
}
