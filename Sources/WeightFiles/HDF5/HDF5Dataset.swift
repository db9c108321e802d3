internal import TensorData

/// A dataset that is a tensor: its type, its shape, and how to get its bytes.
struct HDF5Dataset: Sendable {
  let dtype: DType
  let shape: [Int]
  /// Where its bytes are, if they are in one piece; the first chunk's otherwise.
  private(set) var extent: Range<Int>
  private let isBigEndian: Bool
  private let content: Content

  private enum Content: Sendable {
    case run(Range<Int>)
    case fill
    case chunks([HDF5ChunkIndex.Chunk], shape: [Int], byteCount: Int, HDF5Filters)
  }

  /// One element, repeated where nothing was written; zeros if the file does not say.
  private let fillValue: [UInt8]

  /// Memory that may be made out of nothing: what was never written, and what a few bytes may inflate to.
  private static let freeByteCount = 64 << 20
  /// Deflate cannot expand more than this.
  private static let largestExpansion = 1032

  /// Whether the bytes lie in the file as a tensor wants them.
  var isPlain: Bool {
    if case .run = content { !isBigEndian } else { false }
  }

  /// Reads what an object header says of a dataset.
  ///
  /// - Parameters:
  ///   - image: the file.
  ///   - header: the object.
  ///   - name: its path, for errors.
  ///   - options: what opaque bytes stand for.
  /// - Returns: nil with a reason if it holds no numbers.
  /// - Throws: what is wrong with it.
  static func read(
    _ image: HDF5Image, _ header: HDF5ObjectHeader, name: String, _ options: ReadOptions
  ) throws(WeightFileError) -> (dataset: HDF5Dataset?, reason: String) {
    guard !header.messages.contains(where: { $0.type == 0x07 }) else {
      throw image.error(
        .unsupported, object: name, "its data lies in another file, which is never opened; save it into this one")
    }
    guard var type = try header.message(0x03, "element type") else {
      throw image.error(.missing, object: name, "a dataset without an element type")
    }
    guard var space = try header.message(0x01, "dataspace") else {
      throw image.error(.missing, object: name, "a dataset without a shape")
    }
    guard var layout = try header.message(0x08, "data layout") else {
      throw image.error(.missing, object: name, "a dataset without a place for its data")
    }
    let dataspace = try HDF5Dataspace(&space)
    guard let shape = dataspace.shape else { return (nil, "it has no elements at all") }
    let dtype: DType
    let isBigEndian: Bool
    switch try HDF5Datatype(&type) {
    case .numbers(let found, let isSwapped): (dtype, isBigEndian) = (found, isSwapped)
    case .opaquePair:
      let stated = try HDF5Attributes(image, header)["dtype"]
      guard let meant = stated == "bfloat16" ? DType.bf16 : options.assume.first(where: { $0.byteWidth == 2 }) else {
        throw image.error(
          .unsupportedDType, object: name,
          "opaque elements of two bytes; if they are bfloat16, say so with --assume BF16")
      }
      (dtype, isBigEndian) = (meant, false)
    case .other(let what): return (nil, "it holds \(what)")
    }
    return (
      try HDF5Dataset(image, header, name, (dtype, isBigEndian), dataspace, shape, &layout), ""
    )
  }

  private init(
    _ image: HDF5Image, _ header: HDF5ObjectHeader, _ name: String, _ type: (dtype: DType, isBigEndian: Bool),
    _ space: HDF5Dataspace, _ shape: [Int], _ layout: inout HDF5Cursor
  ) throws(WeightFileError) {
    dtype = type.dtype
    isBigEndian = type.isBigEndian
    self.shape = shape
    let width = type.dtype.bitWidth / 8
    var byteCount = width
    for size in shape where size > 0 {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
      guard !overflow else { throw image.error(.overflow, object: name, "\(shape) elements are too many") }
      byteCount = product
    }
    if shape.contains(0) { byteCount = 0 }
    fillValue = try HDF5Dataset.fill(header, width)
    switch try HDF5Layout(&layout) {
    case .compact(let range):
      guard range.count == byteCount else {
        throw layout.error(.sizeMismatch, "\(range.count) bytes for a tensor of \(byteCount)")
      }
      content = .run(range)
      extent = range
    case .contiguous(let address?, let size) where byteCount > 0:
      guard size == UInt64(byteCount) || size == .max else {
        throw layout.error(.sizeMismatch, "\(size) bytes for a tensor of \(byteCount)")
      }
      extent = try image.range(address, UInt64(byteCount), "tensor \"\(name.printable(limit: 120))\"")
      content = .run(extent)
    case .contiguous:
      try HDF5Dataset.checkGrowth(image, name, byteCount, from: 0)
      extent = layout.range.lowerBound..<layout.range.lowerBound
      content = .fill
    case .chunked(let chunks):
      var filters = HDF5Filters()
      if var cursor = try header.message(0x0B, "filters") { filters = try HDF5Filters(&cursor, elementSize: width) }
      let index = try HDF5ChunkIndex(
        image, chunks, space, shape: shape, elementSize: width, isFiltered: !filters.isEmpty, layout)
      try HDF5Dataset.checkGrowth(image, name, byteCount, from: index.chunks.reduce(0) { $0 + $1.bytes.count })
      content = .chunks(index.chunks, shape: chunks.shape, byteCount: index.chunkByteCount, filters)
      extent = index.chunks.first?.bytes ?? layout.range.lowerBound..<layout.range.lowerBound
    }
  }

