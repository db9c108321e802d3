#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

extension MappedFile {
  /// Whether the path leads to something, symbolic links followed; also if it cannot be told what.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR)
  }

  /// Standard input as a mapped file: mapped directly if it is one, otherwise read to its end into a nameless file.
  ///
  /// - Returns: the file; its path is `-`.
  /// - Throws: `io`.
  static func standardInput() throws(WeightFileError) -> MappedFile {
    var status = stat()
    guard fstat(STDIN_FILENO, &status) == 0 else { throw .system("cannot be read", path: "-") }
    if status.st_mode & S_IFMT == S_IFREG, lseek(STDIN_FILENO, 0, SEEK_CUR) == 0 {
      return try MappedFile(path: "-", taking: dup(STDIN_FILENO))
    }
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
    var template = Array((folder + "/tfconv-XXXXXX").utf8CString)
    let spool = mkstemp(&template)
    guard spool >= 0 else { throw .system("no temporary file for standard input", path: folder) }
    unlink(template)
    do throws(WeightFileError) {
      try copyStandardInput(to: spool, folder)
    } catch {
      close(spool)
      throw error
    }
    return try MappedFile(path: "-", taking: spool)
  }

  private static func copyStandardInput(to spool: Int32, _ folder: String) throws(WeightFileError) {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { block.deallocate() }
    while true {
      let count = uninterrupted { read(STDIN_FILENO, block.baseAddress, block.count) }
      if count == 0 { return }
      guard count > 0 else { throw .system("cannot be read", path: "-") }
      try writeAll(spool, UnsafeRawBufferPointer(rebasing: block[..<count]), path: folder)
    }
  }
}
