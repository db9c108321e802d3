internal import StrictJSON
internal import TensorData

/// The index of a sharded checkpoint: a JSON text that says which file holds which tensor.
///
/// Format: `model.safetensors.index.json` and `pytorch_model.bin.index.json` of Hugging Face transformers. Shards are looked
/// for beside the index only; what the index says of a tensor and what its shard holds must agree.
struct ShardIndex {
  private let files: FileSet
  /// The shards in the byte order of their names, each with the tensors that the index places there.
  private var shards: [(name: String, tensors: [String])] = []
  private var metadata = JSONObject()

  /// How many names an error lists before it only counts.
  private static let listed = 3

  /// Reads an index.
  ///
  /// - Parameters:
  ///   - files: the index and what lies beside it.
  ///   - scopes: how many components at the beginning of its names the shards' own names do not have.
  /// - Throws: what is wrong with it.
  init(_ files: FileSet, dropping scopes: Int = 0) throws(WeightFileError) {
    self.files = files
    let file = files.main
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
    try readMap(entries, scopes)
  }

  private mutating func readMap(_ entries: JSONObject, _ scopes: Int) throws(WeightFileError) {
    var positions: [ByteKey: Int] = [:]
    for entry in entries.members {
      let components = entry.key.split(separator: "/", omittingEmptySubsequences: false)
      let name = scopes == 0 ? entry.key : components.dropFirst(scopes).joined(separator: "/")
      guard let shard = entry.value.string else {
        throw ShardIndex.error(
          .badType, file, tensor: entry.key, "weight_map must give the name of a shard as a string")
      }
      if let position = positions[ByteKey(shard)] {
        shards[position].tensors.append(name)
      } else {
        if let (category, message) = FileSet.defect(of: shard) {
          throw ShardIndex.error(category, file, tensor: entry.key, message)
        }
        positions[ByteKey(shard)] = shards.count
        shards.append((shard, [name]))
      }
    }
    shards.sort { ByteKey($0.name) < ByteKey($1.name) }
  }

  /// Opens the shards and holds them against the index.
  ///
  /// - Parameter open: reads one shard.
  /// - Returns: what they make up.
  /// - Throws: what is wrong with a shard, or where index and shards disagree.
  func open(_ open: (MappedFile) throws(WeightFileError) -> OpenedFile) throws(WeightFileError) -> OpenedFile {
    var notes: [String] = []
    var opened: [OpenedFile] = []
    let missing = shards.filter { !files.exists($0.name) }
    guard missing.isEmpty else { throw missingShards(missing.map(\.name)) }
    for shard in shards {
      let part = try open(try files.file(shard.name))
      notes += part.notes
      opened.append(try select(shard, of: part, &notes))
    }
    var merged = try merge(opened, &notes)
    try checkTotal(merged, &notes)
    merged.notes = notes
    merged.files = shards.map { files.path(of: $0.name) }
    return merged
  }

  private var file: MappedFile { files.main }

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
    result.content = { (index) throws(WeightFileError) in try part.content(kept[index]) }
    result.uncheckedContent = { (index) throws(WeightFileError) in try part.uncheckedContent(kept[index]) }
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
        guard known.content == entry.content else {
          throw ShardIndex.error(
            .mismatch, file, "shards disagree on the metadata \"\(entry.key.printable(limit: 60))\"")
        }
      }
    }
    let firsts = starts
    result.content = { (index) throws(WeightFileError) in
      let part = ShardIndex.part(of: index, firsts)
      return try parts[part].content(index - firsts[part])
    }
    result.uncheckedContent = { (index) throws(WeightFileError) in
      let part = ShardIndex.part(of: index, firsts)
      return try parts[part].uncheckedContent(index - firsts[part])
    }
    return result
  }

  /// The last part that starts at or before a position; parts without tensors share their start with the next.
  private static func part(of index: Int, _ firsts: [Int]) -> Int {
    var part = 0
    var upper = firsts.count
    while upper - part > 1 {
      let middle = (part + upper) / 2
      if firsts[middle] <= index { part = middle } else { upper = middle }
    }
    return part
  }

  private func checkTotal(_ merged: OpenedFile, _ notes: inout [String]) throws(WeightFileError) {
    guard let declared = metadata["total_size"] else { return }
    guard case .number(let number) = declared, number.double.isFinite, number.double >= 0 else {
      throw ShardIndex.error(.badType, file, "metadata.total_size must be a number of bytes")
    }
    let total = merged.tensors.reduce(0) { $0 + $1.info.byteCount }
    // Writers that know of shared storages count the values of tied tensors once.
    let unique = merged.tensors.reduce(0) { $0 + ($1.sameAs == nil ? $1.info.byteCount : 0) }
    if number.double != Double(total), number.double != Double(unique) {
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
