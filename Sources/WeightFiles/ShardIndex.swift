internal import StrictJSON
internal import TensorData

/// The index of a sharded checkpoint: a JSON text that says which safetensors file holds which tensor.
///
/// Format: `model.safetensors.index.json` of Hugging Face transformers. Shards are looked for beside the index only;
/// what the index says of a tensor and what its shard holds must agree.
struct ShardIndex {
  private let file: MappedFile
  /// The shards in the byte order of their names, each with the tensors that the index places there.
  private var shards: [(name: String, tensors: [String])] = []
  private var metadata = JSONObject()

  /// How many names an error lists before it only counts.
  private static let listed = 3

  init(_ file: MappedFile) throws(WeightFileError) {
    self.file = file
    let root: JSONValue
    let storage = try file.contents()
    do throws(JSONError) {
      root = try JSONValue(parsing: storage.bytes, limits: JSONLimits(byteCount: SafetensorsReader.headerLimit))
    } catch {
      throw WeightFileError(json: error, path: file.path, base: 0)
    }
    withExtendedLifetime(storage) {}
    guard let index = root.object else { throw ShardIndex.error(.badType, file, "the index must be a JSON object") }
    guard let map = index["weight_map"] else {
      throw ShardIndex.error(.badHeader, file, "no weight_map; expected the index of a sharded checkpoint")
    }
    guard let entries = map.object else {
      throw ShardIndex.error(.badType, file, "weight_map must be an object of tensor names and shard names")
    }
    if let value = index["metadata"], value != .null {
      guard let object = value.object else { throw ShardIndex.error(.badType, file, "metadata must be an object") }
      metadata = object
    }
    try readMap(entries)
  }

  private mutating func readMap(_ entries: JSONObject) throws(WeightFileError) {
    var positions: [ByteKey: Int] = [:]
    for entry in entries.members {
      guard let shard = entry.value.string else {
        throw ShardIndex.error(
          .badType, file, tensor: entry.key, "weight_map must give the name of a shard as a string")
      }
      if let position = positions[ByteKey(shard)] {
        shards[position].tensors.append(entry.key)
      } else {
        try ShardIndex.checkName(shard, file, tensor: entry.key)
        positions[ByteKey(shard)] = shards.count
        shards.append((shard, [entry.key]))
      }
    }
    shards.sort { ByteKey($0.name) < ByteKey($1.name) }
  }

