internal import TensorData

/// Reads what `flax.serialization` writes: nested maps whose leaves are arrays; a tensor's name is its path joined with "/".
///
/// Format: google/flax, `serialization.py`. Arrays lie in the file as tensors want them, at any address; those of more than
/// 2^30 bytes come in chunks and are put together when they are asked for.
struct FlaxReader: Sendable {
  /// An array, or a chunk of one.
  private struct Array: Sendable {
    let dtype: DType
    let shape: [Int]
    let bytes: Range<Int>
  }

  private struct Entry: Sendable {
    let name: String
    let dtype: DType
    let shape: [Int]
    let pieces: [Range<Int>]
  }

  private let file: WholeFile
  private var scanner: MessagePackScanner
  private var entries: [Entry] = []
  private var names: Set<ByteKey> = []
  private var leftOut: [String: Int] = [:]

  private static let arrayType: Int8 = 1
  private static let complexType: Int8 = 2
  private static let scalarType: Int8 = 3
  private static let chunkMark = "__msgpack_chunked_array__"
  private static let rankLimit = 64

  // swift-format-ignore
  /// The element types by NumPy's names, and those of ml_dtypes.
  private static let types: [String: DType] = [
    "bool": .bool, "uint8": .u8, "int8": .i8, "uint16": .u16, "int16": .i16, "uint32": .u32, "int32": .i32,
    "uint64": .u64, "int64": .i64, "float16": .f16, "bfloat16": .bf16, "float32": .f32, "float64": .f64,
    "complex64": .c64, "float8_e4m3fn": .f8e4m3, "float8_e5m2": .f8e5m2, "float8_e4m3fnuz": .f8e4m3fnuz,
    "float8_e5m2fnuz": .f8e5m2fnuz, "float8_e8m0fnu": .f8e8m0,
  ]

  static func recognise(_ probe: FileProbe) -> Confidence { MessagePackWalk.isWhole(probe) ? .certain : .none }

  static func open(_ files: FileSet, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    guard files.isIndex else { return try open(files.main) }
    return try ShardIndex(files).open(FlaxReader.open)
  }

  private static func open(_ file: MappedFile) throws(WeightFileError) -> OpenedFile {
    var reader = FlaxReader(try WholeFile(file))
    try reader.read()
    return reader.opened()
  }

  private init(_ file: WholeFile) {
    self.file = file
    scanner = MessagePackScanner(file, 0..<file.bytes.count)
  }

  // MARK: The tree

  private mutating func read() throws(WeightFileError) {
    switch try scanner.next() {
    case .map(let count): try readMap(count, "", depth: 0)
    case .array(let count):
      try scanner.skip(.array(count), depth: 0)
      throw scanner.error(.badType, at: 0, "the outermost value is a list; a checkpoint is a map of names")
    default: throw scanner.error(.badMagic, at: 0, "the outermost value is no map; this is no Flax checkpoint")
    }
    guard scanner.isAtEnd else { throw scanner.error(.trailing, "bytes follow the end of the map") }
  }

  private mutating func readMap(_ count: Int, _ path: String, depth: Int) throws(WeightFileError) {
    guard depth < MessagePackScanner.depthLimit else {
      throw scanner.error(.depth, "maps are nested more than \(MessagePackScanner.depthLimit) deep")
    }
    var keys: Set<ByteKey> = []
    for index in 0..<count {
      let place = scanner.offset
      let token = try scanner.next()
      guard let key = try scanner.text(token) else { throw scanner.error(.badType, at: place, "a key is no text") }
      guard keys.insert(ByteKey(key)).inserted else {
        throw scanner.error(.duplicate, tensor: path, at: place, "the key \"\(key.printable(limit: 80))\" occurs twice")
      }
      if key == FlaxReader.chunkMark {
        guard index == 0 else { throw scanner.error(.badHeader, at: place, "an array in chunks among other values") }
        return try readChunked(count, path)
      }
      try readValue(path.isEmpty ? key : "\(path)/\(key)", depth)
    }
  }

