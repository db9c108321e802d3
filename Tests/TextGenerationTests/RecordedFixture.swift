import StrictJSON
import TensorData
import WeightFiles

/// What the reference libraries recorded below `fixtures/`.
enum RecordedFixture {
  /// The path of a file or folder below `fixtures/`.
  static func path(_ name: String) -> String {
    let folders = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    return folders.joined(separator: "/") + "/fixtures/" + name
  }

  /// A file that holds one JSON value.
  static func json(_ name: String) throws -> JSONValue {
    let storage = try MappedFile(path: path(name)).contents()
    defer { withExtendedLifetime(storage) {} }
    return try JSONValue(parsing: storage.bytes)
  }

  /// The member `cases` of a file.
  static func cases(_ name: String) throws -> [JSONValue] { try json(name)["cases"]?.array ?? [] }

  /// A matrix of whole numbers out of an `.npz`.
  static func rows(_ member: String, of file: String) throws -> [[Int]] {
    let tensor = try Checkpoint.open(path(file)).tensor(named: member)
    let numbers = try tensor.doubles().map { Int($0) }
    let width = tensor.shape[1]
    return (0..<tensor.shape[0]).map { Array(numbers[$0 * width..<($0 + 1) * width]) }
  }
}

extension JSONValue {
  /// The whole numbers of an array.
  var ints: [Int] { array?.compactMap(\.int) ?? [] }

  /// The whole numbers of an array of arrays.
  var rows: [[Int]] { array?.map(\.ints) ?? [] }
}
