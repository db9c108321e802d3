import TensorData
import WeightFiles

/// Reads the small text files that lie beside weights.
enum TextFile {
  /// Larger files are no configuration: refused before they are read.
  static let limit = 64 << 20

  static func read(_ path: String) throws -> String {
    let file = try MappedFile(path: path)
    guard file.byteCount <= limit else {
      throw ModelError(.invalid, "\(path) has \(file.byteCount) bytes, too many for a configuration")
    }
    guard let text = String(validating: try bytes(path), as: UTF8.self) else {
      throw ModelError(.invalid, "\(path) is not UTF-8 text")
    }
    return text
  }

  /// The bytes of a file that is carried along as it is.
  static func bytes(_ path: String) throws -> [UInt8] {
    let contents = try MappedFile(path: path).contents()
    return withExtendedLifetime(contents) { Array(contents.bytes) }
  }
}
