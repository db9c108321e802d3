public import TensorData

/// Writes a planned file, one tensor after the other, in memory of about one tensor at most.
struct FileWriter {
  let plan: FilePlan
  let entries: [WriteEntry]
  let sink: any ByteSink
  let progress: (@Sendable (Int) -> Void)?

  /// Bytes that pass between two reports of progress.
  private static let blockLength = 4 << 20
  /// Up to this size a part's checksum is computed before it is written instead of on the way.
  private static let smallLength = 64 << 10

  func write() throws {
    try sink.append(plan.head)
    var summaries: [FilePlan.Summary] = []
    summaries.reserveCapacity(plan.parts.count)
    for part in plan.parts {
      let summary =
        if let entry = part.entry {
          try entries[entry].withBytes { try write(part, $0) }
        } else {
          try part.content.withUnsafeBytes { try write(part, $0) }
        }
      summaries.append(summary)
      progress?(sink.position)
    }
    try sink.append(plan.tail(plan.parts, summaries))
    progress?(sink.position)
  }

  private func write(_ part: FilePlan.Part, _ bytes: UnsafeRawBufferPointer) throws(WeightFileError) -> FilePlan.Summary
  {
    let size = part.preamble.count + bytes.count
    var summary = FilePlan.Summary(offset: sink.position, byteCount: size, storedByteCount: size)
    guard plan.compression == 0 else { return try writeCompressed(part, bytes, summary) }
    if plan.hasChecksums, size <= FileWriter.smallLength || !sink.isSeekable {
      summary.crc = checksum(part, bytes)
      try sink.append(plan.header(part, summary))
      try sink.append(part.preamble)
      try forEachBlock(bytes) { (block) throws(WeightFileError) in try sink.append(block) }
      return summary
    }
    try sink.append(plan.header(part, summary))
    try sink.append(part.preamble)
    guard plan.hasChecksums else {
      try forEachBlock(bytes) { (block) throws(WeightFileError) in try sink.append(block) }
      return summary
    }
    var crc = CRC32()
    part.preamble.withUnsafeBytes { crc.update($0) }
    try forEachBlock(bytes) { (block) throws(WeightFileError) in
      crc.update(block)
      try sink.append(block)
    }
    summary.crc = crc.value
    try sink.replace(plan.header(part, summary), at: summary.offset)
    return summary
  }

  private func writeCompressed(
    _ part: FilePlan.Part, _ bytes: UnsafeRawBufferPointer, _ start: FilePlan.Summary
  ) throws(WeightFileError) -> FilePlan.Summary {
    var summary = start
    summary.crc = checksum(part, bytes)
    var held: [UInt8] = []
    if sink.isSeekable { try sink.append(plan.header(part, summary)) }
    let dataOffset = sink.position
    try part.preamble.span.withUnsafeBytes { (preamble) throws(WeightFileError) in
      try Deflater(level: plan.compression).compress([preamble, bytes]) { (block) throws(WeightFileError) in
        guard sink.isSeekable else { return held.append(contentsOf: block) }
        try sink.append(block)
        progress?(sink.position)
      }
    }
    if sink.isSeekable {
      summary.storedByteCount = sink.position - dataOffset
      try sink.replace(plan.header(part, summary), at: summary.offset)
    } else {
      summary.storedByteCount = held.count
      try sink.append(plan.header(part, summary))
      try sink.append(held)
    }
    return summary
  }

  private func checksum(_ part: FilePlan.Part, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32()
    part.preamble.withUnsafeBytes { crc.update($0) }
    crc.update(bytes)
    return crc.value
  }

  private func forEachBlock(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(WeightFileError) -> Void
  ) throws(WeightFileError) {
    var offset = 0
    while offset < bytes.count {
      let end = min(offset + FileWriter.blockLength, bytes.count)
      try body(bytes.slice(offset..<end))
      offset = end
      if bytes.count > FileWriter.blockLength { progress?(sink.position) }
    }
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
    let sink = try outputs.add(path: path, reserving: plan.byteCount)
    try FileWriter(plan: plan, entries: entries, sink: sink, progress: options.progress).write()
    try sink.finish()
    return WriteResult(paths: [path], byteCount: sink.position, notes: plan.notes)
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
    try FileWriter(plan: plan, entries: entries, sink: sink, progress: options.progress).write()
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
