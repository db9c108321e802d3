internal import CSystemCalls

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A file that is written beside its final place and moved there when it is complete.
///
/// The temporary file lies in the same folder under the name `.NAME.tfconv-PID-N.partial`. It is removed when the sink
/// goes away before `commit()`.
final class FileSink: @unchecked Sendable {
  let path: String

  /// The name under which the file is written before it is moved to `path`.
  let temporary: String
  /// Whether there was a file at the place when this one was begun.
  let replacesFile: Bool
  private let mayReplace: Bool
  private let hastens: Bool
  private var descriptor: Int32
  private var slot: Int?
  private var isPending = true

  /// Starts a file.
  ///
  /// - Parameters:
  ///   - path: the final place.
  ///   - replace: whether a file that is there already may be replaced.
  ///   - size: how many bytes will come, reserved on the disk at once.
  ///   - policy: whether the file will be waited for; then bytes start on their way to the disk while others are still
  ///     being written.
  /// - Throws: `exists`, `notRegular`, `io` (also when the disk has not the space).
  init(path: String, replace: Bool, reserving size: ReservedSize, policy: DiskPolicy) throws(WeightFileError) {
    self.path = path
    mayReplace = replace
    try InterruptedCommit.settle(inFolder: path.pathFolder)
    let mode = try FileSink.checkPlace(path, replace: replace)
    replacesFile = mode != nil
    hastens = policy == .always || policy == .whereReplacing && replacesFile
    AbandonedFiles.remove(for: path)
    (temporary, descriptor, slot) = try TemporaryFiles.change { () throws(WeightFileError) in
      try FileSink.create(for: path, mode: mode ?? 0o666)
    }
    if let mode { fchmod(descriptor, mode) }
    try reserve(size)
  }

  /// Makes a temporary file and locks it.
  private static func create(
    for path: String, mode: mode_t
  ) throws(WeightFileError) -> (temporary: String, descriptor: Int32, slot: Int?) {
    while true {
      let temporary = AbandonedFiles.newName(for: path)
      let slot = TemporaryFiles.register(temporary)
      let descriptor = uninterrupted {
        open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
      }
      guard descriptor >= 0 else {
        let error = WeightFileError.system("cannot be created", path: path)
        TemporaryFiles.unregister(slot)
        throw error
      }
      if AbandonedFiles.claim(descriptor) { return (temporary, descriptor, slot) }
      close(descriptor)
      TemporaryFiles.unregister(slot)
    }
  }

  /// Has the file system set blocks aside, so that a full disk is noticed now and writing finds them; where it cannot,
  /// they are found while writing.
  private func reserve(_ size: ReservedSize) throws(WeightFileError) {
    guard size.byteCount > 0 else { return }
    let code = tfconv_reserve(descriptor, Int64(size.byteCount))
    guard case .exact(let byteCount) = size, [ENOSPC, EDQUOT, EFBIG].contains(code) else { return }
    throw .system("\(byteCount) bytes do not fit on the disk", path: path, errorNumber: code)
  }

  deinit {
    if isPending {
      unlink(temporary)
      TemporaryFiles.unregister(slot)
    }
    if descriptor >= 0 { close(descriptor) }
  }

  /// Checks that the place can be written and returns the permissions of the file that will be replaced.
  private static func checkPlace(_ path: String, replace: Bool) throws(WeightFileError) -> mode_t? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      // What is wrong with the path itself is said when the file is created.
      guard errno == EIO else { return nil }
      throw .system("cannot be examined", path: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a device or pipe; write to - for a stream"
      throw WeightFileError(.notRegular, path: path, message: "the output is \(kind)")
    }
    guard replace else { throw alreadyThere(path) }
    return status.st_mode & 0o777
  }

  private static func alreadyThere(_ path: String) -> WeightFileError {
    WeightFileError(.exists, path: path, message: "the file exists; --force replaces it")
  }

  /// Writes all bytes at a place in the file; several threads may do so for different places.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeightFileError) {
    try writeAll(bytes, path: path) { (rest, done) in
      pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
    }
  }

  /// Has the system begin to bring bytes to the disk while others are still being written; nothing is waited for.
  func hasten(_ range: Range<Int>) {
    if hastens { tfconv_start_writeback(descriptor, Int64(range.lowerBound), Int64(range.count)) }
  }

  /// Cuts the file to its length and begins to bring it to the disk; it stays locked under its temporary name.
  ///
  /// - Parameter byteCount: the length of the file; what was reserved beyond is given back.
  /// - Throws: `io`.
  func finish(byteCount: Int) throws(WeightFileError) {
    guard uninterrupted({ ftruncate(descriptor, off_t(byteCount)) }) == 0 else {
      throw .system("cannot be cut to its length", path: path)
    }
    hasten(0..<byteCount)
  }

  /// Waits until the bytes are on the disk.
  func synchronize() throws(WeightFileError) {
    guard uninterrupted({ fsync(descriptor) }) == 0 else { throw .system("cannot be brought to the disk", path: path) }
  }

  /// Moves the finished file to its place.
  ///
  /// It stays open, and so locked, until then; what `fsync` has brought to the disk closing cannot lose.
  func moveIntoPlace() throws(WeightFileError) {
    if mayReplace {
      guard rename(temporary, path) == 0 else { throw .system("cannot be put in its place", path: path) }
    } else if link(temporary, path) == 0 {
      // Unlike a rename a second name is never put over a file that another process made meanwhile.
      unlink(temporary)
    } else {
      guard errno != EEXIST, !MappedFile.exists(path) else { throw FileSink.alreadyThere(path) }
      guard rename(temporary, path) == 0 else { throw .system("cannot be put in its place", path: path) }
    }
    isPending = false
    TemporaryFiles.unregister(slot)
  }
}

/// How much room a file needs on the disk.
enum ReservedSize: Sendable {
  /// The size of the file; without so much room it is not begun.
  case exact(Int)
  /// About the size of the file.
  case estimate(Int)

  var byteCount: Int {
    switch self {
    case .exact(let byteCount), .estimate(let byteCount): byteCount
    }
  }
}
