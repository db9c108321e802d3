internal import Synchronization
internal import TensorData

/// Writes single parts of a planned file, in blocks, with their checksums computed on the way.
struct PartWriter: Sendable {
  let plan: FilePlan
  let entries: [WriteEntry]
  let progress: ProgressCounter

  /// Bytes that pass between two reports of progress, few enough to stay in the cache between checksum and copy.
  private static let blockLength = 1 << 20
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
    let part = plan.parts[index]
    guard let entry = part.entry else { return try part.content.withUnsafeBytes { try write(part, $0, to: sink) } }
    return try entries[entry].withBytes { try write(part, $0, to: sink) }
  }

  private func write(
    _ part: FilePlan.Part, _ bytes: UnsafeRawBufferPointer, to sink: any ByteSink
  ) throws(WeightFileError) -> FilePlan.Summary {
    let size = part.preamble.count + bytes.count
    var summary = FilePlan.Summary(offset: sink.position, byteCount: size, storedByteCount: size)
    guard plan.compression == 0 else { return try writeCompressed(part, bytes, summary, to: sink) }
    if plan.hasChecksums, size <= PartWriter.smallLength || !sink.isSeekable {
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
    _ part: FilePlan.Part, _ bytes: UnsafeRawBufferPointer, _ start: FilePlan.Summary,
    to sink: any ByteSink
  ) throws(WeightFileError) -> FilePlan.Summary {
    var summary = start
    summary.crc = checksum(part, bytes)
    var held: [UInt8] = []
    if sink.isSeekable { try sink.append(plan.header(part, summary)) }
    let dataOffset = sink.position
    try part.preamble.span.withUnsafeBytes { (preamble) throws(WeightFileError) in
      var skipped = preamble.count
      let count = { (consumed: Int) in
        let ofTensor = max(0, consumed - skipped)
        skipped -= consumed - ofTensor
        progress.add(ofTensor)
      }
      try Deflater(level: plan.compression).compress([preamble, bytes], consumed: count) {
        (block) throws(WeightFileError) in
        guard sink.isSeekable else { return held.append(contentsOf: block) }
        try sink.append(block)
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
      let end = min(offset + PartWriter.blockLength, bytes.count)
      let block = bytes.slice(offset..<end)
      try body(block)
      offset = end
      progress.add(block.count)
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
