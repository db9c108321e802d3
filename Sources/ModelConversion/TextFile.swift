import StrictJSON
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
    guard let text = String(validating: try file.contents().bytes, as: UTF8.self) else {
      throw ModelError(.invalid, "\(path) is not UTF-8 text")
    }
    return text
  }

  /// The bytes of a file that is carried along as it is.
  static func bytes(_ path: String) throws -> [UInt8] { Array(try MappedFile(path: path).contents().bytes) }

  static func json(_ path: String) throws -> JSONObject {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: read(path))
    } catch let error as JSONError {
      throw ModelError(
        .invalid, "\(path): \(error)", hint: "the file is not valid JSON; mend it, or give --config FILE")
    }
    guard let object = value.object else { throw ModelError(.invalid, "\(path) is no JSON object") }
    return object
  }
}
