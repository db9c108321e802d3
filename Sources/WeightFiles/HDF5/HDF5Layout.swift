/// Where the bytes of a dataset are.
enum HDF5Layout {
  /// In the object header.
  case compact(Range<Int>)
  /// In one piece; nil if they were never written.
  case contiguous(address: UInt64?, size: UInt64)
  /// In chunks.
  case chunked(Chunks)

  /// The chunks of a dataset.
  struct Chunks {
    /// The size of a chunk on each axis.
    let shape: [Int]
    /// The bytes of an element, as the layout says it.
    let elementSize: Int
    /// How a chunk is found; nil if none was ever written.
    let index: Index?
  }

  /// The kinds of index, with the address of each.
  enum Index {
    /// A B-tree of the first kind.
    case tree(UInt64)
    /// The one chunk there is, with its size and mask if it is filtered.
    case single(UInt64, filtered: (size: UInt64, mask: Int)?)
    /// All chunks, one behind the other.
    case implicit(UInt64)
    /// A list of fixed length.
    case fixedArray(UInt64)
    /// A list that grows along one axis.
    case extensibleArray(UInt64)
    /// A B-tree of the second kind.
    case secondTree(UInt64)
  }

  /// Reads a data layout message.
  init(_ cursor: inout HDF5Cursor) throws(WeightFileError) {
    switch try cursor.byte() {
    case 1, 2: self = try HDF5Layout.old(&cursor)
    case 3: self = try HDF5Layout.third(&cursor)
    case 4: self = try HDF5Layout.fourth(&cursor)
    case let version: throw cursor.error(.unsupportedVersion, "version \(version); versions 1 to 4 are read")
    }
  }

  private static func old(_ cursor: inout HDF5Cursor) throws(WeightFileError) -> HDF5Layout {
    let rank = try cursor.byte()
    let kind = try cursor.byte()
    try cursor.skip(5)
    let address = kind == 0 ? nil : try cursor.address()
    var sizes: [Int] = []
    for _ in 0..<rank { sizes.append(try cursor.long()) }
    switch kind {
    case 0: return .compact(try cursor.take(cursor.long()))
    case 1:
      var size: UInt64 = 1
      for factor in sizes {
        let (product, overflow) = size.multipliedReportingOverflow(by: UInt64(factor))
        guard !overflow else { throw cursor.error(.overflow, "\(sizes) elements are too many") }
        size = product
      }
      // Versions 1 and 2 state elements, not bytes: the caller knows how many bytes there must be.
      return .contiguous(address: address, size: .max)
    case 2: return .chunked(try chunks(cursor, sizes, address.map { .tree($0) }))
    default: throw cursor.error(.badHeader, "class \(kind)")
    }
  }

  private static func third(_ cursor: inout HDF5Cursor) throws(WeightFileError) -> HDF5Layout {
    let kind = try cursor.byte()
    if let plain = try plain(kind, &cursor) { return plain }
    guard kind == 2 else { throw cursor.error(.badHeader, "class \(kind)") }
    let rank = try cursor.byte()
    let address = try cursor.address()
    var sizes: [Int] = []
    for _ in 0..<rank { sizes.append(try cursor.long()) }
    return .chunked(try chunks(cursor, sizes, address.map { .tree($0) }))
  }

  private static func fourth(_ cursor: inout HDF5Cursor) throws(WeightFileError) -> HDF5Layout {
    let kind = try cursor.byte()
    if let plain = try plain(kind, &cursor) { return plain }
    guard kind != 3 else {
      throw cursor.error(.unsupported, "a virtual dataset, whose values lie in other files; save it as a plain one")
    }
    guard kind == 2 else { throw cursor.error(.badHeader, "class \(kind)") }
    let flags = try cursor.byte()
    let rank = try cursor.byte()
    let width = try cursor.byte()
    guard (1...8).contains(width) else { throw cursor.error(.badHeader, "sizes of \(width) bytes") }
    var sizes: [Int] = []
    for _ in 0..<rank {
      guard let size = Int(exactly: try cursor.number(width)) else {
        throw cursor.error(.overflow, "a chunk is too large")
      }
      sizes.append(size)
    }
    let kindOfIndex = try cursor.byte()
    var filtered: (size: UInt64, mask: Int)?
    switch kindOfIndex {
    case 1 where flags & 2 != 0: filtered = (try cursor.length(), try cursor.long())
    case 1, 2: break
    case 3: try cursor.skip(1)
    case 4: try cursor.skip(5)
    case 5: try cursor.skip(6)
    default: throw cursor.error(.unsupported, "an index of chunks of kind \(kindOfIndex)")
    }
    let index = try cursor.address().map { address -> Index in
      switch kindOfIndex {
      case 1: .single(address, filtered: filtered)
      case 2: .implicit(address)
      case 3: .fixedArray(address)
      case 4: .extensibleArray(address)
      default: .secondTree(address)
      }
    }
    return .chunked(try chunks(cursor, sizes, index))
  }

  /// Compact and contiguous data, which versions 3 and 4 write alike.
  private static func plain(_ kind: Int, _ cursor: inout HDF5Cursor) throws(WeightFileError) -> HDF5Layout? {
    switch kind {
    case 0: .compact(try cursor.take(cursor.word()))
    case 1: .contiguous(address: try cursor.address(), size: try cursor.length())
    default: nil
    }
  }

  /// The last of the sizes is that of an element in bytes.
  private static func chunks(_ cursor: HDF5Cursor, _ sizes: [Int], _ index: Index?) throws(WeightFileError) -> Chunks {
    guard sizes.count >= 2, let elementSize = sizes.last else {
      throw cursor.error(.badHeader, "chunks of \(sizes.count - 1) axes")
    }
    guard !sizes.contains(0) else { throw cursor.error(.badShape, "chunks of \(sizes): none may be empty") }
    return Chunks(shape: sizes.dropLast(), elementSize: elementSize, index: index)
  }
}
