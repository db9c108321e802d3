internal import CKernels
internal import TensorData

/// The sorted table that indexes a TensorFlow checkpoint: keys and values in blocks, each with a checksum.
///
/// Format: LevelDB, `doc/table_format.md`; TensorFlow, `core/lib/io/table.cc`. Every checksum is compared, keys must ascend.
struct SortedTable {
  /// Keys and values, in the order of the keys.
  private(set) var entries: [(key: [UInt8], value: [UInt8])] = []
  private let bytes: UnsafeRawBufferPointer
  private let path: String

  /// The last eight bytes of a table.
  static let magic: [UInt8] = [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]
  private static let footerLength = 48

  /// Reads a whole table.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - path: its path, for errors.
  /// - Throws: what is wrong with it.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(WeightFileError) {
    self.bytes = bytes
    self.path = path
    guard bytes.count >= SortedTable.footerLength else {
      throw error(.truncated, 0, "\(bytes.count) bytes are too few for a table; fetch the file again")
    }
    guard bytes.suffix(8).elementsEqual(SortedTable.magic) else {
      let isWhole = SortedTable.hasFooter(bytes)
      throw error(
        isWhole ? .badMagic : .truncated, bytes.count - 8,
        "the mark at the end of a table is missing" + (isWhole ? "" : "; the file is cut off or no table at all"))
    }
    let fail: (Int, String) -> WeightFileError = {
      WeightFileError(.badHeader, path: path, byteOffset: $0, message: $1)
    }
    var footer = ProtobufCursor(bytes, bytes.count - 48..<bytes.count - 8, fail: fail)
    _ = try footer.varint()
    _ = try footer.varint()
    let index = try block(footer.varint(), footer.varint())
    var places: Set<UInt64> = []
    for entry in try SortedTable.entries(of: index.bytes, at: index.offset, self) {
      let handle = try withBytes(entry.value) { (value) throws(WeightFileError) -> (UInt64, UInt64) in
        var cursor = ProtobufCursor(value, 0..<value.count, fail: { fail(index.offset + $0, $1) })
        return (try cursor.varint(), try cursor.varint())
      }
      guard places.insert(handle.0).inserted else {
        throw error(.duplicate, index.offset, "a block is listed twice")
      }
      let data = try block(handle.0, handle.1)
      guard data.offset != index.offset else { throw error(.overlap, index.offset, "the index lists itself") }
      for entry in try SortedTable.entries(of: data.bytes, at: data.offset, self) {
        if let last = entries.last?.key {
          guard entry.key != last else { throw error(.duplicate, data.offset, "a key occurs twice") }
          guard last.lexicographicallyPrecedes(entry.key) else {
            throw error(.badHeader, data.offset, "the keys are out of order")
          }
        }
        entries.append(entry)
      }
    }
  }

  /// Whether the places at the end are those of a table that ends just there, whatever its mark says.
  private static func hasFooter(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let fail: (Int, String) -> WeightFileError = { WeightFileError(.badHeader, path: "", byteOffset: $0, message: $1) }
    var footer = ProtobufCursor(bytes, bytes.count - footerLength..<bytes.count - 8, fail: fail)
    guard (try? footer.varint()) != nil, (try? footer.varint()) != nil, let offset = try? footer.varint(),
      let size = try? footer.varint(), offset < UInt64(bytes.count), size < UInt64(bytes.count)
    else { return false }
    return Int(offset) + Int(size) + 5 + footerLength == bytes.count
  }

  private func error(_ category: WeightFileError.Category, _ place: Int, _ message: String) -> WeightFileError {
    WeightFileError(category, path: path, byteOffset: place, message: message)
  }

  private func withBytes<R>(
    _ array: [UInt8], _ body: (UnsafeRawBufferPointer) throws(WeightFileError) -> R
  ) throws(WeightFileError) -> R {
    try array.span.withUnsafeBytes { (bytes) throws(WeightFileError) in try body(bytes) }
  }

  /// A block without its five last bytes: how it is compressed, and its checksum.
  private func block(_ offset: UInt64, _ size: UInt64) throws(WeightFileError) -> (bytes: [UInt8], offset: Int) {
    let limit = UInt64(bytes.count - SortedTable.footerLength)
    guard offset <= limit, size <= limit - offset, limit - offset - size >= 5 else {
      throw error(.outOfBounds, bytes.count - 48, "a block of \(size) bytes at \(offset); the file has \(bytes.count)")
    }
    let start = Int(offset)
    let end = start + Int(size)
    let stored = bytes.slice(start..<end + 1)
    guard
      SortedTable.masked(tfconv_crc32c(0, stored.baseAddress, stored.count)) == bytes.little(UInt32.self, at: end + 1)
    else { throw error(.crc, start, "the checksum of a block does not agree; the file is damaged, fetch it again") }
    switch bytes[end] {
    case 0: return (Array(bytes[start..<end]), start)
    case 1: return (try Snappy.expand(bytes.slice(start..<end)) { error($0, start, $1) }, start)
    case let kind: throw error(.unsupportedCompression, end, "a block compressed in way \(kind)")
    }
  }

  /// A checksum as it is stored, so that checksums of checksums are no trap.
  static func masked(_ crc: UInt32) -> UInt32 { (crc >> 15 | crc << 17) &+ 0xA282_EAD8 }

  /// The entries of a block: keys share beginnings with those before them.
  private static func entries(
    of block: [UInt8], at place: Int, _ table: SortedTable
  ) throws(WeightFileError) -> [(key: [UInt8], value: [UInt8])] {
    try table.withBytes(block) { (bytes) throws(WeightFileError) in
      guard bytes.count >= 4 else { throw table.error(.badHeader, place, "a block of \(bytes.count) bytes") }
      let restarts = Int(bytes.little(UInt32.self, at: bytes.count - 4))
      guard restarts <= (bytes.count - 4) / 4 else {
        throw table.error(.badHeader, place, "\(restarts) restart points in a block of \(bytes.count) bytes")
      }
      let end = bytes.count - 4 - 4 * restarts
      for index in 0..<restarts {
        guard Int(bytes.little(UInt32.self, at: end + 4 * index)) <= end else {
          throw table.error(.badHeader, place, "a restart point behind its block")
        }
      }
      var cursor = ProtobufCursor(bytes, 0..<end, fail: { _, text in table.error(.badHeader, place, text) })
      var found: [(key: [UInt8], value: [UInt8])] = []
      var key: [UInt8] = []
      var offset = 0
      while offset < end {
        let shared = try cursor.varint()
        let rest = try cursor.varint()
        let size = try cursor.varint()
        let left = UInt64(end - cursor.offset)
        guard shared <= UInt64(key.count), rest <= left, size <= left - rest else {
          throw table.error(.badHeader, place, "an entry that leaves its block")
        }
        let start = cursor.offset
        let middle = start + Int(rest)
        offset = middle + Int(size)
        key = Array(key.prefix(Int(shared))) + bytes[start..<middle]
        found.append((key, Array(bytes[middle..<offset])))
        cursor = ProtobufCursor(bytes, offset..<end, fail: { _, text in table.error(.badHeader, place, text) })
      }
      return found
    }
  }
}
