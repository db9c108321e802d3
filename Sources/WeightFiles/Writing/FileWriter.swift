public import TensorData

/// Writes a planned file on one or several threads; the bytes do not depend on how many there are.
///
/// Without compression every offset is known and each thread fills its own stretches of the file. With it, each thread
/// compresses into memory, and what it made is appended when all before it has been.
struct FileWriter: Sendable {
  private let plan: FilePlan
  private let parts: PartWriter
  private let threads: Int

  /// Takes what is to be written.
  ///
  /// - Parameters:
  ///   - plan: the layout of the file.
  ///   - entries: the tensors that the plan was made for.
  ///   - options: how to write.
  ///   - progress: adds up what is written of several files; nil for this one alone.
  init(plan: FilePlan, entries: [WriteEntry], options: WriteOptions, progress: ProgressCounter? = nil) {
    self.plan = plan
    parts = PartWriter(plan, entries, progress ?? ProgressCounter(options.progress))
    threads = options.threads
  }

  /// Writes the file.
  ///
  /// - Parameter file: where it goes.
  /// - Returns: its length.
  /// - Throws: what the entries throw, `io`.
  func write(to file: FileSink) throws -> Int {
    if plan.compression == 0 { return try writeStretches(of: file) }
    let region = FileRegion(file, at: 0)
    try write(to: region)
    try region.flush()
    return region.position
  }

  /// Writes the file and ends it.
  ///
  /// - Parameter file: where it goes.
  /// - Returns: its length.
  /// - Throws: what the entries throw, `io`.
  func complete(_ file: FileSink) throws -> Int {
    let byteCount = try write(to: file)
    try file.finish(byteCount: byteCount)
    return byteCount
  }

  /// Writes the file from its first byte to its last.
  ///
  /// - Parameter sink: where it goes.
  /// - Throws: what the entries throw, `io`.
  func write(to sink: any ByteSink) throws {
    try sink.append(plan.head)
    var summaries: [FilePlan.Summary] = []
    if plan.compression > 0 {
      summaries = try writeCompressed(to: sink)
    } else {
      for index in plan.parts.indices { summaries.append(try parts.write(index, to: sink)) }
    }
    try sink.append(plan.tail(plan.parts, summaries))
    parts.progress.add(0)
  }

  private func writeStretches(of file: FileSink) throws -> Int {
    let (layout, end) = plan.layout
    let units = WriteUnit.all(plan.parts, cutsTensors: true)
    let (plan, parts) = (plan, parts)
    let results = try WorkerThreads.map(units.count, threads: threads) { number in
      let unit = units[number]
      let first = unit.parts.lowerBound
      guard let stretch = unit.stretch else {
        let region = FileRegion(file, at: layout[first].offset)
        let summaries = try unit.parts.map { try parts.write($0, to: region) }
        try region.flush()
        return summaries
      }
      var summary = layout[first]
      let start =
        summary.offset + plan.headerLength(plan.parts[first], summary.offset)
        + plan.parts[first].preamble.count
      let region = FileRegion(file, at: start + stretch.lowerBound)
      summary.crc = try parts.write(stretch, of: first, to: region)
      try region.flush()
      return [summary]
    }
    let summaries = try join(units, results, file)
    try plan.head.withUnsafeBytes { try file.write($0, at: 0) }
    let tail = plan.tail(plan.parts, summaries)
    try tail.withUnsafeBytes { try file.write($0, at: end) }
    parts.progress.add(0)
    return end + tail.count
  }

  /// Writes what stands before tensors that were written in stretches, now that their checksums are known.
  ///
  /// - Returns: one summary for each part.
  private func join(
    _ units: [WriteUnit], _ results: [[FilePlan.Summary]], _ file: FileSink
  ) throws -> [FilePlan.Summary] {
    var summaries: [FilePlan.Summary] = []
    summaries.reserveCapacity(plan.parts.count)
    var crc = CRC32()
    for (unit, result) in zip(units, results) {
      guard let stretch = unit.stretch, var summary = result.first else {
        summaries += result
        continue
      }
      let part = plan.parts[unit.parts.lowerBound]
      if plan.hasChecksums {
        if stretch.lowerBound == 0 {
          crc = CRC32()
          crc.update(part.preamble)
        }
        crc.append(summary.crc, byteCount: stretch.count)
      }
      guard stretch.upperBound == part.info.byteCount else { continue }
      summary.crc = crc.value
      try (plan.header(part, summary) + part.preamble).withUnsafeBytes { try file.write($0, at: summary.offset) }
      summaries.append(summary)
    }
    return summaries
  }

