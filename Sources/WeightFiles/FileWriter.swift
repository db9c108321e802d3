public import TensorData

/// Writes a planned file on one or several threads; the bytes do not depend on how many there are.
///
/// Without compression every offset is known and each thread fills its own stretches of the file. With it, each thread
/// compresses into memory and appends when all before it have been appended.
struct FileWriter {
  let plan: FilePlan
  let entries: [WriteEntry]
  let options: WriteOptions

  /// Bytes of tensors that a thread takes on at a time, if there are so many small ones.
  private static let unitLength = 4 << 20

  /// Writes the file.
  ///
  /// - Parameter file: where it goes.
  /// - Returns: its length.
  /// - Throws: what the entries throw, `io`.
  func write(to file: FileSink) throws -> Int {
    if options.threads > 1, plan.compression == 0 { return try writeStretches(of: file) }
    let region = FileRegion(file, at: 0)
    try write(to: region)
    try region.flush()
    return region.position
  }

  /// Writes the file from its first byte to its last.
  ///
  /// - Parameter sink: where it goes.
  /// - Throws: what the entries throw, `io`.
  func write(to sink: any ByteSink) throws {
    let parts = partWriter
    try sink.append(plan.head)
    var summaries: [FilePlan.Summary] = []
    if options.threads > 1, plan.compression > 0 {
      summaries = try writeCompressed(to: sink, parts)
    } else {
      for index in plan.parts.indices { summaries.append(try parts.write(index, to: sink)) }
    }
    try sink.append(plan.tail(plan.parts, summaries))
    parts.progress.add(0)
  }

  private var partWriter: PartWriter {
    PartWriter(plan: plan, entries: entries, progress: ProgressCounter(options.progress))
  }

  /// Runs of parts that are worth a thread's while.
  private var units: [Range<Int>] {
    var units: [Range<Int>] = []
    var start = 0
    var size = 0
    for (index, part) in plan.parts.enumerated() {
      size += part.info.byteCount
      guard size >= FileWriter.unitLength || index == plan.parts.count - 1 else { continue }
      units.append(start..<index + 1)
      start = index + 1
      size = 0
    }
    return units
  }

  private func writeStretches(of file: FileSink) throws -> Int {
    let (layout, end) = plan.layout
    let parts = partWriter
    let units = units
    let results = try WorkerThreads.map(units.count, threads: options.threads) { unit in
      let region = FileRegion(file, at: layout[units[unit].lowerBound].offset)
      let summaries = try units[unit].map { try parts.write($0, to: region) }
      try region.flush()
      return summaries
    }
    try plan.head.withUnsafeBytes { try file.write($0, at: 0) }
    let tail = plan.tail(plan.parts, Array(results.joined()))
    try tail.withUnsafeBytes { try file.write($0, at: end) }
    parts.progress.add(0)
    return end + tail.count
  }

  private func writeCompressed(to sink: any ByteSink, _ parts: PartWriter) throws -> [FilePlan.Summary] {
    let units = units
    let path = sink.path
    var summaries: [FilePlan.Summary] = []
    try WorkerThreads.mapInOrder(units.count, threads: options.threads) { unit in
      let memory = MemorySink(path: path)
      let summaries = try units[unit].map { try parts.write($0, to: memory) }
      return (memory.bytes, summaries)
    } use: { (result: (bytes: [UInt8], summaries: [FilePlan.Summary])) in
      let base = sink.position
      try sink.append(result.bytes)
      for var summary in result.summaries {
        summary.offset += base
        summaries.append(summary)
      }
    }
    return summaries
  }
}

extension WeightFormat {
  /// Writes a file of this format as part of a set.
  ///
  /// - Parameters:
  ///   - entries: the tensors. `safetensors` sorts them, `npz` keeps their order, `npy` takes exactly one.
  ///   - metadata: free-form metadata.
  ///   - path: the final place.
  ///   - outputs: the set that the file joins; it appears when the set is committed.
  ///   - options: how to write.
  /// - Returns: what was written.
  /// - Throws: what the format cannot hold, before anything is written; `exists`, `io`; what the entries throw.
  public func write(
    _ entries: [WriteEntry], metadata: [MetadataEntry] = [], to path: String, in outputs: OutputSet,
    options: WriteOptions = WriteOptions()
  ) throws -> WriteResult {
    let plan = try checkedPlan(entries, metadata, path, options)
    let file = try outputs.add(path: path, reserving: plan.byteCount)
    let byteCount = try FileWriter(plan: plan, entries: entries, options: options).write(to: file)
    try file.finish(byteCount: byteCount)
    return WriteResult(paths: [path], byteCount: byteCount, notes: plan.notes)
  }

  /// Writes a file of this format to standard output.
  ///
  /// - Parameters:
  ///   - entries: the tensors.
  ///   - metadata: free-form metadata.
  ///   - options: how to write.
  /// - Returns: what was written; the path is `-`.
  /// - Throws: what the format cannot hold, before anything is written; `io`; what the entries throw.
  public func writeToStandardOutput(
    _ entries: [WriteEntry], metadata: [MetadataEntry] = [], options: WriteOptions = WriteOptions()
  ) throws -> WriteResult {
    let plan = try checkedPlan(entries, metadata, "-", options)
    let sink = StandardOutput()
    try FileWriter(plan: plan, entries: entries, options: options).write(to: sink)
    return WriteResult(paths: ["-"], byteCount: sink.position, notes: plan.notes)
  }

  /// How many bytes a file of this format would have; nil if compression decides it.
  ///
  /// - Parameters:
  ///   - infos: the tensors.
  ///   - metadata: free-form metadata.
  ///   - path: the place that errors name.
  ///   - options: how it would be written.
  /// - Returns: the size.
  /// - Throws: what the format cannot hold.
  public func plannedByteCount(
    _ infos: [TensorInfo], metadata: [MetadataEntry] = [], path: String, options: WriteOptions = WriteOptions()
  ) throws(WeightFileError) -> Int? {
    try plan(WriteRequest(path: path, infos: infos, metadata: metadata, options: options)).byteCount
  }

  func checkedPlan(
    _ entries: [WriteEntry], _ metadata: [MetadataEntry], _ path: String, _ options: WriteOptions
  ) throws(WeightFileError) -> FilePlan {
    precondition(WriteOptions.compressionLevels.contains(options.compression), "compression is a level of 0 to 12")
    let request = WriteRequest(path: path, infos: entries.map(\.info), metadata: metadata, options: options)
    var names: Set<ByteKey> = Set(minimumCapacity: entries.count)
    for info in request.infos where !names.insert(ByteKey(info.name)).inserted {
      throw request.error(.duplicate, tensor: info.name, "two tensors to be written have this name")
    }
    return try plan(request)
  }
}