  private static func checkGrowth(
    _ image: HDF5Image, _ name: String, _ byteCount: Int, from stored: Int
  ) throws(WeightFileError) {
    guard (byteCount - freeByteCount) / largestExpansion <= stored else {
      throw image.error(.bomb, object: name, "\(byteCount) bytes of a tensor, of which the file has \(stored)")
    }
  }

  /// The fill value of a dataset as bytes of one element.
  private static func fill(_ header: HDF5ObjectHeader, _ width: Int) throws(WeightFileError) -> [UInt8] {
    var value = [UInt8](repeating: 0, count: width)
    guard var cursor = try header.message(0x05, "fill value") else { return value }
    let version = try cursor.expectVersion(1, 2, 3)
    let isDefined: Bool
    if version == 3 {
      isDefined = try cursor.byte() & 0x20 != 0
    } else {
      try cursor.skip(2)
      isDefined = try cursor.byte() != 0 || version == 1
    }
    guard isDefined, cursor.left >= 4, try cursor.long() == width, cursor.left >= width else { return value }
    for (index, byte) in cursor.image.file.bytes[try cursor.take(width)].enumerated() { value[index] = byte }
    return value
  }

  // MARK: Reading

  /// The tensor: a window on the file where its bytes lie as they are wanted, otherwise in memory of its own.
  func tensor(_ image: HDF5Image, name: String) throws(WeightFileError) -> Tensor {
    if case .run(let range) = content, !isBigEndian {
      return Tensor(dtype: dtype, shape: shape, storage: image.file.storage, byteOffset: range.lowerBound)
    }
    return try Tensor(dtype: dtype, shape: shape) { (destination) throws(WeightFileError) in
      switch content {
      case .run(let range): destination.copyMemory(from: image.file.bytes.slice(range))
      case .fill: fill(destination)
      case .chunks(let chunks, let shape, let byteCount, let filters):
        fill(destination)
        for chunk in chunks {
          let bytes = try filters.decode(
            image.file.bytes.slice(chunk.bytes), mask: chunk.mask, byteCount: byteCount
          ) { image.error($0, at: chunk.bytes.lowerBound, object: name, $1) }
          place(bytes, chunk.position, shape, destination)
        }
      }
      if isBigEndian { swap(destination) }
    }
  }

  private func fill(_ destination: UnsafeMutableRawBufferPointer) {
    let width = fillValue.count
    guard fillValue.contains(where: { $0 != 0 }) else {
      return destination.initializeMemory(as: UInt8.self, repeating: 0).update(repeating: 0)
    }
    for index in destination.indices { destination[index] = fillValue[index % width] }
  }

  /// Copies the part of a chunk that lies inside the tensor, row by row.
  private func place(
    _ bytes: [UInt8], _ position: [Int], _ chunk: [Int], _ destination: UnsafeMutableRawBufferPointer
  ) {
    let width = fillValue.count
    let origin = zip(position, chunk).map { $0 * $1 }
    let part = zip(zip(shape, origin), chunk).map { min($0.0 - $0.1, $1) }
    guard let last = part.indices.last, !part.contains(0) else { return }
    var row = [Int](repeating: 0, count: part.count)
    bytes.withUnsafeBytes { source in
      while true {
        var from = 0
        var to = 0
        for axis in part.indices {
          from = from * chunk[axis] + row[axis]
          to = to * shape[axis] + origin[axis] + row[axis]
        }
        let target = UnsafeMutableRawBufferPointer(rebasing: destination[to * width..<(to + part[last]) * width])
        target.copyMemory(from: source.slice(from * width..<(from + part[last]) * width))
        var axis = last - 1
        while axis >= 0 {
          row[axis] += 1
          if row[axis] < part[axis] { break }
          row[axis] = 0
          axis -= 1
        }
        if axis < 0 { return }
      }
    }
  }

  private func swap(_ bytes: UnsafeMutableRawBufferPointer) {
    let width = fillValue.count
    for start in stride(from: 0, to: bytes.count, by: width) {
      for index in 0..<width / 2 { bytes.swapAt(start + index, start + width - 1 - index) }
    }
  }
}
