internal import TensorData

/// The tensors that a safetensors header lists, and the check that they cover the data exactly.
struct SafetensorsTable {
  /// The bytes of a tensor, relative to the data, and where its name stands in the file.
  struct Span {
    var begin: UInt64
    var end: UInt64
    var place: Int
  }

  /// In the order of the header.
  var infos: [TensorInfo] = []
  /// The same.
  var spans: [Span] = []

  /// Checks the list against the file.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - dataStart: where the data begins.
  ///   - metadata: what goes along.
  /// - Returns: the opened file.
  /// - Throws: `duplicate`, `hole`, `overlap`, `sizeMismatch`, `overflow`, `truncated`, `trailing`.
  func checked(
    _ file: MappedFile, dataStart: Int, metadata: [MetadataEntry]
  ) throws(WeightFileError) -> OpenedFile {
    let order = order
    let positions = try positions(order, file)
    let end = try checkCover(order, file)
    for index in infos.indices { try checkSize(index, file) }
    let available = UInt64(file.byteCount - dataStart)
    guard end <= available else {
      throw WeightFileError(
        .truncated, path: file.path, byteOffset: file.byteCount,
        message: "the tensors take \(end) bytes, only \(available) are there; fetch the file again")
    }
    guard end == available else {
      throw WeightFileError(
        .trailing, path: file.path, byteOffset: dataStart + Int(end),
        message: "\(available - end) bytes follow the last tensor and belong to none")
    }
    let tensors = order.map { index in
      StoredTensor(
        info: infos[index], path: file.path, byteOffset: dataStart + Int(spans[index].begin),
        storedByteCount: Int(spans[index].end - spans[index].begin), isCompressed: false)
    }
    var listing = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() { listing[index] = position }
    return OpenedFile(tensors: tensors, metadata: metadata, listing: listing, positions: positions) {
      (index) throws(WeightFileError) in
      let tensor = tensors[index]
      let window = try file.window(tensor.byteOffset..<tensor.byteOffset + tensor.storedByteCount)
      return Tensor(
        dtype: tensor.info.dtype, shape: tensor.info.shape, storage: window.storage, byteOffset: window.offset)
    }
  }

  /// The tensors in the order of their bytes.
  private var order: [Int] {
    let isSorted = zip(spans, spans.dropFirst()).allSatisfy { ($0.begin, $0.end) <= ($1.begin, $1.end) }
    guard !isSorted else { return Array(spans.indices) }
    return spans.indices.sorted { (spans[$0].begin, spans[$0].end) < (spans[$1].begin, spans[$1].end) }
  }

  private func positions(_ order: [Int], _ file: MappedFile) throws(WeightFileError) -> [ByteKey: Int] {
    var positions: [ByteKey: Int] = [:]
    positions.reserveCapacity(order.count)
    for (position, index) in order.enumerated()
    where positions.updateValue(position, forKey: ByteKey(infos[index].name)) != nil {
      throw error(.duplicate, index, file, "the name occurs twice; readers disagree on which one counts")
    }
    return positions
  }

  /// Checks that the spans follow each other without holes and overlaps, and returns where the last one ends.
  private func checkCover(_ order: [Int], _ file: MappedFile) throws(WeightFileError) -> UInt64 {
    var position: UInt64 = 0
    for index in order {
      let span = spans[index]
      guard span.begin <= position else {
        throw error(
          .hole, index, file,
          "data begins at \(span.begin), but the data before it ends at \(position): bytes without a tensor")
      }
      guard span.begin == position else {
        throw error(
          .overlap, index, file, "data begins at \(span.begin), inside another tensor's, which ends at \(position)")
      }
      position = span.end
    }
    return position
  }

  private func checkSize(_ index: Int, _ file: MappedFile) throws(WeightFileError) {
    let info = infos[index]
    let present = spans[index].end - spans[index].begin
    let needed = try TensorSize.byteCount(info) { (category, message) in error(category, index, file, message) }
    guard present == UInt64(needed) else {
      throw error(
        .sizeMismatch, index, file,
        "\(info.dtype.rawValue) \(info.shape) takes \(needed) bytes, data_offsets span \(present)")
    }
  }

  private func error(
    _ category: WeightFileError.Category, _ index: Int, _ file: MappedFile, _ message: String
  ) -> WeightFileError {
    WeightFileError(
      category, path: file.path, tensor: infos[index].name, byteOffset: spans[index].place, message: message)
  }
}

/// Sizes of tensors computed without overflow.
enum TensorSize {
  /// The bytes that a tensor takes.
  ///
  /// The sizes other than zero must multiply to fewer than 2^63 bits, whatever the order of the axes, so that no
  /// product of some of them can overflow later.
  static func byteCount(
    _ info: TensorInfo, _ error: (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) -> Int {
    var product = info.dtype.bitWidth
    for size in info.shape where size != 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow else { throw error(.overflow, "the sizes \(info.shape) multiply to more than 63 bits can hold") }
      product = next
    }
    if info.shape.contains(0) { return 0 }
    guard product % 8 == 0 else {
      throw error(.sizeMismatch, "\(info.dtype.rawValue) \(info.shape) takes \(product) bits, no whole number of bytes")
    }
    return product / 8
  }
}
