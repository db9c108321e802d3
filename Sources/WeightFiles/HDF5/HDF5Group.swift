internal import TensorData

/// The links of a group.
struct HDF5Group {
  /// What a link leads to.
  enum Target {
    /// An object in this file.
    case object(UInt64)
    /// Another path in this file.
    case soft(String)
    /// An object in another file, which is never opened.
    case external
  }

  /// The links, in the order in which the file has them.
  private(set) var links: [(name: String, target: Target)] = []
  private let image: HDF5Image
  private var nodes: Set<UInt64> = []

  /// Whether an object is a group: it has links or a place for them.
  static func isGroup(_ header: HDF5ObjectHeader) -> Bool {
    header.messages.contains { [0x02, 0x06, 0x11].contains($0.type) }
  }

  /// Lists the links of an object.
  ///
  /// - Parameters:
  ///   - image: the file.
  ///   - header: the object.
  /// - Throws: what is wrong with the structures that hold them; `duplicate` for a name that occurs twice.
  init(_ image: HDF5Image, _ header: HDF5ObjectHeader) throws(WeightFileError) {
    self.image = image
    if var cursor = try header.message(0x11, "symbol table") {
      let tree = try cursor.definedAddress()
      let heap = try HDF5LocalHeap(image, at: cursor.definedAddress())
      try readNode(tree, heap, level: nil)
    }
    for message in header.messages where message.type == 0x06 {
      var cursor = try header.resolved(message, "link")
      try addLink(&cursor)
    }
    if var cursor = try header.message(0x02, "link information") { try readDense(&cursor) }
    var names: Set<ByteKey> = []
    for link in links {
      guard names.insert(ByteKey(link.name)).inserted else {
        throw image.error(.duplicate, object: link.name, "the name occurs twice in one group")
      }
    }
  }

  private mutating func add(_ name: String, _ target: Target, _ cursor: HDF5Cursor) throws(WeightFileError) {
    guard !name.isEmpty else { throw cursor.error(.badName, "a link without a name") }
    guard name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")) else {
      throw cursor.error(.traversal, "a link is called \"\(name.printable(limit: 80))\", which is a path")
    }
    links.append((name, target))
  }

  // MARK: Symbol tables

  private mutating func readNode(
    _ address: UInt64, _ heap: HDF5LocalHeap, level expected: Int?
  ) throws(WeightFileError) {
    guard nodes.insert(address).inserted else { throw image.error(.depth, "a node of a group is reached twice") }
    var cursor = try image.cursor(from: address, "B-tree of a group")
    try cursor.expect("TREE")
    guard try cursor.byte() == 0 else { throw cursor.error(.badHeader, "a node of another kind") }
    let level = try cursor.byte()
    guard level == expected ?? level, level <= 32 else { throw cursor.error(.depth, "level \(level) is out of turn") }
    let used = try cursor.word()
    try cursor.skip(2 * image.addressWidth)
    guard used * (image.lengthWidth + image.addressWidth) <= cursor.left else {
      throw cursor.error(.badHeader, "\(used) entries do not fit into the file")
    }
    for _ in 0..<used {
      _ = try cursor.length()
      let child = try cursor.definedAddress()
      if level == 0 { try readSymbols(child, heap) } else { try readNode(child, heap, level: level - 1) }
    }
  }

  private mutating func readSymbols(_ address: UInt64, _ heap: HDF5LocalHeap) throws(WeightFileError) {
    guard nodes.insert(address).inserted else { throw image.error(.depth, "a node of a group is reached twice") }
    var cursor = try image.cursor(from: address, "symbols of a group")
    try cursor.expect("SNOD")
    _ = try cursor.expectVersion(1)
    try cursor.skip(1)
    let count = try cursor.word()
    guard count * (2 * image.addressWidth + 24) <= cursor.left else {
      throw cursor.error(.limit, "\(count) symbols do not fit into the file")
    }
    for _ in 0..<count {
      let name = try heap.text(cursor.address() ?? .max)
      let header = try cursor.address()
      let kind = try cursor.long()
      try cursor.skip(4)
      var scratch = HDF5Cursor(image, try cursor.take(16), cursor.what)
      if kind == 2 {
        try add(name, .soft(try heap.text(UInt64(try scratch.long()))), cursor)
      } else {
        guard let header else { throw cursor.error(.badHeader, "a link without an address") }
        try add(name, .object(header), cursor)
      }
    }
  }

  // MARK: Link messages

  private mutating func addLink(_ cursor: inout HDF5Cursor) throws(WeightFileError) {
    _ = try cursor.expectVersion(1)
    let flags = try cursor.byte()
    let kind = flags & 8 != 0 ? try cursor.byte() : 0
    if flags & 4 != 0 { try cursor.skip(8) }
    if flags & 0x10 != 0 { try cursor.skip(1) }
    let stated = try cursor.number(1 << (flags & 3))
    guard let length = Int(exactly: stated), length <= cursor.left else {
      throw cursor.error(.badHeader, "a name of \(stated) bytes")
    }
    let name = try cursor.text(length)
    switch kind {
    case 0: try add(name, .object(try cursor.definedAddress()), cursor)
    case 1: try add(name, .soft(try cursor.text(cursor.word())), cursor)
    default: try add(name, .external, cursor)
    }
  }

  private mutating func readDense(_ cursor: inout HDF5Cursor) throws(WeightFileError) {
    _ = try cursor.expectVersion(0)
    let flags = try cursor.byte()
    if flags & 1 != 0 { try cursor.skip(8) }
    guard let heapAddress = try cursor.address() else { return }
    let heap = try HDF5FractalHeap(image, at: heapAddress)
    let tree = try HDF5SecondTree(image, at: cursor.definedAddress())
    guard tree.type == 5 else { throw cursor.error(.badHeader, "its tree is of kind \(tree.type)") }
    for record in try tree.records() {
      guard record.count == 11 else { throw cursor.error(.badHeader, "records of \(record.count) bytes") }
      let bytes = try heap.object(record.lowerBound + 4..<record.upperBound)
      var link = HDF5Cursor(image, bytes, "link")
      try addLink(&link)
    }
  }
}

/// The names of a group of the first kind.
struct HDF5LocalHeap {
  private let image: HDF5Image
  private let segment: Range<Int>

  init(_ image: HDF5Image, at address: UInt64) throws(WeightFileError) {
    self.image = image
    var cursor = try image.cursor(from: address, "heap of names")
    try cursor.expect("HEAP")
    _ = try cursor.expectVersion(0)
    try cursor.skip(3)
    let size = try cursor.length()
    _ = try cursor.length()
    segment = try image.range(cursor.definedAddress(), size, "the names of a group")
  }

  /// The name at an offset, up to its NUL.
  func text(_ offset: UInt64) throws(WeightFileError) -> String {
    guard offset < UInt64(segment.count) else {
      throw image.error(.outOfBounds, "a name at \(offset) of \(segment.count) bytes of names")
    }
    let start = segment.lowerBound + Int(offset)
    guard let end = image.file.bytes[start..<segment.upperBound].firstIndex(of: 0) else {
      throw image.error(.badHeader, at: start, "a name without an end")
    }
    guard let text = String(validating: image.file.bytes[start..<end], as: UTF8.self) else {
      throw image.error(.badUTF8, at: start, "a name is not UTF-8")
    }
    return text
  }
}
