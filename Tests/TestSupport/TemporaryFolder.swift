#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A folder for one test, removed with everything in it when the test lets go of it.
public final class TemporaryFolder: Sendable {
  /// The folder, without a slash at the end.
  public let path: String

  /// Makes a new folder.
  public init() {
    let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(root)/tfconv-test-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder in \(root)")
    path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  }

  deinit {
    TemporaryFolder.removeAll(in: path)
    rmdir(path)
  }

  private static func removeAll(in folder: String) {
    for name in names(in: folder) {
      let path = "\(folder)/\(name)"
      // What cannot be unlinked is a folder.
      guard unlink(path) != 0 else { continue }
      removeAll(in: path)
      rmdir(path)
    }
  }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The names in the folder, sorted.
  public var names: [String] { TemporaryFolder.names(in: path) }

  /// The names in any folder, sorted.
  public static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Writes a file of the folder and returns its path.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) -> String {
    let path = file(name)
    guard let stream = fopen(path, "wb") else { preconditionFailure("cannot write \(path)") }
    defer { fclose(stream) }
    precondition(fwrite(bytes, 1, bytes.count, stream) == bytes.count, "cannot write \(path)")
    return path
  }

  /// The bytes of a file.
  public static func read(_ path: String) -> [UInt8] {
    guard let stream = fopen(path, "rb") else { return [] }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&block, 1, block.count, stream), count > 0 { bytes += block[..<count] }
    return bytes
  }
}
