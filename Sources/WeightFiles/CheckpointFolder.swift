#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

extension Checkpoint {
  /// The weight file in a folder: `model.safetensors`, else its index, else the only file of a known format.
  ///
  /// - Parameter folder: the folder of a model.
  /// - Returns: the path to open.
  /// - Throws: `missing` if there is none, `ambiguous` if there are several, `io`.
  public static func weightFile(inFolder folder: String) throws(WeightFileError) -> String {
    let prefix = folder.removing(end: "/") != nil ? folder : folder + "/"
    let names = try fileNames(inFolder: folder)
    for name in ["model.safetensors", "model.safetensors.index.json"] where names.contains(name) {
      return prefix + name
    }
    let indexes = names.filter { $0.removing(end: ".safetensors.index.json") != nil }
    let candidates = indexes.isEmpty ? names.filter { WeightFormat.forExtension(of: $0) != nil } : indexes
    guard let only = candidates.first else {
      let extensions = WeightFormat.all.map { "*" + $0.fileExtension }.joined(separator: ", ")
      throw WeightFileError(
        .missing, path: folder, message: "no weights in this folder: expected model.safetensors or one of \(extensions)"
      )
    }
    guard candidates.count == 1 else {
      let shown = candidates.prefix(10).map { $0.printable() }.joined(separator: ", ")
      let more = candidates.count > 10 ? " and \(candidates.count - 10) more" : ""
      throw WeightFileError(
        .ambiguous, path: folder, message: "several weight files: \(shown)\(more); name the one that is meant")
    }
    return prefix + only
  }

  /// Whether a path leads to a folder.
  ///
  /// - Parameter path: the path.
  /// - Returns: false also if there is nothing.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, sorted by their bytes, without hidden ones.
  private static func fileNames(inFolder folder: String) throws(WeightFileError) -> [String] {
    guard let directory = opendir(folder) else { throw .system("cannot be listed", path: folder) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.utf8.first != UInt8(ascii: ".") { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