  private func writeCompressed(to sink: any ByteSink) throws -> [FilePlan.Summary] {
    let units = WriteUnit.all(plan.parts, cutsTensors: Deflater.hasSegments(level: plan.compression))
    let parts = parts
    let path = sink.path
    var joiner = StreamJoiner(plan: plan, sink: sink)
    var next = 0
    try WorkerThreads.mapInOrder(units.count, threads: threads) { number in
      let unit = units[number]
      if let stretch = unit.stretch {
        let (bytes, crc) = try parts.compress(stretch, of: unit.parts.lowerBound)
        return CompressedUnit(bytes: bytes, crc: crc)
      }
      let memory = MemorySink(path: path)
      let summaries = try unit.parts.map { try parts.write($0, to: memory) }
      return CompressedUnit(bytes: memory.bytes, summaries: summaries)
    } use: { result in
      try joiner.append(result, units[next])
      next += 1
    }
    return joiner.summaries
  }
}

/// What a thread made of one unit: whole parts with their headers, or a segment of one stream.
private struct CompressedUnit: Sendable {
  var bytes: [UInt8]
  var crc: UInt32 = 0
  var summaries: [FilePlan.Summary] = []
}

/// Appends compressed units in order and puts the header of a part before its segments.
private struct StreamJoiner {
  let plan: FilePlan
  let sink: any ByteSink
  private(set) var summaries: [FilePlan.Summary] = []
  /// The part whose segments are being appended.
  private var current = FilePlan.Summary(offset: 0, byteCount: 0, storedByteCount: 0)
  private var crc = CRC32()
  /// Segments that wait for the header where it cannot be replaced later.
  private var held: [[UInt8]] = []

  init(plan: FilePlan, sink: any ByteSink) {
    self.plan = plan
    self.sink = sink
  }

  mutating func append(_ result: CompressedUnit, _ unit: WriteUnit) throws(WeightFileError) {
    guard let stretch = unit.stretch else {
      let base = sink.position
      try sink.append(result.bytes)
      for var summary in result.summaries {
        summary.offset += base
        summaries.append(summary)
      }
      return
    }
    let part = plan.parts[unit.parts.lowerBound]
    var byteCount = stretch.count
    if stretch.lowerBound == 0 {
      byteCount += part.preamble.count
      current = FilePlan.Summary(
        offset: sink.position, byteCount: part.preamble.count + part.info.byteCount, storedByteCount: 0)
      crc = CRC32()
      if sink.isSeekable { try sink.append(plan.header(part, current)) }
    }
    crc.append(result.crc, byteCount: byteCount)
    current.storedByteCount += result.bytes.count
    if sink.isSeekable { try sink.append(result.bytes) } else { held.append(result.bytes) }
    guard stretch.upperBound == part.info.byteCount else { return }
    current.crc = crc.value
    if sink.isSeekable {
      try sink.replace(plan.header(part, current), at: current.offset)
    } else {
      try sink.append(plan.header(part, current))
      for bytes in held { try sink.append(bytes) }
      held = []
    }
    summaries.append(current)
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
    let file = try outputs.add(path: path, reserving: plan.reservedSize)
    let byteCount = try FileWriter(plan: plan, entries: entries, options: options).complete(file)
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

  /// Checks that a file of this format can hold tensors and metadata.
  ///
  /// - Parameters:
  ///   - infos: the tensors.
  ///   - metadata: free-form metadata.
  ///   - path: the place that errors name.
  ///   - options: how it would be written.
  /// - Throws: what the format cannot hold.
  public func check(
    _ infos: [TensorInfo], metadata: [MetadataEntry] = [], path: String, options: WriteOptions = WriteOptions()
  ) throws(WeightFileError) {
    _ = try plan(WriteRequest(path: path, infos: infos, metadata: metadata, options: options))
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

  /// Lays a file out; refused by a format that is only read.
  private func plan(_ request: WriteRequest) throws(WeightFileError) -> FilePlan {
    guard let writer else {
      let known = WeightFormat.written.map(\.name).joined(separator: ", ")
      throw request.error(.unsupported, "\(name) is read, but not written; written are \(known)")
    }
    return try writer.plan(request)
  }

  func checkedPlan(
    _ entries: [WriteEntry], _ metadata: [MetadataEntry], _ path: String, _ options: WriteOptions
  ) throws(WeightFileError) -> FilePlan {
    precondition(WriteOptions.compressionLevels.contains(options.compression), "compression is a level of 0 to 12")
    let request = WriteRequest(path: path, infos: entries.map(\.info), metadata: metadata, options: options)
    var duplicate: Int?
    _ = NameIndex(count: entries.count, name: { request.infos[$0].name }, duplicate: { duplicate = $0 })
    if let duplicate {
      throw request.error(
        .duplicate, tensor: request.infos[duplicate].name, "two tensors to be written have this name")
    }
    return try plan(request)
  }
}
