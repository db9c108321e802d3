internal import TensorData

/// The blocks of an extensible array: a list that can grow without moving what it has.
///
/// Format: specification 3.0, VII.D. Entries are kept in an index block, then in data blocks that grow by powers of two;
/// the later data blocks hang on super blocks.
struct HDF5ExtensibleArray {
  /// A run of entries.
  struct Block {
    /// The number of the first.
    let first: Int
    /// How many there are.
    let count: Int
    /// Their bytes in the file.
    let bytes: Range<Int>
  }

  private let image: HDF5Image
  private(set) var header: HDF5Cursor
  /// The bytes of an entry.
  let entryWidth: Int
  private let indexEntries: Int
  private let leastEntries: Int
  private let leastPointers: Int
  private let pageSize: Int
  private let offsetWidth: Int
  private let superBlockCount: Int
  private let entryCount: Int
  private let indexBlock: UInt64?
  private var found: [Block] = []
  private var first = 0
  private var visited: Set<UInt64> = []

  init(_ image: HDF5Image, at address: UInt64) throws(WeightFileError) {
    self.image = image
    var cursor = try image.cursor(from: address, "extensible array")
    try cursor.expect("EAHD")
    _ = try cursor.expectVersion(0)
    try cursor.skip(1)
    entryWidth = try cursor.byte()
    let bits = try cursor.byte()
    indexEntries = try cursor.byte()
    leastEntries = try cursor.byte()
    leastPointers = try cursor.byte()
    let pageBits = try cursor.byte()
    try cursor.skip(4 * image.lengthWidth)
    guard let entryCount = Int(exactly: try cursor.length()) else { throw cursor.error(.overflow, "too many entries") }
    self.entryCount = entryCount
    try cursor.skip(image.lengthWidth)
    indexBlock = try cursor.address()
    try cursor.checkChecksum()
    guard (1...64).contains(bits), leastEntries.nonzeroBitCount == 1, leastPointers.nonzeroBitCount == 1,
      leastPointers >= 2, pageBits < 32, bits >= leastEntries.trailingZeroBitCount, entryWidth > 0
    else { throw cursor.error(.badHeader, "its sizes make no sense") }
    pageSize = 1 << pageBits
    offsetWidth = (bits + 7) / 8
    superBlockCount = 1 + bits - leastEntries.trailingZeroBitCount
    header = cursor
  }

  /// All runs of entries that were written, in order.
  mutating func blocks() throws(WeightFileError) -> [Block] {
    guard let indexBlock else { return [] }
    var cursor = try image.cursor(from: indexBlock, "index block of an extensible array")
    try cursor.expect("EAIB")
    _ = try cursor.expectVersion(0)
    try cursor.skip(1 + image.addressWidth)
    try take(&cursor, indexEntries)
    let direct = 2 * leastPointers.trailingZeroBitCount
    var addresses: [(address: UInt64?, entries: Int)] = []
    for level in 0..<min(direct, superBlockCount) {
      for _ in 0..<dataBlocks(level) { addresses.append((try cursor.address(), try entries(level))) }
    }
    var superBlocks: [(address: UInt64?, level: Int)] = []
    for level in direct..<max(direct, superBlockCount) { superBlocks.append((try cursor.address(), level)) }
    try cursor.checkChecksum()
    for (address, entries) in addresses where first < entryCount { try readDataBlock(address, entries, pages: nil) }
    for (address, level) in superBlocks where first < entryCount { try readSuperBlock(address, level) }
    return found
  }

  /// How many data blocks a level has.
  private func dataBlocks(_ level: Int) -> Int { 1 << (level / 2) }

  /// How many entries each of its data blocks has.
  private func entries(_ level: Int) throws(WeightFileError) -> Int {
    guard level < 100 else { throw header.error(.overflow, "too many entries") }
    let (entries, overflow) = leastEntries.multipliedReportingOverflow(by: 1 << ((level + 1) / 2))
    guard !overflow else { throw header.error(.overflow, "too many entries") }
    return entries
  }

  private mutating func take(_ cursor: inout HDF5Cursor, _ count: Int) throws(WeightFileError) {
    let (size, overflow) = count.multipliedReportingOverflow(by: entryWidth)
    guard !overflow else { throw cursor.error(.overflow, "too many entries") }
    let bytes = try cursor.take(size)
    found.append(Block(first: first, count: min(count, max(0, entryCount - first)), bytes: bytes))
    first += count
  }

  private mutating func readDataBlock(
    _ address: UInt64?, _ count: Int, pages: ((Int) -> Bool)?
  ) throws(WeightFileError) {
    guard let address else {
      first += count
      return
    }
    guard visited.insert(address).inserted else { throw header.error(.depth, "a block is reached twice") }
    var cursor = try image.cursor(from: address, "data block of an extensible array")
    try cursor.expect("EADB")
    _ = try cursor.expectVersion(0)
    try cursor.skip(1 + image.addressWidth + offsetWidth)
    guard count > pageSize else {
      try take(&cursor, count)
      return try cursor.checkChecksum()
    }
    try cursor.checkChecksum()
    for page in 0..<count / pageSize {
      if let pages, !pages(page) {
        try cursor.skip(pageSize * entryWidth + 4)
        first += pageSize
      } else {
        cursor = HDF5Cursor(image, cursor.offset..<cursor.range.upperBound, cursor.what)
        try take(&cursor, pageSize)
        try cursor.checkChecksum()
      }
    }
  }

  private mutating func readSuperBlock(_ address: UInt64?, _ level: Int) throws(WeightFileError) {
    let count = try entries(level)
    let (total, overflow) = dataBlocks(level).multipliedReportingOverflow(by: count)
    guard !overflow, total < 1 << 48, first < 1 << 48 else { throw header.error(.overflow, "too many entries") }
    guard let address else {
      first += total
      return
    }
    guard visited.insert(address).inserted else { throw header.error(.depth, "a block is reached twice") }
    var cursor = try image.cursor(from: address, "super block of an extensible array")
    try cursor.expect("EASB")
    _ = try cursor.expectVersion(0)
    try cursor.skip(1 + image.addressWidth + offsetWidth)
    let pageCount = count > pageSize ? count / pageSize : 0
    let bitmapWidth = (pageCount + 7) / 8
    let blocks = dataBlocks(level)
    let bitmaps = try cursor.take(bitmapWidth * blocks)
    guard blocks <= cursor.left / image.addressWidth else { throw cursor.error(.badHeader, "\(blocks) blocks") }
    var addresses: [UInt64?] = []
    for _ in 0..<blocks { addresses.append(try cursor.address()) }
    try cursor.checkChecksum()
    let bytes = image.file.bytes
    for (index, address) in addresses.enumerated() where first < entryCount {
      let start = bitmaps.lowerBound + index * bitmapWidth
      try readDataBlock(address, count) { page in bytes[start + page / 8] >> UInt8(7 - page % 8) & 1 == 1 }
    }
  }
}
