/// The shape of a dataset or attribute.
struct HDF5Dataspace {
  /// The size of each axis, outermost first; nil if there are no elements at all (a null dataspace).
  let shape: [Int]?
  /// The largest size of each axis, for which some indexes of chunks are laid out; nil for an axis without limit.
  let largest: [Int?]

  /// The most axes that the library takes.
  private static let rankLimit = 32

  /// Reads a dataspace message.
  init(_ cursor: inout HDF5Cursor) throws(WeightFileError) {
    let version = try cursor.expectVersion(1, 2)
    let rank = try cursor.byte()
    let flags = try cursor.byte()
    let kind = version == 2 ? try cursor.byte() : 1
    if version == 1 { try cursor.skip(5) }
    guard rank <= HDF5Dataspace.rankLimit else { throw cursor.error(.limit, "\(rank) axes; the limit is 32") }
    var sizes: [Int] = []
    for _ in 0..<rank {
      let stated = try cursor.length()
      guard let size = Int(exactly: stated) else { throw cursor.error(.overflow, "an axis of \(stated)") }
      sizes.append(size)
    }
    var largest: [Int?] = sizes
    if flags & 1 != 0 {
      for axis in 0..<rank {
        let stated = try cursor.length()
        let isUnlimited = stated == .max >> UInt64(64 - 8 * cursor.image.lengthWidth)
        guard isUnlimited || stated >= UInt64(sizes[axis]) else {
          throw cursor.error(.mismatch, "axis \(axis) has size \(sizes[axis]), but \(stated) at most")
        }
        largest[axis] = isUnlimited ? nil : Int(exactly: stated)
      }
    }
    self.largest = largest
    shape = kind == 2 && version == 2 ? nil : sizes
  }
}
