internal import TensorData

/// The attributes of an object that are texts, which is what frameworks write beside weights.
struct HDF5Attributes {
  private let image: HDF5Image
  /// Texts by name, in stored order; lists of texts are left out.
  private(set) var texts: [(name: String, text: String)] = []

  /// Reads the attributes of an object.
  ///
  /// An attribute that cannot be read as a text is passed over: no tensor depends on it.
  init(_ image: HDF5Image, _ header: HDF5ObjectHeader) throws(WeightFileError) {
    self.image = image
    for message in header.messages where message.type == 0x0C {
      var cursor = try header.resolved(message, "attribute")
      try add(&cursor)
    }
    guard var cursor = try header.message(0x15, "attribute information") else { return }
    _ = try cursor.expectVersion(0)
    if try cursor.byte() & 1 != 0 { try cursor.skip(2) }
    guard let heapAddress = try cursor.address() else { return }
    let heap = try HDF5FractalHeap(image, at: heapAddress)
    let tree = try HDF5SecondTree(image, at: cursor.definedAddress())
    guard tree.type == 8 else { throw cursor.error(.badHeader, "its tree is of kind \(tree.type)") }
    for record in try tree.records() {
      guard record.count == 17 else { throw cursor.error(.badHeader, "records of \(record.count) bytes") }
      var attribute = HDF5Cursor(image, try heap.object(record.lowerBound..<record.lowerBound + 8), "attribute")
      try add(&attribute)
    }
  }

  /// The text of that name, or nil.
  subscript(name: String) -> String? { texts.first { $0.name == name }?.text }

  private mutating func add(_ cursor: inout HDF5Cursor) throws(WeightFileError) {
    let version = try cursor.expectVersion(1, 2, 3)
    let flags = try cursor.byte()
    let nameLength = try cursor.word()
    let typeLength = try cursor.word()
    let spaceLength = try cursor.word()
    if version == 3 { try cursor.skip(1) }
    func padded(_ count: Int) -> Int { version == 1 ? (count + 7) / 8 * 8 : count }
    let name = try cursor.text(nameLength)
    try cursor.skip(padded(nameLength) - nameLength)
    let type = try cursor.take(padded(typeLength))
    var space = HDF5Cursor(image, try cursor.take(padded(spaceLength)), "attribute")
    guard flags & 3 == 0, type.count >= 8 else { return }
    let shape = try HDF5Dataspace(&space).shape
    guard shape?.isEmpty == true else { return }
    switch Int(image.file.bytes[type.lowerBound]) & 15 {
    case 3:
      var size = HDF5Cursor(image, type.lowerBound + 4..<type.upperBound, "attribute")
      let length = try size.long()
      if let text = try? cursor.text(length) { texts.append((name, text)) }
    case 9 where image.file.bytes[type.lowerBound + 1] & 15 == 1:
      if let text = try? variableText(&cursor) { texts.append((name, text)) }
    default: return
    }
  }

  /// A text in a global heap collection.
  private func variableText(_ cursor: inout HDF5Cursor) throws(WeightFileError) -> String? {
    let length = try cursor.long()
    guard let address = try cursor.address(), length > 0 else { return "" }
    let wanted = try cursor.long()
    var heap = try image.cursor(from: address, "global heap")
    try heap.expect("GCOL")
    _ = try heap.expectVersion(1)
    try heap.skip(3)
    let size = try heap.length()
    var objects = HDF5Cursor(image, try image.range(address, size, "global heap"), "global heap")
    objects.offset = heap.offset
    while objects.left >= 8 + image.lengthWidth {
      let index = try objects.word()
      try objects.skip(6)
      guard let count = Int(exactly: try objects.length()), count <= objects.left, index != 0 else { return nil }
      if index == wanted { return try objects.text(min(length, count)) }
      try objects.skip(min((count + 7) / 8 * 8, objects.left))
    }
    return nil
  }
}
