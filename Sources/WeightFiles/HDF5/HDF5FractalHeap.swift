internal import TensorData

/// A fractal heap: where groups with many links and objects with many attributes keep them.
///
/// Format: specification 3.0, III.G. Objects are small here, so that only managed and tiny ones occur.
struct HDF5FractalHeap {
  private let image: HDF5Image
  private let hasChecksums: Bool
  private let tableWidth: Int
  private let startSize: Int
  private let largestDirect: Int
  private let offsetWidth: Int
  private let lengthWidth: Int
  private let root: UInt64?
  private let rootRows: Int

  init(_ image: HDF5Image, at address: UInt64) throws(WeightFileError) {
    self.image = image
    var cursor = try image.cursor(from: address, "fractal heap")
    try cursor.expect("FRHP")
    _ = try cursor.expectVersion(0)
    try cursor.skip(2)
    let filterLength = try cursor.word()
    hasChecksums = try cursor.byte() & 2 != 0
    let largestManaged = try cursor.long()
    try cursor.skip(2 * image.addressWidth + 10 * image.lengthWidth)
    tableWidth = try cursor.word()
    let start = try cursor.length()
    let largest = try cursor.length()
    let bits = try cursor.word()
    try cursor.skip(2)
    root = try cursor.address()
    rootRows = try cursor.word()
    guard filterLength == 0 else { throw cursor.error(.unsupported, "its blocks are compressed") }
    try cursor.checkChecksum()
    guard let startSize = Int(exactly: start), let largestDirect = Int(exactly: largest), startSize > 0,
      startSize.nonzeroBitCount == 1, largestDirect.nonzeroBitCount == 1, largestDirect >= startSize,
      largestDirect < 1 << 32, tableWidth > 0, (1...64).contains(bits), rootRows <= 64
    else { throw cursor.error(.badHeader, "its sizes make no sense") }
    self.startSize = startSize
    self.largestDirect = largestDirect
    offsetWidth = (bits + 7) / 8
    let longest = min(largestDirect, largestManaged)
    lengthWidth = (longest.bitWidth - longest.leadingZeroBitCount + 7) / 8
  }

  /// The bytes of an object.
  ///
  /// - Parameter id: its identifier, in positions of the file.
  /// - Returns: the object, in positions of the file.
  /// - Throws: `outOfBounds` if there is no such object.
  func object(_ id: Range<Int>) throws(WeightFileError) -> Range<Int> {
    var cursor = HDF5Cursor(image, id, "object of a fractal heap")
    let flags = try cursor.byte()
    switch flags >> 4 & 3 {
    case 0:
      let offset = try cursor.number(offsetWidth)
      let length = try cursor.number(lengthWidth)
      guard let offset = Int(exactly: offset), let length = Int(exactly: length), let root else {
        throw cursor.error(.outOfBounds, "an object outside the heap")
      }
      let block =
        rootRows == 0
        ? (address: root, start: 0, size: startSize) : try find(offset, root, start: 0, rows: rootRows, depth: 0)
      let place = offset - block.start
      guard place >= 0, length <= block.size, place <= block.size - length else {
        throw cursor.error(.outOfBounds, "an object that leaves its block")
      }
      var direct = try image.cursor(block.address, UInt64(block.size), "block of a fractal heap")
      try direct.expect("FHDB")
      return direct.range.lowerBound + place..<direct.range.lowerBound + place + length
    case 2: return try cursor.take((flags & 15) + 1)
    default: throw cursor.error(.unsupported, "an object too large for the blocks of the heap")
    }
  }

  /// The bytes of each block in a row.
  private func size(ofRow row: Int) -> Int { row == 0 ? startSize : startSize << (row - 1) }

  /// The direct block that holds an offset, looked for in an indirect one.
  private func find(
    _ offset: Int, _ address: UInt64, start: Int, rows: Int, depth: Int
  ) throws(WeightFileError) -> (address: UInt64, start: Int, size: Int) {
    var cursor = try image.cursor(from: address, "indirect block of a fractal heap")
    guard depth < 16 else { throw cursor.error(.depth, "blocks inside blocks") }
    try cursor.expect("FHIB")
    _ = try cursor.expectVersion(0)
    try cursor.skip(image.addressWidth + offsetWidth)
    var place = start
    let directRows = largestDirect.trailingZeroBitCount - startSize.trailingZeroBitCount + 2
    for row in 0..<rows {
      // A heap of more than 2^48 bytes is none; so no sum below overflows.
      guard startSize.trailingZeroBitCount + row < 40 else { throw cursor.error(.overflow, "too many rows") }
      let size = size(ofRow: row)
      for _ in 0..<tableWidth {
        let child = try cursor.address()
        if offset >= place, offset < place + size {
          guard let child else { throw cursor.error(.missing, "the block of an object was never written") }
          guard row >= directRows else { return (child, place, size) }
          let rowsBelow =
            size.trailingZeroBitCount - startSize.trailingZeroBitCount - tableWidth.trailingZeroBitCount + 1
          guard rowsBelow > 0 else { throw cursor.error(.badHeader, "an indirect block without rows") }
          return try find(offset, child, start: place, rows: rowsBelow, depth: depth + 1)
        }
        place += size
      }
    }
    throw cursor.error(.outOfBounds, "an object outside the heap")
  }
}
