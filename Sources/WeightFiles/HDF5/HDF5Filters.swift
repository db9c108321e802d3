internal import TensorData

/// What was done to each chunk before it was written, in that order; reading undoes it from the last to the first.
struct HDF5Filters: Sendable {
  private enum Filter: Sendable {
    case deflate
    case shuffle(elementSize: Int)
    case fletcher32
  }

  private var filters: [Filter] = []

  /// Whether chunks are stored as they are.
  var isEmpty: Bool { filters.isEmpty }

  /// No filters.
  init() {}

  /// Reads a filter pipeline message.
  ///
  /// - Parameters:
  ///   - cursor: its data.
  ///   - elementSize: the bytes of an element.
  /// - Throws: `unsupportedCompression` for filters that only plug-ins know, and for those that lose bits.
  init(_ cursor: inout HDF5Cursor, elementSize: Int) throws(WeightFileError) {
    let version = try cursor.expectVersion(1, 2)
    let count = try cursor.byte()
    guard count <= 32 else { throw cursor.error(.unsupportedCompression, "\(count) filters; the limit is 32") }
    if version == 1 { try cursor.skip(6) }
    for _ in 0..<count {
      let id = try cursor.word()
      let nameLength = version == 1 || id >= 256 ? try cursor.word() : 0
      try cursor.skip(2)
      let valueCount = try cursor.word()
      try cursor.skip(version == 1 ? (nameLength + 7) / 8 * 8 : nameLength)
      var values: [Int] = []
      for _ in 0..<valueCount { values.append(try cursor.long()) }
      if version == 1, valueCount % 2 == 1 { try cursor.skip(4) }
      switch id {
      case 1: filters.append(.deflate)
      case 2: filters.append(.shuffle(elementSize: values.first ?? elementSize))
      case 3: filters.append(.fletcher32)
      default:
        let names = [4: "szip", 5: "nbit", 6: "scaleoffset", 32000: "lzf", 32001: "blosc", 32004: "lz4", 32015: "zstd"]
        throw cursor.error(
          .unsupportedCompression,
          "filter \(id)\(names[id].map { " (\($0))" } ?? ""); write the file with gzip or without compression")
      }
    }
  }

  /// Undoes the filters of one chunk.
  ///
  /// - Parameters:
  ///   - stored: the chunk as it lies in the file.
  ///   - mask: a set bit for each filter that was left out for this chunk.
  ///   - byteCount: the bytes of a whole chunk.
  ///   - fail: makes an error.
  /// - Returns: exactly `byteCount` bytes.
  /// - Throws: what is wrong with the chunk.
  func decode(
    _ stored: UnsafeRawBufferPointer, mask: Int, byteCount: Int,
    fail: (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) -> [UInt8] {
    var bytes = [UInt8](stored)
    for (index, filter) in filters.enumerated().reversed() where mask >> index & 1 == 0 {
      switch filter {
      case .fletcher32:
        guard bytes.count >= 4 else { throw fail(.truncated, "a chunk is too short for its checksum") }
        let (sum, wanted) = bytes.withUnsafeBytes {
          (HDF5Checksum.fletcher32($0.slice(0..<$0.count - 4)), $0.little(UInt32.self, at: $0.count - 4))
        }
        guard sum == wanted else { throw fail(.crc, "the checksum of a chunk does not agree; the file is damaged") }
        bytes.removeLast(4)
      case .deflate: bytes = try HDF5Filters.inflate(bytes, limit: byteCount + 4 * filters.count, fail)
      case .shuffle(let width): bytes = HDF5Filters.unshuffle(bytes, width)
      }
    }
    guard bytes.count == byteCount else {
      throw fail(.sizeMismatch, "a chunk of \(byteCount) bytes has \(bytes.count)")
    }
    return bytes
  }

  /// A zlib stream (RFC 1950): two bytes, a deflate stream, and Adler's sum.
  private static func inflate(
    _ stored: [UInt8], limit: Int, _ fail: (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) -> [UInt8] {
    guard stored.count >= 6, stored[0] & 15 == 8, (Int(stored[0]) << 8 | Int(stored[1])) % 31 == 0,
      stored[1] & 0x20 == 0
    else { throw fail(.badDeflate, "a chunk is no zlib stream") }
    var result = [UInt8](repeating: 0, count: limit + 1)
    let input = ByteStorage(byteCount: stored.count - 6) { $0.copyBytes(from: stored[2..<stored.count - 4]) }
    let inflater = Inflater(input.bytes)
    var count = 0
    do throws(Inflater.Failure) {
      var span = result.mutableSpan
      count = try span.withUnsafeMutableBytes { (output) throws(Inflater.Failure) in try inflater.read(into: output) }
    } catch {
      throw fail(.badDeflate, "a compressed chunk is damaged; fetch the file again")
    }
    withExtendedLifetime(input) {}
    guard count <= limit else { throw fail(.bomb, "a chunk goes on beyond the \(limit) bytes that it may have") }
    guard inflater.isFinished, inflater.unusedByteCount == 0 else {
      throw fail(.badDeflate, "a compressed chunk ends early, or something follows it")
    }
    result.removeLast(result.count - count)
    let sum = stored.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard adler32(result) == sum else {
      throw fail(.crc, "the checksum of a chunk does not agree; the file is damaged")
    }
    return result
  }

  /// RFC 1950, section 8.2.
  private static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var low: UInt32 = 1
    var high: UInt32 = 0
    var offset = 0
    while offset < bytes.count {
      // The most bytes whose sums do not overflow 32 bits.
      let end = min(offset + 5552, bytes.count)
      for index in offset..<end {
        low &+= UInt32(bytes[index])
        high &+= low
      }
      low %= 65_521
      high %= 65_521
      offset = end
    }
    return high << 16 | low
  }

  /// Puts the bytes of each element together again; they were sorted by their place in it.
  private static func unshuffle(_ bytes: [UInt8], _ width: Int) -> [UInt8] {
    guard width > 1, bytes.count >= width else { return bytes }
    let count = bytes.count / width
    var result = bytes
    for place in 0..<width {
      for index in 0..<count { result[index * width + place] = bytes[place * count + index] }
    }
    return result
  }
}
