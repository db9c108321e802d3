internal import TensorData

/// Finds the chunks of a dataset through any of the indexes that HDF5 knows.
struct HDF5ChunkIndex {
  /// A chunk that was written.
  struct Chunk: Sendable {
    /// Its position in the grid of chunks, on each axis.
    let position: [Int]
    /// Its bytes in the file.
    let bytes: Range<Int>
    /// A set bit for each filter that was left out.
    let mask: Int
  }

  private let image: HDF5Image
  private let layout: HDF5Layout.Chunks
  private let shape: [Int]
  private let isFiltered: Bool
  /// The bytes of a whole chunk.
  let chunkByteCount: Int
  /// How many chunks each axis has.
  let grid: [Int]
  /// How many chunks each axis has when it is as large as it may be; nil for an axis without limit.
  private let largestGrid: [Int?]
  private(set) var chunks: [Chunk] = []
  private var seen: Set<[Int]> = []
  private var nodes: Set<UInt64> = []

  init(
    _ image: HDF5Image, _ layout: HDF5Layout.Chunks, _ space: HDF5Dataspace, shape: [Int], elementSize: Int,
    isFiltered: Bool, _ cursor: HDF5Cursor
  ) throws(WeightFileError) {
    self.image = image
    self.layout = layout
    self.shape = shape
    self.isFiltered = isFiltered
    guard layout.shape.count == shape.count else {
      throw cursor.error(.mismatch, "chunks of \(layout.shape.count) axes in a dataset of \(shape.count)")
    }
    guard layout.elementSize == elementSize else {
      throw cursor.error(.mismatch, "elements of \(layout.elementSize) bytes in chunks, \(elementSize) in the dataset")
    }
    var size = elementSize
    for factor in layout.shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: factor)
      guard !overflow, product < 1 << 32 else {
        throw cursor.error(.overflow, "chunks of \(layout.shape) are too large")
      }
      size = product
    }
    chunkByteCount = size
    let chunkShape = layout.shape
    grid = zip(shape, chunkShape).map { $0 == 0 ? 0 : ($0 - 1) / $1 + 1 }
    largestGrid = zip(space.largest, chunkShape).map { largest, size in largest.map { ($0 - 1) / size + 1 } }
    guard let index = layout.index else { return }
    switch index {
    case .tree(let address): try readTree(address)
    case .single(let address, let filtered):
      try add([Int](repeating: 0, count: shape.count), address, filtered?.size, filtered?.mask ?? 0)
    case .implicit(let address): try readImplicit(address)
    case .fixedArray(let address): try readFixedArray(address)
    case .extensibleArray(let address): try readExtensibleArray(address)
    case .secondTree(let address): try readSecondTree(address)
    }
  }

  private func wrong(_ category: WeightFileError.Category, _ message: String) -> WeightFileError {
    image.error(category, "index of chunks: \(message)")
  }

  /// Takes a chunk; without a size it is as long as a whole one.
  private mutating func add(
    _ position: [Int], _ address: UInt64, _ size: UInt64?, _ mask: Int
  ) throws(WeightFileError) {
    guard zip(position, grid).allSatisfy({ $0 < $1 }) else {
      throw wrong(.outOfBounds, "a chunk at \(position) of a grid of \(grid)")
    }
    guard seen.insert(position).inserted else { throw wrong(.duplicate, "the chunk at \(position) occurs twice") }
    let range = try image.range(address, size ?? UInt64(chunkByteCount), "a chunk")
    guard isFiltered || range.count == chunkByteCount else {
      throw wrong(.sizeMismatch, "a chunk of \(range.count) bytes; without filters it has \(chunkByteCount)")
    }
    chunks.append(Chunk(position: position, bytes: range, mask: mask))
  }

  private mutating func enter(_ node: UInt64) throws(WeightFileError) {
    guard nodes.insert(node).inserted else { throw wrong(.depth, "a node is reached twice") }
  }

  // MARK: B-tree, first kind

  private mutating func readTree(_ address: UInt64) throws(WeightFileError) {
    try readNode(address, level: nil)
  }

  private mutating func readNode(_ address: UInt64, level expected: Int?) throws(WeightFileError) {
    try enter(address)
    var cursor = try image.cursor(from: address, "B-tree of chunks")
    try cursor.expect("TREE")
    guard try cursor.byte() == 1 else { throw cursor.error(.badHeader, "a node of another kind") }
    let level = try cursor.byte()
    guard level == expected ?? level, level <= 32 else { throw cursor.error(.depth, "level \(level) is out of turn") }
    let used = try cursor.word()
    try cursor.skip(2 * image.addressWidth)
    let keyWidth = 8 + 8 * (shape.count + 1)
    guard used * (keyWidth + image.addressWidth) <= cursor.left else {
      throw cursor.error(.badHeader, "\(used) entries do not fit into the file")
    }
    for _ in 0..<used {
      let size = UInt64(try cursor.long())
      let mask = try cursor.long()
      var position: [Int] = []
      for axis in shape.indices {
        let offset = try cursor.number(8)
        guard offset % UInt64(layout.shape[axis]) == 0, let place = Int(exactly: offset) else {
          throw cursor.error(.badHeader, "a chunk begins at \(offset), between those of \(layout.shape[axis])")
        }
        position.append(place / layout.shape[axis])
      }
      guard try cursor.number(8) == 0 else { throw cursor.error(.badHeader, "a chunk begins inside an element") }
      let child = try cursor.definedAddress()
      if level == 0 { try add(position, child, size, mask) } else { try readNode(child, level: level - 1) }
    }
  }

  // MARK: Lists

  /// The position of the n-th chunk, where the last axis runs fastest.
  private func position(_ index: Int, in grid: [Int?]) throws(WeightFileError) -> [Int] {
    var rest = index
    var position = [Int](repeating: 0, count: grid.count)
    for axis in grid.indices.reversed() {
      if axis == 0 {
        position[0] = rest
      } else {
        guard let size = grid[axis], size > 0 else { throw wrong(.badHeader, "an axis without limit behind the first") }
        position[axis] = rest % size
        rest /= size
      }
    }
    return position
  }

  private func isInside(_ position: [Int]) -> Bool { zip(position, grid).allSatisfy { $0 < $1 } }

  private mutating func readImplicit(_ address: UInt64) throws(WeightFileError) {
    var count = 1
    for size in largestGrid {
      let (product, overflow) = count.multipliedReportingOverflow(by: size ?? 0)
      guard !overflow else { throw wrong(.overflow, "too many chunks") }
      count = product
    }
    let (total, overflow) = count.multipliedReportingOverflow(by: chunkByteCount)
    guard !overflow else { throw wrong(.overflow, "too many chunks") }
    _ = try image.range(address, UInt64(total), "the chunks")
    for index in 0..<count {
      let position = try position(index, in: largestGrid)
      if isInside(position) { try add(position, address + UInt64(index * chunkByteCount), nil, 0) }
    }
  }

  /// One entry of a list of chunks; nil if the chunk was never written.
  private func entry(
    _ cursor: inout HDF5Cursor, width: Int
  ) throws(WeightFileError) -> (address: UInt64, size: UInt64?, mask: Int)? {
    let address = try cursor.address()
    guard isFiltered else { return address.map { ($0, nil, 0) } }
    let size = try cursor.number(width - image.addressWidth - 4)
    let mask = try cursor.long()
    return address.map { ($0, size, mask) }
  }

  private func checkEntryWidth(_ width: Int, _ cursor: HDF5Cursor) throws(WeightFileError) {
    let most = image.addressWidth + (isFiltered ? 12 : 0)
    let least = image.addressWidth + (isFiltered ? 5 : 0)
    guard (least...most).contains(width) else { throw cursor.error(.badHeader, "entries of \(width) bytes") }
  }

  private mutating func take(
    _ cursor: inout HDF5Cursor, width: Int, at index: Int, in grid: [Int?], order: [Int]
  ) throws(WeightFileError) {
    guard let entry = try entry(&cursor, width: width) else { return }
    let sorted = try position(index, in: grid)
    var position = sorted
    for (place, axis) in order.enumerated() { position[axis] = sorted[place] }
    if isInside(position) { try add(position, entry.address, entry.size, entry.mask) }
  }

  private mutating func readFixedArray(_ address: UInt64) throws(WeightFileError) {
    var header = try image.cursor(from: address, "fixed array")
    header = HDF5Cursor(image, header.offset..<header.range.upperBound, header.what)
    try header.expect("FAHD")
    _ = try header.expectVersion(0)
    try header.skip(1)
    let width = try header.byte()
    try checkEntryWidth(width, header)
    let pageBits = try header.byte()
    guard let count = Int(exactly: try header.length()), pageBits < 32 else {
      throw header.error(.badHeader, "its sizes make no sense")
    }
    let block = try header.address()
    try header.checkChecksum()
    guard let block else { return }
    try enter(block)
    var cursor = try image.cursor(from: block, "fixed array")
    try cursor.expect("FADB")
    _ = try cursor.expectVersion(0)
    try cursor.skip(1 + image.addressWidth)
    guard count <= cursor.left / width else { throw cursor.error(.truncated, "\(count) entries are not there") }
    let pageSize = 1 << pageBits
    let order = Array(shape.indices)
    guard count > pageSize else {
      for index in 0..<count { try take(&cursor, width: width, at: index, in: largestGrid, order: order) }
      return try cursor.checkChecksum()
    }
    let pageCount = (count + pageSize - 1) / pageSize
    let bitmap = try cursor.take((pageCount + 7) / 8)
    try cursor.checkChecksum()
    for page in 0..<pageCount {
      let entries = min(pageSize, count - page * pageSize)
      let isWritten = image.file.bytes[bitmap.lowerBound + page / 8] >> UInt8(7 - page % 8) & 1 == 1
      let bytes = try cursor.take(entries * width + 4)
      guard isWritten else { continue }
      var inner = HDF5Cursor(image, bytes, cursor.what)
      for index in 0..<entries {
        try take(&inner, width: width, at: page * pageSize + index, in: largestGrid, order: order)
      }
      try inner.checkChecksum()
    }
  }

  // MARK: Extensible array

  private mutating func readExtensibleArray(_ address: UInt64) throws(WeightFileError) {
    guard let unlimited = largestGrid.firstIndex(where: { $0 == nil }) else {
      throw wrong(.badHeader, "an extensible array, but no axis without limit")
    }
    // The axis that grows counts as the outermost.
    let order = [unlimited] + shape.indices.filter { $0 != unlimited }
    var reader = try HDF5ExtensibleArray(image, at: address)
    try checkEntryWidth(reader.entryWidth, reader.header)
    let grid = order.map { largestGrid[$0] }
    for block in try reader.blocks() {
      var cursor = HDF5Cursor(image, block.bytes, "extensible array")
      for index in 0..<block.count {
        try take(&cursor, width: reader.entryWidth, at: block.first + index, in: grid, order: order)
      }
    }
  }

  // MARK: B-tree, second kind

  private mutating func readSecondTree(_ address: UInt64) throws(WeightFileError) {
    let tree = try HDF5SecondTree(image, at: address)
    guard tree.type == 10 || tree.type == 11 else { throw wrong(.badHeader, "a tree of kind \(tree.type)") }
    for record in try tree.records() {
      var cursor = HDF5Cursor(image, record, "B-tree of chunks")
      let address = try cursor.definedAddress()
      var size: UInt64?
      var mask = 0
      if tree.type == 11 {
        let width = record.count - image.addressWidth - 4 - 8 * shape.count
        guard (1...8).contains(width) else { throw cursor.error(.badHeader, "records of \(record.count) bytes") }
        size = try cursor.number(width)
        mask = try cursor.long()
      }
      var position: [Int] = []
      for _ in shape {
        guard let place = Int(exactly: try cursor.number(8)) else { throw cursor.error(.overflow, "a position") }
        position.append(place)
      }
      if isInside(position) { try add(position, address, size, mask) }
    }
  }
}
