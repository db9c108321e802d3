internal import CKernels
internal import Synchronization
internal import TensorData

/// Reads a TensorFlow checkpoint of the second kind: `PREFIX.index` and the data files `PREFIX.data-00000-of-00001` beside it.
///
/// Format: TensorFlow, `core/util/tensor_bundle/`. Tensors are used where they lie in the mapped data files; the checksum of
/// each is compared before it is handed out, once for each opened checkpoint. Texts are left out with a note.
struct TensorFlowReader: Sendable {
  /// A tensor, or a slice of a partitioned one, in a data file.
  private struct Piece: Sendable {
    let shard: Int
    let bytes: Range<Int>
    let crc: UInt32?
    /// Where it lies in the tensor, on each axis.
    let origin: [Int]
    let shape: [Int]
  }

  private struct Entry: Sendable {
    let name: String
    let dtype: DType
    let shape: [Int]
    let pieces: [Piece]
  }

  private let path: String
  private var shards: [WholeFile] = []
  private var entries: [Entry] = []
  private var notes: [String] = []

  /// The most slices of a variable: each is compared with every other.
  private static let sliceLimit = 10_000

  static func recognise(_ probe: FileProbe) -> Confidence { TensorFlowTable.isBundle(probe) ? .certain : .none }

  static func open(_ files: FileSet, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    let file = try WholeFile(files.main)
    var reader = TensorFlowReader(path: file.path)
    try reader.read(SortedTable(file.bytes, path: file.path))
    return reader.opened()
  }

  private init(path: String) { self.path = path }

  private func error(
    _ category: WeightFileError.Category, _ name: String?, _ message: String
  ) -> WeightFileError { WeightFileError(category, path: path, tensor: name, message: message) }

  // MARK: The index

  private mutating func read(_ table: SortedTable) throws(WeightFileError) {
    guard let first = table.entries.first, first.key.isEmpty else {
      throw error(
        .missing, nil, "the index has no header; a checkpoint of the first kind is a single file without .index")
    }
    let header = try first.value.span.withUnsafeBytes { (bytes) throws(WeightFileError) in
      try TensorBundleHeader(bytes) { [path] in WeightFileError($0, path: path, message: "the header: \($1)") }
    }
    try openShards(header.shardCount)
    var parsed: [(name: String, entry: TensorBundleEntry)] = []
    var slices: [[UInt8]: TensorBundleEntry] = [:]
    for (key, value) in table.entries.dropFirst() {
      let isSlice = key.first == 0
      let name = String(validating: key, as: UTF8.self)
      guard isSlice || name != nil else { throw error(.badUTF8, nil, "a name is not UTF-8") }
      let shown = isSlice ? nil : name
      let entry = try value.span.withUnsafeBytes { (bytes) throws(WeightFileError) in
        try TensorBundleEntry(bytes) { [path] in WeightFileError($0, path: path, tensor: shown, message: $1) }
      }
      if isSlice { slices[key] = entry } else { parsed.append((name ?? "", entry)) }
    }
    for (name, entry) in parsed { try add(name, entry, slices) }
    try checkOverlap()
  }

  private mutating func openShards(_ count: Int) throws(WeightFileError) {
    let prefix = path.removing(end: ".index") ?? path
    func digits(_ number: Int) -> String {
      String(repeating: "0", count: max(0, 5 - String(number).utf8.count)) + String(number)
    }
    // The first that is missing ends it, so that a number in a header makes no work.
    for index in 0..<count {
      let path = "\(prefix).data-\(digits(index))-of-\(digits(count))"
      guard MappedFile.exists(path) else {
        throw error(
          .missing, nil, "the data file \(path.pathName.printable()) is not there; it belongs beside the index")
      }
      shards.append(try WholeFile(MappedFile(path: path)))
    }
  }

