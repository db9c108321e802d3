/// The bytes of one archive member: stored ones lie in the file, deflated ones are expanded in bounded memory.
struct ZipMemberBytes {
  let file: WholeFile
  let entry: ZipEntry
  /// The name of the tensor, for errors.
  let name: String
  /// Whether a recorded checksum of zero says that none was computed, as some writers have it.
  var zeroMeansUnchecked = false

  private static let blockLength = 256 << 10

  /// Where errors are reported.
  var place: BytePlace {
    BytePlace(path: file.path, tensor: name, base: entry.isDeflated ? nil : entry.dataOffset)
  }

  private var stored: UnsafeRawBufferPointer {
    file.bytes.slice(entry.dataOffset..<entry.dataOffset + entry.storedByteCount)
  }

  /// The first `count` bytes of the member, or all if there are fewer.
  func prefix(_ count: Int) throws(WeightFileError) -> [UInt8] {
    let count = min(count, entry.byteCount)
    guard entry.isDeflated else { return Array(stored[..<count]) }
    var bytes = [UInt8](repeating: 0, count: count)
    let inflater = Inflater(stored)
    var span = bytes.mutableSpan
    let read = try span.withUnsafeMutableBytes { (output) throws(WeightFileError) in
      try inflate(inflater, into: output)
    }
    guard read == count else { throw tooShort(read) }
    return bytes
  }

  /// Checks the length and checksum of the whole member.
  func verify() throws(WeightFileError) {
    guard !entry.isDeflated else {
      return try expand(skipping: entry.byteCount, into: UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }
    var crc = CRC32()
    crc.update(stored)
    try check(crc)
  }

  /// Expands a deflated member and checks its length and checksum.
  ///
  /// - Parameters:
  ///   - skipped: how many of its first bytes are dropped.
  ///   - output: where the others go; it must be as long as they are.
  /// - Throws: `badDeflate`, `sizeMismatch`, `bomb`, `trailing`, `crc`.
  func expand(skipping skipped: Int, into output: UnsafeMutableRawBufferPointer) throws(WeightFileError) {
    let inflater = Inflater(stored)
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: ZipMemberBytes.blockLength, alignment: 64)
    defer { scratch.deallocate() }
    var crc = CRC32()
    var done = 0
    while done < entry.byteCount {
      let block: UnsafeMutableRawBufferPointer
      if done < skipped {
        block = UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(scratch.count, skipped - done)])
      } else {
        let start = done - skipped
        block = UnsafeMutableRawBufferPointer(rebasing: output[start..<min(start + scratch.count, output.count)])
      }
      let count = try inflate(inflater, into: block)
      crc.update(UnsafeRawBufferPointer(rebasing: block[..<count]))
      done += count
      guard count == block.count else { throw tooShort(done) }
    }
    try checkEnd(inflater, scratch)
    try check(crc)
  }

  private func checkEnd(_ inflater: Inflater, _ scratch: UnsafeMutableRawBufferPointer) throws(WeightFileError) {
    let surplus = try inflate(inflater, into: scratch)
    guard surplus == 0 else {
      let category: WeightFileError.Category = surplus == scratch.count ? .bomb : .sizeMismatch
      throw place.error(category, at: 0, "\(entry.byteCount) bytes are declared, the compressed stream goes on")
    }
    guard inflater.unusedByteCount == 0 else {
      throw place.error(.trailing, at: 0, "\(inflater.unusedByteCount) bytes follow the compressed stream")
    }
  }

  private func inflate(
    _ inflater: Inflater, into output: UnsafeMutableRawBufferPointer
  ) throws(WeightFileError) -> Int {
    do throws(Inflater.Failure) {
      return try inflater.read(into: output)
    } catch {
      switch error {
      case .invalid: throw place.error(.badDeflate, at: 0, "the compressed stream is invalid; fetch the file again")
      case .truncated: throw place.error(.badDeflate, at: 0, "the compressed stream ends early; fetch the file again")
      }
    }
  }

  /// Compares the checksum of the whole member with the recorded one.
  func check(_ crc: CRC32) throws(WeightFileError) {
    if entry.crc == 0, zeroMeansUnchecked { return }
    guard crc.value == entry.crc else {
      throw place.error(
        .crc, at: 0,
        "the checksum is \(ZipMemberBytes.hex(crc.value)), \(ZipMemberBytes.hex(entry.crc)) was recorded; the file is "
          + "damaged, fetch it again")
    }
  }

  private func tooShort(_ count: Int) -> WeightFileError {
    place.error(
      .sizeMismatch, at: 0, "\(entry.byteCount) bytes are declared, the compressed stream ends after \(count)")
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
