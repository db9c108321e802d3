import TensorData

extension ModuleTree {
  /// The modules of the name before, which most names share in part.
  private struct Path {
    /// The nodes, and where in the name the separator behind each stands.
    var modules: [(node: Int, end: Int)] = []
    var table = ChildTable()
  }

  /// Makes a node for every module and tensor.
  mutating func build() {
    // More than there will be, so that the list is never moved; what is not used costs nothing.
    nodes.reserveCapacity(8 * leaves.count + 1)
    var path = Path()
    let leaves = leaves
    for index in leaves.indices {
      leaves[index].name.withNameBytes { bytes in
        let shared = index == 0 ? 0 : leaves[index - 1].name.withNameBytes { bytes.commonPrefix(with: $0) }
        insert(index, bytes, shared, &path)
      }
    }
  }

  private mutating func insert(_ index: Int, _ bytes: UnsafeRawBufferPointer, _ shared: Int, _ path: inout Path) {
    while let last = path.modules.last, last.end >= shared { path.modules.removeLast() }
    var parent = path.modules.last?.node ?? 0
    var start = path.modules.last.map { $0.end + 1 } ?? 0
    var separator = path.modules.last.map { bytes[$0.end] } ?? 0
    var isNew = false
    for position in start..<bytes.count {
      let byte = bytes[position]
      guard byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/") else { continue }
      let node = Node(index, start..<position, separator, bytes, parent: parent, isLeaf: false)
      // What is in a module that has just been made must be new, too.
      if !isNew, let known = find(node, bytes, path.table) {
        parent = known
      } else {
        parent = append(node, &path.table)
        isNew = true
      }
      path.modules.append((parent, position))
      separator = byte
      start = position + 1
    }
    _ = append(Node(index, start..<bytes.count, separator, bytes, parent: parent, isLeaf: true), &path.table)
    depth = max(depth, path.modules.count + 1)
  }

  /// The module that is there already, if any.
  private func find(_ node: Node, _ bytes: UnsafeRawBufferPointer, _ table: ChildTable) -> Int? {
    func isSame(_ index: Int32) -> Bool {
      let other = nodes[Int(index)]
      guard other.label == node.label, other.parent == node.parent, other.leaf < 0, other.separator == node.separator
      else { return false }
      return leaves[Int(other.origin)].name.withNameBytes {
        $0[Int(other.start)..<Int(other.end)].elementsEqual(bytes[Int(node.start)..<Int(node.end)])
      }
    }
    guard nodes[Int(node.parent)].childCount <= ChildTable.listLimit else {
      return table.find(node.place, isSame).map(Int.init)
    }
    var next = nodes[Int(node.parent)].firstChild
    while next >= 0, !isSame(next) { next = nodes[Int(next)].next }
    return next < 0 ? nil : Int(next)
  }

  private mutating func append(_ node: Node, _ table: inout ChildTable) -> Int {
    let index = Int32(nodes.count)
    let parent = Int(node.parent)
    nodes.append(node)
    if nodes[parent].lastChild < 0 {
      nodes[parent].firstChild = index
    } else {
      nodes[Int(nodes[parent].lastChild)].next = index
    }
    nodes[parent].lastChild = index
    nodes[parent].childCount += 1
    if nodes[parent].childCount == ChildTable.listLimit + 1 {
      for child in children(of: parent) { table.insert(Int32(child), nodes[child].place) }
    } else if nodes[parent].childCount > ChildTable.listLimit {
      table.insert(index, node.place)
    }
    return Int(index)
  }

  /// Adds up the nodes from the leaves to the root and gives equal contents equal signatures.
  mutating func summarise() {
    for index in nodes.indices.dropFirst().reversed() {
      if let leaf = leaf(of: index) {
        nodes[index].parameterCount = leaves[leaf].parameterCount
        nodes[index].byteCount = leaves[leaf].byteCount
        nodes[index].signature = leaves[leaf].signature
      }
      let node = nodes[index]
      let parent = Int(node.parent)
      nodes[parent].parameterCount += node.parameterCount
      nodes[parent].byteCount += node.byteCount
      // A sum, because files that list equal layers in different orders are common.
      nodes[parent].signature &+= ByteHash.mixing(node.label, node.signature)
    }
  }
}

extension ModuleTree.Node {
  fileprivate init(
    _ index: Int, _ range: Range<Int>, _ separator: UInt8, _ bytes: UnsafeRawBufferPointer, parent: Int, isLeaf: Bool
  ) {
    let part = UnsafeRawBufferPointer(rebasing: bytes[range])
    self.init(
      leaf: isLeaf ? Int32(index) : -1, origin: Int32(index), start: Int32(range.lowerBound),
      end: Int32(range.upperBound), separator: separator, parent: Int32(parent),
      label: ByteHash.mixing(ByteHash.of(part), UInt64(separator)))
  }

  /// A hash of where the node stands.
  fileprivate var place: UInt64 { ByteHash.mixing(label, UInt64(parent)) }
}

extension ModuleTree.Leaf {
  /// Equal for tensors that may be one row.
  fileprivate var signature: UInt64 {
    var hash = ByteHash.mixing(ByteHash.of(dtype.rawValue), ByteHash.of(remark))
    for size in shape { hash = ByteHash.mixing(hash, UInt64(size)) }
    return ByteHash.mixing(hash, parameterCount > 0 ? 1 : 0)
  }
}

/// The children of modules with many, found by where they stand.
private struct ChildTable {
  /// Up to this many children a module's list is walked instead.
  static let listLimit = 8

  /// Node and hash, the node -1 for empty slots; the hash is kept so that other nodes need not be looked at.
  private var slots = [(node: Int32, place: UInt64)](repeating: (-1, 0), count: 64)
  private var count = 0

  /// Enters a node.
  mutating func insert(_ node: Int32, _ place: UInt64) {
    if 2 * (count + 1) > slots.count {
      let old = slots
      slots = Array(repeating: (-1, 0), count: 4 * old.count)
      for slot in old where slot.node >= 0 { put(slot.node, slot.place) }
    }
    put(node, place)
    count += 1
  }

  private mutating func put(_ node: Int32, _ place: UInt64) {
    var slot = Int(truncatingIfNeeded: place) & (slots.count - 1)
    while slots[slot].node >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = (node, place)
  }

  /// The node with that hash that is the one looked for.
  func find(_ place: UInt64, _ isSame: (Int32) -> Bool) -> Int32? {
    var slot = Int(truncatingIfNeeded: place) & (slots.count - 1)
    while slots[slot].node >= 0 {
      if slots[slot].place == place, isSame(slots[slot].node) { return slots[slot].node }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }
}

extension String {
  /// Lends the bytes of a name.
  func withNameBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
      ?? Array(utf8).withUnsafeBytes(body)
  }
}

extension UnsafeRawBufferPointer {
  /// How many bytes from the first on are the same.
  fileprivate func commonPrefix(with other: UnsafeRawBufferPointer) -> Int {
    let limit = Swift.min(count, other.count)
    var length = 0
    while length + 8 <= limit {
      let difference =
        loadUnaligned(fromByteOffset: length, as: UInt64.self)
        ^ other.loadUnaligned(
          fromByteOffset: length, as: UInt64.self)
      guard difference == 0 else { return length + UInt64(littleEndian: difference).trailingZeroBitCount / 8 }
      length += 8
    }
    while length < limit, self[length] == other[length] { length += 1 }
    return length
  }
}