  private static func checkName(_ name: String, _ file: MappedFile, tensor: String) throws(WeightFileError) {
    let shown = name.printable(limit: 120)
    guard !name.isEmpty, name != "." else {
      throw error(.badName, file, tensor: tensor, "\"\(shown)\" is no file name")
    }
    guard name != "..", !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) else {
      throw error(
        .traversal, file, tensor: tensor, "shard \"\(shown)\" is a path; shards must lie beside the index")
    }
    guard !name.utf8.contains(0) else { throw error(.badName, file, tensor: tensor, "\"\(shown)\" is no file name") }
  }

  /// Opens the shards and holds them against the index.
  ///
  /// - Parameter options: how to understand what the files do not say.
  /// - Returns: the checkpoint that they make up.
  /// - Throws: what is wrong with a shard, or where index and shards disagree.
  func open(options: ReadOptions) throws(WeightFileError) -> Checkpoint {
    var notes: [String] = []
    var opened: [OpenedFile] = []
    var paths: [String] = []
    let folder = file.path.pathFolder
    let missing = shards.filter { !MappedFile.exists(folder + $0.name) }
    guard missing.isEmpty else { throw missingShards(missing.map(\.name)) }
    for shard in shards {
      let path = folder + shard.name
      let part = try SafetensorsReader.open(try MappedFile(path: path), options)
      opened.append(try select(shard, of: part, &notes))
      paths.append(path)
    }
    let merged = try merge(opened, &notes)
    try checkTotal(merged, &notes)
    var result = merged
    result.notes = notes
    return try Checkpoint(path: file.path, format: .safetensors, files: paths, opened: result)
  }

  /// Checks that a shard holds what the index places there, and leaves out what it does not.
  private func select(
    _ shard: (name: String, tensors: [String]), of part: OpenedFile, _ notes: inout [String]
  ) throws(WeightFileError) -> OpenedFile {
    let present = Set(part.tensors.map { ByteKey($0.info.name) })
    let absent = shard.tensors.filter { !present.contains(ByteKey($0)) }
    guard absent.isEmpty else {
      throw ShardIndex.error(
        .missing, file, tensor: absent[0],
        "the index places \(ShardIndex.count(absent.count, "tensor")) in \(shard.name.printable()), which does not hold "
          + "\(absent.count == 1 ? "it" : "them"); the index belongs to other shards")
    }
    let listed = Set(shard.tensors.map { ByteKey($0) })
    guard part.tensors.count > listed.count else { return part }
    let elsewhere = Set(shards.lazy.flatMap(\.tensors).map { ByteKey($0) })
    for tensor in part.tensors where !listed.contains(ByteKey(tensor.info.name)) {
      guard !elsewhere.contains(ByteKey(tensor.info.name)) else {
        throw ShardIndex.error(
          .duplicate, file, tensor: tensor.info.name,
          "the index places it in another shard, but \(shard.name.printable()) has one of this name too")
      }
      notes.append(
        "\"\(tensor.info.name.printable(limit: 120))\" lies in \(shard.name.printable()) but is not in the index; "
          + "it was left out")
    }
    let kept = part.tensors.indices.filter { listed.contains(ByteKey(part.tensors[$0].info.name)) }
    var positions: [Int: Int] = [:]
    for (position, index) in kept.enumerated() { positions[index] = position }
    var result = part
    result.names = nil
    result.infos = nil
    result.tensors = kept.map { part.tensors[$0] }
    result.listing = part.listing.compactMap { positions[$0] }
    result.read = { (index) throws(WeightFileError) in try part.read(kept[index]) }
    return result
  }

  private func merge(_ parts: [OpenedFile], _ notes: inout [String]) throws(WeightFileError) -> OpenedFile {
    var starts: [Int] = []
    var result = OpenedFile(tensors: [], listing: []) { (_) throws(WeightFileError) in
      preconditionFailure("an empty set of shards has no tensors")
    }
    for part in parts {
      starts.append(result.tensors.count)
      result.listing += part.listing.map { $0 + result.tensors.count }
      result.tensors += part.tensors
      for entry in part.metadata {
        guard let known = result.metadata.first(where: { $0.key.utf8.elementsEqual(entry.key.utf8) }) else {
          result.metadata.append(entry)
          continue
        }
        guard known.value.utf8.elementsEqual(entry.value.utf8) else {
          throw ShardIndex.error(
            .mismatch, file, "shards disagree on the metadata \"\(entry.key.printable(limit: 60))\"")
        }
      }
    }
    let firsts = starts
    result.read = { (index) throws(WeightFileError) in
      // The last part that starts at or before the position; parts without tensors share their start with the next.
      var part = 0
      var upper = firsts.count
      while upper - part > 1 {
        let middle = (part + upper) / 2
        if firsts[middle] <= index { part = middle } else { upper = middle }
      }
      return try parts[part].read(index - firsts[part])
    }
    return result
  }

  private func checkTotal(_ merged: OpenedFile, _ notes: inout [String]) throws(WeightFileError) {
    guard let declared = metadata["total_size"] else { return }
    guard case .number(let number) = declared, number.double.isFinite, number.double >= 0 else {
      throw ShardIndex.error(.badType, file, "metadata.total_size must be a number of bytes")
    }
    let total = merged.tensors.reduce(0) { $0 + $1.info.byteCount }
    if number.double != Double(total) {
      notes.append("the index says that all tensors take \(number.text) bytes; they take \(total)")
    }
  }

  private func missingShards(_ names: [String]) -> WeightFileError {
    let shown = names.prefix(ShardIndex.listed).map { $0.printable(limit: 120) }.joined(separator: ", ")
    let more = names.count > ShardIndex.listed ? " and \(names.count - ShardIndex.listed) more" : ""
    return ShardIndex.error(
      .missing, file,
      "\(ShardIndex.count(names.count, "shard")) of \(shards.count) not there: \(shown)\(more); fetch them")
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private static func error(
    _ category: WeightFileError.Category, _ file: MappedFile, tensor: String? = nil, _ message: String
  ) -> WeightFileError {
    WeightFileError(category, path: file.path, tensor: tensor, message: message)
  }
}
