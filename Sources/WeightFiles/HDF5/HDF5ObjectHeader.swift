internal import TensorData

/// The messages of one object: a group or a dataset.
struct HDF5ObjectHeader {
  /// One message.
  struct Message {
    /// What it holds.
    let type: Int
    /// Whether its data is the address of another object that has it.
    let isShared: Bool
    /// Its data, in positions of the file.
    let data: Range<Int>
  }

  private(set) var messages: [Message] = []
  private let image: HDF5Image
  /// The blocks that have been read, so that none is read twice.
  private var blocks: Set<Int> = []

  init(_ image: HDF5Image, at address: UInt64) throws(WeightFileError) {
    self.image = image
    let cursor = try image.cursor(from: address, "object header")
    guard cursor.left >= 4 else { throw cursor.error(.outOfBounds, "the file ends before it") }
    if image.file.bytes[cursor.offset] == 1 { try readOld(cursor) } else { try readNew(cursor) }
  }

  /// The first message of a type as a cursor over its data; nil if there is none.
  func message(_ type: Int, _ what: String) throws(WeightFileError) -> HDF5Cursor? {
    guard let message = messages.first(where: { $0.type == type }) else { return nil }
    return try resolved(message, what)
  }

  /// A message's data, looked up where it is shared.
  func resolved(_ message: Message, _ what: String) throws(WeightFileError) -> HDF5Cursor {
    var cursor = HDF5Cursor(image, message.data, what)
    guard message.isShared else { return cursor }
    let version = try cursor.byte()
    let kind = try cursor.byte()
    if version == 1 { try cursor.skip(6) }
    guard version < 3 && kind == 0 || kind == 2 else {
      throw cursor.error(.unsupported, "a message in the heap of shared ones")
    }
    let other = try HDF5ObjectHeader(image, at: cursor.definedAddress())
    guard let found = other.messages.first(where: { $0.type == message.type && !$0.isShared }) else {
      throw cursor.error(.missing, "the object that should have it does not")
    }
    return HDF5Cursor(image, found.data, what)
  }

  private static let continuation = 0x10

  // MARK: Version 1

  private mutating func readOld(_ start: HDF5Cursor) throws(WeightFileError) {
    var cursor = start
    try cursor.skip(2)
    let count = try cursor.word()
    try cursor.skip(4)
    let size = try cursor.long()
    try cursor.skip(4)
    guard size <= cursor.left else { throw cursor.error(.badHeader, "\(size) bytes, the file has \(cursor.left)") }
    var open = [cursor.offset..<cursor.offset + size]
    var seen = 0
    while let block = open.popLast() {
      try enter(block, cursor)
      var inner = HDF5Cursor(image, block, cursor.what)
      while inner.left >= 8, seen < count {
        let type = try inner.word()
        let length = try inner.word()
        let flags = try inner.byte()
        try inner.skip(3)
        let data = try inner.take(length)
        seen += 1
        try add(type, flags, data, &open)
      }
    }
    guard seen == count else { throw cursor.error(.badHeader, "\(count) messages are declared, \(seen) are there") }
  }

  // MARK: Version 2

  private mutating func readNew(_ start: HDF5Cursor) throws(WeightFileError) {
    var cursor = start
    try cursor.expect("OHDR")
    _ = try cursor.expectVersion(2)
    let flags = try cursor.byte()
    if flags & 0x20 != 0 { try cursor.skip(16) }
    if flags & 0x10 != 0 { try cursor.skip(4) }
    let size = try cursor.number(1 << (flags & 3))
    guard size <= UInt64(cursor.left) else {
      throw cursor.error(.badHeader, "\(size) bytes, the file has \(cursor.left)")
    }
    var open: [Range<Int>] = []
    let hasOrder = flags & 4 != 0
    try readMessages(cursor.offset..<cursor.offset + Int(size), hasOrder: hasOrder, &open)
    cursor.offset += Int(size)
    try cursor.checkChecksum()
    while let block = open.popLast() {
      try enter(block, cursor)
      var inner = HDF5Cursor(image, block, "continuation of an object header")
      try inner.expect("OCHK")
      guard inner.left >= 4 else { throw inner.error(.badHeader, "it has no room for its checksum") }
      try readMessages(inner.offset..<block.upperBound - 4, hasOrder: hasOrder, &open)
      inner.offset = block.upperBound - 4
      try inner.checkChecksum()
    }
  }

  private mutating func readMessages(
    _ block: Range<Int>, hasOrder: Bool, _ open: inout [Range<Int>]
  ) throws(WeightFileError) {
    var cursor = HDF5Cursor(image, block, "object header")
    while cursor.left >= (hasOrder ? 6 : 4) {
      let type = try cursor.byte()
      let length = try cursor.word()
      let flags = try cursor.byte()
      if hasOrder { try cursor.skip(2) }
      try add(type, flags, try cursor.take(length), &open)
    }
  }

  // MARK: Both

  private mutating func add(
    _ type: Int, _ flags: Int, _ data: Range<Int>, _ open: inout [Range<Int>]
  ) throws(WeightFileError) {
    guard type == HDF5ObjectHeader.continuation else {
      if type != 0 { messages.append(Message(type: type, isShared: flags & 2 != 0, data: data)) }
      return
    }
    var cursor = HDF5Cursor(image, data, "continuation of an object header")
    let address = try cursor.definedAddress()
    open.append(try image.range(address, try cursor.length(), cursor.what))
  }

  private mutating func enter(_ block: Range<Int>, _ cursor: HDF5Cursor) throws(WeightFileError) {
    guard blocks.insert(block.lowerBound).inserted else {
      throw cursor.error(.depth, "a block of messages continues in itself")
    }
  }
}
