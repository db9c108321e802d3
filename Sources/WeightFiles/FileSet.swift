/// The file that a user names and those that lie beside it, which is all that a format may open.
struct FileSet: Sendable {
  /// The named file.
  let main: MappedFile

  /// Whether the named file is an index: a text that says which other file holds which tensor.
  var isIndex: Bool { FileSet.isIndex(main.path) }

  /// Whether a path ends as that of an index does.
  static func isIndex(_ path: String) -> Bool { path.utf8.suffix(5).elementsEqual(".json".utf8) }

  /// What is wrong with the name of a file that is to lie beside the named one, or nil.
  static func defect(of name: String) -> (WeightFileError.Category, String)? {
    let shown = name.printable(limit: 120)
    guard !name.isEmpty, name != ".", !name.utf8.contains(0) else { return (.badName, "\"\(shown)\" is no file name") }
    guard name != "..", !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) else {
      return (.traversal, "shard \"\(shown)\" is a path; shards must lie beside the index")
    }
    return nil
  }

  /// The path of a file beside the named one; the name must have no defect.
  func path(of name: String) -> String { main.path.pathFolder + name }

  /// Whether there is a file of that name beside the named one.
  func exists(_ name: String) -> Bool { MappedFile.exists(path(of: name)) }

  /// Opens a file beside the named one.
  ///
  /// - Parameter name: its name; one with a defect traps.
  /// - Returns: the file.
  /// - Throws: `missing`, `notRegular`, `io`.
  func file(_ name: String) throws(WeightFileError) -> MappedFile {
    precondition(FileSet.defect(of: name) == nil, "a plain file name")
    return try MappedFile(path: path(of: name))
  }
}
