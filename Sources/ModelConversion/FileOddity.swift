import StrictJSON
import TensorData
import WeightFiles

/// Files beside the weights that are not what their names say.
enum FileOddity {
  /// What is odd about a file, read no further than its two ends: `is a Git LFS pointer …`; nil if nothing is.
  ///
  /// - Parameter path: a regular file.
  /// - Returns: the end of a sentence that begins with the file's name.
  static func of(_ path: String) -> String? {
    guard let file = try? MappedFile(path: path) else { return "cannot be read" }
    guard file.byteCount > 0 else { return "is empty" }
    guard let storage = try? file.contents() else { return "cannot be read" }
    return withExtendedLifetime(storage) { oddity(storage.bytes, isJSON: path.hasSuffix(".json")) }
  }

  private static func oddity(_ bytes: UnsafeRawBufferPointer, isJSON: Bool) -> String? {
    let start = String(decoding: bytes.prefix(64), as: UTF8.self).lowercased()
    if start.hasPrefix("version https://git-lfs") {
      return "is a Git LFS pointer, not the file itself; \"git lfs pull\" fetches it"
    }
    if start.hasPrefix("<!doctype") || start.hasPrefix("<html") { return "is a web page, not the file itself" }
    guard isJSON else { return nil }
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
    let first = bytes.first { !isSpace($0) }
    let last = bytes.reversed().first { !isSpace($0) }
    let isWhole =
      first == UInt8(ascii: "{") && last == UInt8(ascii: "}") || first == UInt8(ascii: "[") && last == UInt8(ascii: "]")
    return isWhole ? nil : "is no JSON, or not all of it"
  }

  /// What is wrong with the text of a JSON file; nil if nothing is, or if the file has another kind of content.
  static func of(_ bytes: [UInt8], named name: String) -> String? {
    guard name.hasSuffix(".json"), !bytes.isEmpty else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else { return "is not UTF-8 text" }
    do {
      _ = try JSONValue(parsing: text)
      return nil
    } catch {
      return "is not valid JSON: \(error)"
    }
  }
}