  private mutating func add(
    _ name: String, _ entry: TensorBundleEntry, _ slices: [[UInt8]: TensorBundleEntry]
  ) throws(WeightFileError) {
    guard entry.type != TensorBundleEntry.textType else {
      notes.append("\"\(name.printable(limit: 120))\" holds texts and was left out")
      return
    }
    guard let dtype = TensorBundleEntry.types[entry.type] else {
      throw error(.unsupportedDType, name, "elements of type \(entry.type) of TensorFlow's types.proto")
    }
    let width = dtype.bitWidth / 8
    let byteCount = try byteCount(entry.shape, width, name)
    guard !entry.slices.isEmpty else {
      guard entry.byteCount == byteCount else {
        throw error(.sizeMismatch, name, "\(entry.byteCount) bytes for a tensor of \(byteCount)")
      }
      let origin = [Int](repeating: 0, count: entry.shape.count)
      let piece = try piece(entry, name, origin, entry.shape)
      return entries.append(Entry(name: name, dtype: dtype, shape: entry.shape, pieces: [piece]))
    }
    guard entry.slices.count <= TensorFlowReader.sliceLimit else {
      throw error(.limit, name, "\(entry.slices.count) slices; the limit is \(TensorFlowReader.sliceLimit)")
    }
    var pieces: [Piece] = []
    for slice in entry.slices {
      guard slice.count == entry.shape.count else {
        throw error(.badShape, name, "a slice of \(slice.count) axes in a tensor of \(entry.shape.count)")
      }
      let origin = slice.map { $0?.start ?? 0 }
      let shape = zip(slice, entry.shape).map { $0?.length ?? $1 }
      guard zip(zip(origin, shape), entry.shape).allSatisfy({ $0.0 <= $1 && $0.1 <= $1 - $0.0 }) else {
        throw error(.outOfBounds, name, "a slice of \(shape) at \(origin) of \(entry.shape)")
      }
      guard let found = slices[OrderedCode.key(Array(name.utf8), slice)] else {
        throw error(.missing, name, "the slice of \(shape) at \(origin) has no entry")
      }
      guard found.type == entry.type, found.byteCount == (try self.byteCount(shape, width, name)) else {
        throw error(.mismatch, name, "the slice of \(shape) at \(origin) is of another type or size")
      }
      pieces.append(try piece(found, name, origin, shape))
    }
    try checkSlices(pieces, entry.shape, name)
    entries.append(Entry(name: name, dtype: dtype, shape: entry.shape, pieces: pieces))
  }

  private func byteCount(_ shape: [Int], _ width: Int, _ name: String) throws(WeightFileError) -> Int {
    var count = width
    for size in shape where size > 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw error(.overflow, name, "\(shape) elements are too many") }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  private func piece(
    _ entry: TensorBundleEntry, _ name: String, _ origin: [Int], _ shape: [Int]
  ) throws(WeightFileError) -> Piece {
    guard shards.indices.contains(entry.shard) else {
      throw error(.outOfBounds, name, "data file \(entry.shard) of \(shards.count)")
    }
    let size = shards[entry.shard].bytes.count
    guard entry.offset <= size, entry.byteCount <= size - entry.offset else {
      throw error(
        entry.offset >= size && entry.byteCount > 0 ? .outOfBounds : .truncated, name,
        "\(entry.byteCount) bytes from \(entry.offset) on; \(shards[entry.shard].path.pathName.printable()) has \(size)"
      )
    }
    return Piece(
      shard: entry.shard, bytes: entry.offset..<entry.offset + entry.byteCount, crc: entry.crc, origin: origin,
      shape: shape)
  }

  /// Slices must cover their tensor exactly: as many elements, and none twice.
  private func checkSlices(_ pieces: [Piece], _ shape: [Int], _ name: String) throws(WeightFileError) {
    for (index, piece) in pieces.enumerated() {
      for other in pieces[..<index] {
        let overlaps = shape.indices.allSatisfy { axis in
          piece.origin[axis] < other.origin[axis] + other.shape[axis]
            && other.origin[axis] < piece.origin[axis] + piece.shape[axis]
        }
        guard !overlaps || piece.shape.contains(0) || other.shape.contains(0) else {
          throw error(.overlap, name, "the slices at \(other.origin) and \(piece.origin) overlap")
        }
      }
    }
    let covered = pieces.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let wanted = shape.reduce(1, *)
    guard covered == wanted else { throw error(.hole, name, "its slices have \(covered) of \(wanted) elements") }
  }

