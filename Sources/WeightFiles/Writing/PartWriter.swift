internal import Synchronization
internal import TensorData

/// Writes parts of a planned file, and stretches of them, piece by piece, with their checksums computed on the way.
struct PartWriter: Sendable {
  let plan: FilePlan
  let open: OpenParts
  let progress: ProgressCounter

  init(_ plan: FilePlan, _ entries: [WriteEntry], _ progress: ProgressCounter) {
    self.plan = plan
    open = OpenParts(plan.parts, entries)
    self.progress = progress
  }

  /// Up to this size a part's checksum is computed before it is written instead of on the way.
  private static let smallLength = 64 << 10

  /// Writes a part where the sink stands.
  ///
  /// - Parameters:
  ///   - index: the part.
  ///   - sink: takes the bytes.
  /// - Returns: what the tail of the file needs to know.
  /// - Throws: what the tensor's source throws, `io`.
  func write(_ index: Int, to sink: any ByteSink) throws -> FilePlan.Summary {
    try open.withWhole(index) { assembly, memory in
      plan.compression == 0
        ? try writeStored(index, assembly, memory, to: sink) : try writeCompressed(index, assembly, memory, to: sink)
    }
  }

  /// Writes a stretch of a part that is not compressed.
  ///
  /// - Parameters:
  ///   - stretch: bytes of the tensor.
  ///   - index: the part.
  ///   - sink: takes the bytes.
  /// - Returns: the checksum of the stretch if the plan needs checksums.
  /// - Throws: what the tensor's source throws, `io`.
  func write(_ stretch: Range<Int>, of index: Int, to sink: any ByteSink) throws -> UInt32 {
    try open.withStretch(stretch, of: index) { assembly, memory, needsChecksum in
      var crc = CRC32()
      try forEachPiece(assembly, stretch, memory, for: sink) { bytes in
        if plan.hasChecksums || needsChecksum { crc.update(bytes) }
        try sink.append(bytes)
      }
      return (crc.value, crc.value)
    }
  }

  /// Compresses a stretch of a part; the last one ends the stream.
  ///
  /// - Parameters:
  ///   - stretch: bytes of the tensor; what precedes the first belongs to it.
  ///   - index: the part.
  /// - Returns: the compressed bytes, and the checksum of what they stand for.
  /// - Throws: what the tensor's source throws.
  func compress(_ stretch: Range<Int>, of index: Int) throws -> (bytes: [UInt8], crc: UInt32) {
    let part = plan.parts[index]
    return try open.withStretch(stretch, of: index) { assembly, memory, _ in
      let preamble = stretch.lowerBound == 0 ? part.preamble : []
      let (bytes, crc) = try compress(
        stretch, assembly, memory, after: preamble, endsStream: stretch.upperBound == part.info.byteCount)
      var whole = CRC32()
      whole.update(preamble)
      whole.append(crc, byteCount: stretch.count)
      return ((bytes, whole.value), crc)
    }
  }

  private func writeStored(
    _ index: Int, _ assembly: TensorAssembly, _ memory: PieceMemory, to sink: any ByteSink
  ) throws -> FilePlan.Summary {
    let part = plan.parts[index]
    let size = part.preamble.count + assembly.byteCount
    var summary = FilePlan.Summary(offset: sink.position, byteCount: size, storedByteCount: size)
    let all = 0..<assembly.byteCount
    guard plan.hasChecksums else {
      try sink.append(plan.header(part, summary))
      try sink.append(part.preamble)
      try forEachPiece(assembly, all, memory, for: sink) { try sink.append($0) }
      return summary
    }
    var crc = CRC32()
    crc.update(part.preamble)
    if size <= PartWriter.smallLength || !sink.isSeekable {
      // The checksum stands before the bytes, which are therefore needed twice.
      let whole = try assembly.isWindow ? assembly : TensorAssembly(assembly.tensor(shape: part.info.shape))
      try forEachPiece(whole, all, memory, isWritten: false) { crc.update($0) }
      summary.crc = crc.value
      try sink.append(plan.header(part, summary))
      try sink.append(part.preamble)
      try forEachPiece(whole, all, memory, for: sink) { try sink.append($0) }
      return summary
    }
    try sink.append(plan.header(part, summary))
    try sink.append(part.preamble)
    try forEachPiece(assembly, all, memory, for: sink) { bytes in
      crc.update(bytes)
      try sink.append(bytes)
    }
    summary.crc = crc.value
    try sink.replace(plan.header(part, summary), at: summary.offset)
    return summary
  }

  private func writeCompressed(
    _ index: Int, _ assembly: TensorAssembly, _ memory: PieceMemory, to sink: any ByteSink
  ) throws -> FilePlan.Summary {
    let part = plan.parts[index]
    let (bytes, ofTensor) = try compress(
      0..<assembly.byteCount, assembly, memory, after: part.preamble, endsStream: true)
    var crc = CRC32()
    crc.update(part.preamble)
    crc.append(ofTensor, byteCount: assembly.byteCount)
    let summary = FilePlan.Summary(
      offset: sink.position, crc: crc.value, byteCount: part.preamble.count + assembly.byteCount,
      storedByteCount: bytes.count)
    try sink.append(plan.header(part, summary))
    try sink.append(bytes)
    return summary
  }

  /// Compresses bytes of a tensor, with others before them, and sums up the tensor's.
  private func compress(
    _ range: Range<Int>, _ assembly: TensorAssembly, _ memory: PieceMemory, after preamble: [UInt8], endsStream: Bool
  ) throws -> (bytes: [UInt8], crc: UInt32) {
    var crc = CRC32()
    let deflater = Deflater(level: plan.compression, byteCount: preamble.count + range.count)
    preamble.withUnsafeBytes { deflater.append($0) }
    try forEachPiece(assembly, range, memory) { bytes in
      crc.update(bytes)
      deflater.append(bytes)
    }
    return (deflater.finish(endsStream: endsStream), crc.value)
  }

  private func forEachPiece(
    _ assembly: TensorAssembly, _ range: Range<Int>, _ memory: PieceMemory, isWritten: Bool = true,
    for sink: (any ByteSink)? = nil, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var start = range.lowerBound
    while start < range.upperBound {
      let length = assembly.isRun ? sink?.nextLength ?? pieceLength : pieceLength
      let end = min(assembly.pieceEnd(from: start, limit: length), range.upperBound)
      try assembly.withBytes(start..<end, in: memory, body)
      if isWritten { progress.add(end - start) }
      start = end
    }
  }
}

/// Adds up the bytes that several threads write, and reports the sum.
final class ProgressCounter: Sendable {
  private let total = Atomic<Int>(0)
  private let report: (@Sendable (Int) -> Void)?

  /// Reports to `report`, from whichever thread wrote.
  init(_ report: (@Sendable (Int) -> Void)?) { self.report = report }

  func add(_ byteCount: Int) {
    guard let report else { return }
    report(total.add(byteCount, ordering: .relaxed).newValue)
  }
}
