/// Names and paths taken apart byte by byte.
///
/// Swift's own string functions see characters: a combining mark behind a slash or an extension would hide it from them.
extension String {
  /// The text without `end`; nil if it does not end so.
  func removing(end: String) -> String? {
    guard utf8.count >= end.utf8.count, utf8.suffix(end.utf8.count).elementsEqual(end.utf8) else { return nil }
    return String(decoding: utf8.dropLast(end.utf8.count), as: UTF8.self)
  }

  /// The text without `start`; nil if it does not begin so.
  func removing(start: String) -> String? {
    guard utf8.count >= start.utf8.count, utf8.prefix(start.utf8.count).elementsEqual(start.utf8) else { return nil }
    return String(decoding: utf8.dropFirst(start.utf8.count), as: UTF8.self)
  }

  /// The folder of a path up to its last slash; empty if there is none.
  var pathFolder: String {
    guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(decoding: utf8[...slash], as: UTF8.self)
  }

  /// What follows the last slash of a path.
  var pathName: String { String(decoding: utf8.dropFirst(pathFolder.utf8.count), as: UTF8.self) }
}
