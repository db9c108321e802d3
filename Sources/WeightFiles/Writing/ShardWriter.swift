internal import StrictJSON
public import TensorData

/// Spreads a checkpoint over several safetensors files of limited size, with an index, as transformers writes them.
public struct ShardWriter: Sendable {
  /// The most bytes of tensors in one file; a larger tensor gets a file of its own.
  public var maxShardSize: Int
  /// What the files are called before the number.
  public var baseName: String

  /// Takes both settings.
  ///
  /// - Parameters:
  ///   - maxShardSize: bytes of tensors in one file.
  ///   - baseName: `model` for models.
  public init(maxShardSize: Int, baseName: String = "model") {
    self.maxShardSize = maxShardSize
    self.baseName = baseName
  }

  /// Writes the shards and, last, their index; a checkpoint that fits one file becomes a plain file without an index.
  ///
  /// Tensors fill the shards in the canonical order of a single file, so that the same input gives the same shards.
  ///
  /// - Parameters:
  ///   - entries: the tensors.
  ///   - metadata: written into every shard.
  ///   - folder: where the files go; it must exist.
  ///   - outputs: the set that the files join.
  ///   - options: how to write.
  /// - Returns: what was written.
  /// - Throws: what the format cannot hold, `exists`, `io`, what the entries throw.
  public func write(
    _ entries: [WriteEntry], metadata: [MetadataEntry] = [], toFolder folder: String, in outputs: OutputSet,
    options: WriteOptions = WriteOptions()
  ) throws -> WriteResult {
    let format = WeightFormat.safetensors
    let prefix = folder.removing(end: "/") != nil || folder.isEmpty ? folder : folder + "/"
    let shards = assign(entries.map(\.info))
    // Names and sizes are checked for all shards together before the first is written.
    _ = try format.checkedPlan(entries, metadata, prefix + baseName + format.fileExtension, options)
    guard shards.count > 1 else {
      return try format.write(
        entries, metadata: metadata, to: prefix + baseName + format.fileExtension, in: outputs, options: options)
    }
    let names = shards.indices.map {
      "\(baseName)-\(ShardWriter.digits($0 + 1))-of-\(ShardWriter.digits(shards.count))\(format.fileExtension)"
    }
    let progress = ProgressCounter(options.progress)
    let total = entries.reduce(0) { $0 + $1.info.byteCount }
    var files: [ShardFile] = []
    for (shard, name) in zip(shards, names) {
      let entries = shard.map { entries[$0] }
      let size = entries.reduce(0) { $0 + $1.info.byteCount }
      var options = options
      options.threads = max(1, Int((Double(options.threads) * Double(size) / Double(max(total, 1))).rounded()))
      let plan = try format.checkedPlan(entries, metadata, prefix + name, options)
      files.append(
        ShardFile(
          writer: FileWriter(plan: plan, entries: entries, options: options, progress: progress),
          sink: try outputs.add(path: prefix + name, reserving: plan.reservedSize), size: size))
    }
    // Writers of one file wait for each other inside the kernel, those of several files do not. The largest come first,
    // so that threads end together.
    files.sort { $0.size > $1.size }
    let sizes = try WorkerThreads.map(files.count, threads: options.threads) { [files] number in
      try files[number].writer.complete(files[number].sink)
    }
    var result = WriteResult(paths: names.map { prefix + $0 }, byteCount: sizes.reduce(0, +))
    var map = JSONObject()
    for (shard, name) in zip(shards, names) {
      for position in shard { map[entries[position].info.name] = .string(name) }
    }
    let index: JSONValue = [
      "metadata": ["total_size": .number(JSONNumber(total))], "weight_map": .object(map),
    ]
    let text = Array((index.text(indent: 2, sortKeys: true) + "\n").utf8)
    let path = prefix + baseName + format.fileExtension + ".index.json"
    try outputs.add(text, path: path)
    result.paths.append(path)
    result.byteCount += text.count
    return result
  }

  /// One file of the set, ready to be written.
  private struct ShardFile: Sendable {
    let writer: FileWriter
    let sink: FileSink
    let size: Int
  }

  /// The tensors of each shard, as positions in `infos`.
  ///
  /// - Parameter infos: the tensors.
  /// - Returns: at least one shard; every position once.
  public func assign(_ infos: [TensorInfo]) -> [[Int]] {
    var shards: [[Int]] = []
    var current: [Int] = []
    var size = 0
    for position in SafetensorsWriter.canonicalOrder(infos) {
      let bytes = infos[position].byteCount
      if bytes > maxShardSize {
        shards.append([position])
        continue
      }
      if size > maxShardSize - bytes {
        shards.append(current)
        current = []
        size = 0
      }
      current.append(position)
      size += bytes
    }
    if !current.isEmpty || shards.isEmpty { shards.append(current) }
    return shards
  }

  private static func digits(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, 5 - text.count)) + text
  }
}