  /// No byte of the data files belongs to two tensors.
  private func checkOverlap() throws(WeightFileError) {
    let pieces = entries.flatMap { entry in entry.pieces.map { (entry.name, $0) } }
    for shard in shards.indices {
      var end = 0
      let sorted = pieces.filter { $0.1.shard == shard && !$0.1.bytes.isEmpty }
        .sorted { $0.1.bytes.lowerBound < $1.1.bytes.lowerBound }
      for (name, piece) in sorted {
        guard piece.bytes.lowerBound >= end else {
          throw error(.overlap, name, "its bytes begin at \(piece.bytes.lowerBound), inside those of another tensor")
        }
        end = max(end, piece.bytes.upperBound)
      }
    }
  }

  // MARK: Tensors

  private func opened() -> OpenedFile {
    let order = entries.indices.sorted {
      let (a, b) = (entries[$0].pieces[0], entries[$1].pieces[0])
      return (a.shard, a.bytes.lowerBound) < (b.shard, b.bytes.lowerBound)
    }
    var listing = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() { listing[index] = position }
    let sorted = order.map { entries[$0] }
    let tensors = sorted.map { entry -> StoredTensor in
      let extents = entry.pieces.map {
        Extent(path: shards[$0.shard].path, byteOffset: $0.bytes.lowerBound, byteCount: $0.bytes.count)
      }
      return StoredTensor(
        info: TensorInfo(name: entry.name, dtype: entry.dtype, shape: entry.shape), extents[0],
        further: Array(extents.dropFirst()))
    }
    let reader = self
    let verified = Mutex(Set<Int>())
    return OpenedFile(tensors: tensors, files: shards.map(\.path), notes: notes, listing: listing) {
      (index) throws(WeightFileError) in
      let isVerified = verified.withLock { $0.contains(index) }
      let tensor = try reader.tensor(sorted[index], isVerified: isVerified)
      verified.withLock { _ = $0.insert(index) }
      return TensorAssembly(whole: tensor)
    }
  }

  private func tensor(_ entry: Entry, isVerified: Bool) throws(WeightFileError) -> Tensor {
    if !isVerified {
      for piece in entry.pieces { try check(piece, entry.name) }
    }
    let width = entry.dtype.bitWidth / 8
    if entry.pieces.count == 1, let piece = entry.pieces.first {
      return Tensor(
        dtype: entry.dtype, shape: entry.shape, storage: shards[piece.shard].storage,
        byteOffset: piece.bytes.lowerBound)
    }
    return Tensor(dtype: entry.dtype, shape: entry.shape) { destination in
      for piece in entry.pieces { copy(piece, entry.shape, width, destination) }
    }
  }

  private func check(_ piece: Piece, _ name: String) throws(WeightFileError) {
    guard let crc = piece.crc else { return }
    let file = shards[piece.shard]
    let bytes = file.bytes.slice(piece.bytes)
    guard SortedTable.masked(tfconv_crc32c(0, bytes.baseAddress, bytes.count)) == crc else {
      throw WeightFileError(
        .crc, path: file.path, tensor: name, byteOffset: piece.bytes.lowerBound,
        message: "the checksum does not agree; the file is damaged, fetch it again")
    }
  }

  private func copy(_ piece: Piece, _ shape: [Int], _ width: Int, _ destination: UnsafeMutableRawBufferPointer) {
    guard !piece.bytes.isEmpty else { return }
    let source = shards[piece.shard].bytes.slice(piece.bytes)
    let row = piece.shape.last ?? 1
    for line in 0..<(source.count / (row * width)) {
      var rest = line
      var place = piece.origin.last ?? 0
      var stride = shape.last ?? 1
      for axis in shape.indices.dropLast().reversed() {
        place += (piece.origin[axis] + rest % piece.shape[axis]) * stride
        rest /= piece.shape[axis]
        stride *= shape[axis]
      }
      let target = UnsafeMutableRawBufferPointer(rebasing: destination[place * width..<(place + row) * width])
      target.copyMemory(from: source.slice(line * row * width..<(line + 1) * row * width))
    }
  }
}

extension WeightFormat {
  /// The checkpoints of TensorFlow 1 and 2, and the variables of a SavedModel.
  public static let tensorFlow = WeightFormat(
    name: "tf", extensions: [".index"],
    preferredNames: ["bert_model.ckpt.index", "model.ckpt.index", "variables.index"], capabilities: [.names],
    recognise: TensorFlowReader.recognise, open: TensorFlowReader.open)
}
