internal import TensorData

/// A GGUF model in several files, `NAME-00001-of-00003.gguf` and so on, of which the first has the metadata.
///
/// Format: ggml-org/llama.cpp, `tools/gguf-split`, and the keys `split.no`, `split.count` and `split.tensors.count`.
struct GGUFShards {
  private let stem: String
  private let count: Int
  private let tensorCount: Int?
  private let path: String

  /// The shards that a file is the first of; nil if it is whole.
  ///
  /// - Parameters:
  ///   - header: the file's header.
  ///   - path: the file.
  /// - Throws: `mismatch` if its name or its number is not that of a first shard.
  init?(_ header: GGUFHeader, path: String) throws(WeightFileError) {
    guard let count = header.int("split.count"), count > 1 else { return nil }
    self.count = count
    self.path = path
    tensorCount = header.int("split.tensors.count")
    guard header.int("split.no") == 0, count <= 99_999,
      let stem = path.pathName.removing(end: GGUFShards.ending(0, count))
    else {
      throw WeightFileError(
        .mismatch, path: path,
        message: "this is shard \((header.int("split.no") ?? -1) + 1) of \(count); open the first, whose name ends in "
          + GGUFShards.ending(0, min(count, 99_999)))
    }
    self.stem = stem
  }

  private static func ending(_ index: Int, _ count: Int) -> String {
    func digits(_ number: Int) -> String { String(repeating: "0", count: 5 - String(number).utf8.count) + "\(number)" }
    return "-\(digits(index + 1))-of-\(digits(count)).gguf"
  }

  private func error(_ category: WeightFileError.Category, _ message: String) -> WeightFileError {
    WeightFileError(category, path: path, message: message)
  }

  /// All shards as one checkpoint.
  ///
  /// - Parameters:
  ///   - first: the first shard.
  ///   - files: the files beside it.
  /// - Returns: the tensors of all, with the metadata of the first.
  /// - Throws: what is wrong with a shard; `missing` if one is not there.
  func joined(_ first: OpenedFile, _ files: FileSet) throws(WeightFileError) -> OpenedFile {
    var result = first
    result.files = [path]
    var parts = [first]
    var starts = [0]
    for index in 1..<count {
      let name = stem + GGUFShards.ending(index, count)
      guard files.exists(name) else {
        throw error(.missing, "shard \(name.printable(limit: 120)) is not there; fetch it")
      }
      let file = try WholeFile(files.file(name))
      let header = try GGUFHeader(file.bytes, path: file.path)
      guard header.int("split.no") == index, header.int("split.count") == count else {
        throw error(.mismatch, "\(name.printable(limit: 120)) says that it is another shard")
      }
      let part = GGUFReader.opened(header, file)
      starts.append(result.tensors.count)
      result.listing += part.listing.map { $0 + result.tensors.count }
      result.tensors += part.tensors
      result.notes += part.notes
      result.files.append(file.path)
      parts.append(part)
    }
    if let tensorCount, tensorCount != result.tensors.count {
      throw error(.mismatch, "\(tensorCount) tensors are declared, the shards have \(result.tensors.count)")
    }
    let (opened, firsts) = (parts, starts)
    result.content = { (index) throws(WeightFileError) in
      let part = firsts.lastIndex { $0 <= index } ?? 0
      return try opened[part].content(index - firsts[part])
    }
    return result
  }
}
