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
  private var infos: [TensorInfo] = []
  /// The same.
  private var spans: [Span] = []
  /// Whether the header lists the tensors in the order of their bytes, as nearly all do.
  private var isOrdered = true

  mutating func reserveCapacity(_ count: Int) {
    infos.reserveCapacity(count)
    spans.reserveCapacity(count)
  }

  /// Adds an entry of the header.
  mutating func append(_ info: TensorInfo, _ offsets: (begin: UInt64, end: UInt64), _ place: Int) {
    if let last = spans.last, (last.begin, last.end) > offsets { isOrdered = false }
    infos.append(info)
    spans.append(Span(begin: offsets.begin, end: offsets.end, place: place))
  }

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
    // In the order of the bytes from here on.
    var table = self
    var listing = Array(infos.indices)
    if !isOrdered {
      let order = spans.indices.sorted { (spans[$0].begin, spans[$0].end) < (spans[$1].begin, spans[$1].end) }
      table.infos = order.map { infos[$0] }
      table.spans = order.map { spans[$0] }
      for (position, index) in order.enumerated() { listing[index] = position }
    }
    return try table.opened(file, dataStart, metadata, listing)
  }

  private func opened(
    _ file: MappedFile, _ dataStart: Int, _ metadata: [MetadataEntry], _ listing: [Int]
  ) throws(WeightFileError) -> OpenedFile {
    let names = try index(file)
    let end = try checkCover(file)
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
    let (infos, spans) = (infos, spans)
    var stored: [StoredTensor] = []
    stored.reserveCapacity(infos.count)
    for index in infos.indices {
      stored.append(
        StoredTensor(
          info: infos[index],
          Extent(
            path: file.path, byteOffset: dataStart + Int(spans[index].begin),
            byteCount: Int(spans[index].end - spans[index].begin))))
    }
    return OpenedFile(tensors: stored, infos: infos, metadata: metadata, listing: listing, names: names) {
      (index) throws(WeightFileError) in
      let begin = dataStart + Int(spans[index].begin)
      let window = try file.window(begin..<dataStart + Int(spans[index].end))
      return TensorAssembly(
        whole: Tensor(
          dtype: infos[index].dtype, shape: infos[index].shape, storage: window.storage, byteOffset: window.offset))
    }
  }

  private func index(_ file: MappedFile) throws(WeightFileError) -> NameIndex {
    var duplicate: Int?
    let names = NameIndex(count: infos.count, name: { infos[$0].name }, duplicate: { duplicate = $0 })
    if let duplicate {
      throw error(.duplicate, duplicate, file, "the name occurs twice; readers disagree on which one counts")
    }
    return names
  }

  /// Checks that the spans follow each other without holes and overlaps, and returns where the last one ends.
  private func checkCover(_ file: MappedFile) throws(WeightFileError) -> UInt64 {
    var position: UInt64 = 0
    for index in spans.indices {
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
