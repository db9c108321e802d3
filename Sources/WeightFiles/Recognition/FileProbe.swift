internal import TensorData

/// What a file shows of itself before any format reads it: first bytes, last bytes, and what lies between when asked.
///
/// Nothing here throws: what is not there, or cannot be read, is simply not shown.
struct FileProbe: Sendable {
  /// The path as it was given.
  let path: String
  /// The size of the file.
  let byteCount: Int
  /// The first bytes, up to 64.
  let head: [UInt8]

  private let file: MappedFile

  /// Takes the file to look at.
  init(_ file: MappedFile) {
    self.file = file
    path = file.path
    byteCount = file.byteCount
    head = file.head
  }

  /// The bytes of a range, or those of them that the file has.
  func bytes(at offset: Int, count: Int) -> [UInt8] {
    guard offset >= 0, count > 0, offset < byteCount else { return [] }
    let range = offset..<offset + min(count, byteCount - offset)
    guard let window = try? file.window(range) else { return [] }
    return Array(window.storage.bytes.slice(window.offset..<window.offset + range.count))
  }

  /// Lends all bytes of the file; nil if they cannot be mapped.
  func withContents<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R? {
    guard let storage = try? file.contents() else { return nil }
    return withExtendedLifetime(storage) { body(storage.bytes) }
  }

  /// The names of the members if this is a zip archive that can be read, in the order of its directory.
  var members: [String]? {
    guard ZipDirectory.recognises(head), let whole = try? WholeFile(file) else { return nil }
    return (try? ZipEntry.readAll(whole)).map { $0.map(\.name) }
  }
}
