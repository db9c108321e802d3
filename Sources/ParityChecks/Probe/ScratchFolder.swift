#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A new folder below `TMPDIR` that is removed, with the files in it, when nobody holds it any more.
final class ScratchFolder {
  /// Its path, without a slash at the end.
  let path: String

  /// Makes the folder.
  ///
  /// - Throws: `ParityError` if it cannot be made.
  init() throws(ParityError) {
    let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(root)/tfconv-campaign-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ParityError("no temporary folder can be made in \(root)") }
    path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  }

  /// Removes the files that are in the folder.
  func clear() {
    guard let directory = opendir(path) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { unlink("\(path)/\(name)") }
    }
  }

  deinit {
    clear()
    rmdir(path)
  }
}
