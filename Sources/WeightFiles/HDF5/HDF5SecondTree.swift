internal import TensorData

/// A B-tree of the second kind: records of one length, each node with a checksum.
///
/// Format: specification 3.0, III.A.2.
struct HDF5SecondTree {
  private let image: HDF5Image
  /// What the records are: 5 links by name, 8 attributes by name, 10 and 11 chunks.
  let type: Int
  private let nodeSize: Int
  private let recordSize: Int
  private let depth: Int
  private let root: UInt64?
  private let rootCount: Int
  /// For each level, leaves first: the most records in a node and in all below it, and the bytes that say so.
  private var levels: [(most: Int, total: Int, width: Int)] = []
  private let countWidth: Int

  init(_ image: HDF5Image, at address: UInt64) throws(WeightFileError) {
    self.image = image
    var cursor = try image.cursor(from: address, "B-tree")
    try cursor.expect("BTHD")
    _ = try cursor.expectVersion(0)
    type = try cursor.byte()
    nodeSize = try cursor.long()
    recordSize = try cursor.word()
    depth = try cursor.word()
    try cursor.skip(2)
    root = try cursor.address()
    rootCount = try cursor.word()
    try cursor.skip(image.lengthWidth)
    try cursor.checkChecksum()
    guard recordSize > 0, nodeSize > 10 + recordSize, depth <= 16 else {
      throw cursor.error(.badHeader, "nodes of \(nodeSize) bytes, records of \(recordSize), \(depth) levels")
    }
    let most = (nodeSize - 10) / recordSize
    countWidth = HDF5SecondTree.width(most)
    levels = [(most, most, 0)]
    for _ in 0..<depth {
      let below = levels[levels.count - 1]
      let pointer = image.addressWidth + countWidth + below.width
      let most = (nodeSize - 10 - pointer) / (recordSize + pointer)
      let (product, first) = (most + 1).multipliedReportingOverflow(by: below.total)
      let (total, second) = product.addingReportingOverflow(most)
      guard most > 0, !first, !second else { throw cursor.error(.overflow, "too many records") }
      levels.append((most, total, HDF5SecondTree.width(total)))
    }
  }

  /// The bytes that hold numbers up to `limit`.
  private static func width(_ limit: Int) -> Int { (limit.bitWidth - limit.leadingZeroBitCount + 7) / 8 }

  /// All records in order, as positions in the file.
  func records() throws(WeightFileError) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var visited: Set<UInt64> = []
    if let root { try read(root, rootCount, depth, &result, &visited) }
    return result
  }

  private func read(
    _ address: UInt64, _ count: Int, _ level: Int, _ result: inout [Range<Int>], _ visited: inout Set<UInt64>
  ) throws(WeightFileError) {
    var cursor = try image.cursor(address, UInt64(nodeSize), "node of a B-tree")
    guard visited.insert(address).inserted else { throw cursor.error(.depth, "a node is reached twice") }
    guard count <= levels[level].most else { throw cursor.error(.badHeader, "\(count) records in a node") }
    try cursor.expect(level == 0 ? "BTLF" : "BTIN")
    _ = try cursor.expectVersion(0)
    guard try cursor.byte() == type else { throw cursor.error(.badHeader, "a node of another kind") }
    var records: [Range<Int>] = []
    for _ in 0..<count { records.append(try cursor.take(recordSize)) }
    var children: [(UInt64, Int)] = []
    if level > 0 {
      for _ in 0...count {
        let child = try cursor.definedAddress()
        children.append((child, Int(try cursor.number(countWidth))))
        if level > 1 { try cursor.skip(levels[level - 1].width) }
      }
    }
    try cursor.checkChecksum()
    for index in 0..<count {
      if level > 0 { try read(children[index].0, children[index].1, level - 1, &result, &visited) }
      result.append(records[index])
    }
    if level > 0 { try read(children[count].0, children[count].1, level - 1, &result, &visited) }
  }
}