  private mutating func readValue(_ name: String, _ depth: Int) throws(WeightFileError) {
    let place = scanner.offset
    switch try scanner.next() {
    case .map(let count): try readMap(count, name, depth: depth + 1)
    case .record(let type, let payload):
      switch type {
      case FlaxReader.scalarType where try isWideComplex(payload): leftOut["complex numbers", default: 0] += 1
      case FlaxReader.arrayType, FlaxReader.scalarType:
        let array = try readArray(payload, name)
        try add(Entry(name: name, dtype: array.dtype, shape: array.shape, pieces: [array.bytes]), place)
      case FlaxReader.complexType: leftOut["complex numbers", default: 0] += 1
      default:
        throw scanner.error(.unsupported, tensor: name, at: place, "a record of type \(type), which Flax does not have")
      }
    case .null: break
    case let token:
      let what =
        switch token {
        case .text: "texts"
        case .bytes: "bytes"
        case .array: "lists"
        default: "numbers"
        }
      leftOut[what, default: 0] += 1
      try scanner.skip(token, depth: depth + 1)
    }
  }

  /// Whether a scalar is a Python complex number, which NumPy keeps as two F64: no tensor has such elements.
  private func isWideComplex(_ payload: Range<Int>) throws(WeightFileError) -> Bool {
    var inner = scanner.scanner(payload)
    guard try inner.next() == .array(3), try inner.next() == .array(0) else { return false }
    let type = try inner.next()
    return try inner.text(type) == "complex128"
  }

  private mutating func add(_ entry: Entry, _ place: Int) throws(WeightFileError) {
    guard names.insert(ByteKey(entry.name)).inserted else {
      throw scanner.error(
        .duplicate, tensor: entry.name, at: place, "two arrays have this name when their paths are joined")
    }
    entries.append(entry)
  }

  // MARK: Arrays

  /// The payload of an array: its shape, the name of its type, its bytes.
  private func readArray(_ payload: Range<Int>, _ name: String) throws(WeightFileError) -> Array {
    var inner = scanner.scanner(payload)
    func wrong(_ category: WeightFileError.Category, _ message: String) -> WeightFileError {
      inner.error(category, tensor: name, at: payload.lowerBound, message)
    }
    guard case .array(3) = try inner.next() else {
      throw wrong(.badHeader, "an array must have a shape, a type and bytes")
    }
    guard case .array(let rank) = try inner.next() else { throw wrong(.badType, "the shape is no list") }
    guard rank <= FlaxReader.rankLimit else {
      throw wrong(.limit, "\(rank) axes; the limit is \(FlaxReader.rankLimit)")
    }
    var shape: [Int] = []
    for _ in 0..<rank {
      switch try inner.next() {
      case .int(let size?) where size >= 0: shape.append(size)
      case .int(nil): throw wrong(.overflow, "an axis is too long")
      default: throw wrong(.badShape, "a size is no whole number, or is negative")
      }
    }
    let type = try inner.next()
    guard let typeName = try inner.text(type) else { throw wrong(.badType, "the type is no name") }
    guard let dtype = FlaxReader.types[typeName] else {
      throw wrong(.unsupportedDType, "elements of type \"\(typeName.printable(limit: 40))\"")
    }
    guard case .bytes(let bytes) = try inner.next() else { throw wrong(.badType, "the data are no bytes") }
    guard inner.isAtEnd else { throw inner.error(.trailing, tensor: name, "something follows the array in its record") }
    let byteCount = try byteCount(shape, dtype, wrong)
    guard bytes.count == byteCount else {
      throw wrong(.sizeMismatch, "\(bytes.count) bytes for \(shape) of \(dtype.rawValue), which takes \(byteCount)")
    }
    return Array(dtype: dtype, shape: shape, bytes: bytes)
  }

  private func byteCount(
    _ shape: [Int], _ dtype: DType, _ wrong: (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) -> Int {
    var count = dtype.bitWidth / 8
    for size in shape where size > 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw wrong(.overflow, "\(shape) elements are too many") }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  /// The rest of a map that begins with the mark of an array in chunks.
  private mutating func readChunked(_ count: Int, _ name: String) throws(WeightFileError) {
    let place = scanner.offset
    _ = try scanner.next()
    var shape: [Int]?
    var chunks: [Array]?
    for _ in 1..<count {
      let token = try scanner.next()
      switch try scanner.text(token) {
      case "shape"?:
        shape = try readList(name) { (reader, _) throws(WeightFileError) in
          guard case .int(let size?) = try reader.scanner.next(), size >= 0 else {
            throw reader.scanner.error(.badShape, tensor: name, "a size is no whole number")
          }
          return size
        }
      case "chunks"?:
        chunks = try readList(name) { (reader, _) throws(WeightFileError) in
          guard case .record(FlaxReader.arrayType, let payload) = try reader.scanner.next() else {
            throw reader.scanner.error(.badType, tensor: name, "a chunk is no array")
          }
          return try reader.readArray(payload, name)
        }
      default: throw scanner.error(.badHeader, tensor: name, "an array in chunks has a shape and chunks alone")
      }
    }
    guard let shape, let chunks, let first = chunks.first else {
      throw scanner.error(.missing, tensor: name, at: place, "an array in chunks without its shape or its chunks")
    }
    guard chunks.allSatisfy({ $0.dtype == first.dtype }) else {
      throw scanner.error(.mismatch, tensor: name, at: place, "its chunks are of several types")
    }
    let total = chunks.reduce(0) { $0 + $1.bytes.count }
    let scanner = scanner
    let wanted = try byteCount(shape, first.dtype) { scanner.error($0, tensor: name, at: place, $1) }
    guard total == wanted else {
      throw scanner.error(
        .sizeMismatch, tensor: name, at: place, "its chunks have \(total) bytes; \(shape) takes \(wanted)")
    }
    try add(Entry(name: name, dtype: first.dtype, shape: shape, pieces: chunks.map(\.bytes)), place)
  }

  /// A list as Flax writes it: a map whose keys are "0", "1" and so on, in that order.
  private mutating func readList<T>(
    _ name: String, _ item: (inout FlaxReader, Int) throws(WeightFileError) -> T
  ) throws(WeightFileError) -> [T] {
    guard case .map(let count) = try scanner.next() else { throw scanner.error(.badType, tensor: name, "no list") }
    var items: [(place: Int, item: T)] = []
    var places: Set<Int> = []
    for _ in 0..<count {
      let token = try scanner.next()
      guard let key = try scanner.text(token).flatMap(Int.init), places.insert(key).inserted else {
        throw scanner.error(.badHeader, tensor: name, "a list has the keys \"0\", \"1\" and so on")
      }
      items.append((key, try item(&self, key)))
    }
    guard places == Set(0..<count) else { throw scanner.error(.missing, tensor: name, "a list has gaps") }
    return items.sorted { $0.place < $1.place }.map(\.item)
  }

  // MARK: The result

  private func opened() -> OpenedFile {
    let order = entries.indices.sorted { entries[$0].pieces[0].lowerBound < entries[$1].pieces[0].lowerBound }
    var listing = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() { listing[index] = position }
    let sorted = order.map { entries[$0] }
    let file = file
    let tensors = sorted.map { entry -> StoredTensor in
      let extents = entry.pieces.map { Extent(path: file.path, byteOffset: $0.lowerBound, byteCount: $0.count) }
      return StoredTensor(
        info: TensorInfo(name: entry.name, dtype: entry.dtype, shape: entry.shape), extents[0],
        further: Swift.Array(extents.dropFirst()))
    }
    let notes = leftOut.sorted { $0.key < $1.key }.map { "\($0.value) values that are \($0.key) were left out" }
    return OpenedFile(tensors: tensors, notes: notes, listing: listing) { (index) throws(WeightFileError) in
      let entry = sorted[index]
      if entry.pieces.count == 1 {
        return TensorAssembly(
          whole: Tensor(
            dtype: entry.dtype, shape: entry.shape, storage: file.storage, byteOffset: entry.pieces[0].lowerBound))
      }
      let joined = Tensor(dtype: entry.dtype, shape: entry.shape) { destination in
        var offset = 0
        for piece in entry.pieces {
          let target = UnsafeMutableRawBufferPointer(rebasing: destination[offset..<offset + piece.count])
          target.copyMemory(from: file.bytes.slice(piece))
          offset += piece.count
        }
      }
      return TensorAssembly(whole: joined)
    }
  }
}

extension WeightFormat {
  /// The format of Flax models.
  public static let messagePack = WeightFormat(
    name: "msgpack", extensions: [".msgpack"], preferredNames: ["flax_model.msgpack", "flax_model.msgpack.index.json"],
    indexEnding: ".msgpack.index.json", capabilities: [.names, .shards], recognise: FlaxReader.recognise,
    open: FlaxReader.open)
}
