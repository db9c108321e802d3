internal import StrictJSON
internal import TensorData

/// Reads the header of a safetensors file and checks that the tensors cover the data exactly.
///
/// Format: huggingface/safetensors, README "Format" and `tensor.rs`. Stricter than that reader: a name twice, a shape
/// beyond 63 bits next to a zero, and an entry that is no object are refused; holes and overlaps are told apart.
struct SafetensorsReader {
  /// The longest header that the reference reader takes.
  static let headerLimit = 100_000_000

  private let file: MappedFile
  private let dataStart: Int
  /// Holds the header's bytes for the scanner.
  private let header: ByteStorage
  private var scanner: JSONScanner
  private var table = SafetensorsTable()
  private var entry = SafetensorsEntry()
  private var metadata: [MetadataEntry] = []

  /// Reads a file's header, or an index and the headers of the shards that it names.
  static func open(_ files: FileSet, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    if files.isIndex { return try ShardIndex(files).open(SafetensorsReader.open) }
    return try open(files.main)
  }

  /// Reads a whole file's header.
  private static func open(_ file: MappedFile) throws(WeightFileError) -> OpenedFile {
    var reader = try SafetensorsReader(file)
    do {
      try reader.readHeader()
    } catch let error as JSONError {
      throw WeightFileError(json: error, path: file.path, base: 8)
    } catch let error as WeightFileError {
      throw error
    } catch {
      throw reader.error(.badHeader, at: 8, "\(error)")
    }
    return try withExtendedLifetime(reader.header) { () throws(WeightFileError) in
      try reader.table.checked(file, dataStart: reader.dataStart, metadata: reader.metadata)
    }
  }

  static func recognise(_ probe: FileProbe) -> Confidence {
    let head = probe.head
    guard head.count > 8, head.withUnsafeBytes({ $0.little(UInt64.self, at: 0) }) <= UInt64(headerLimit) else {
      return .none
    }
    return head[8] == UInt8(ascii: "{") || head[8] == UInt8(ascii: " ") ? .certain : .none
  }

  private init(_ file: MappedFile) throws(WeightFileError) {
    self.file = file
    let length = file.head.count < 8 ? .max : file.head.withUnsafeBytes { $0.little(UInt64.self, at: 0) }
    // Writers pad the header to 8 bytes; a length that is neither plausible nor padded is the start of something else.
    let isImplausible = length > UInt64(SafetensorsReader.headerLimit) || length % 8 != 0
    let isHeader = file.head.dropFirst(8).first.map { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: " ") } ?? true
    if isImplausible, length > UInt64(file.byteCount) || !isHeader,
      let content = ForeignContent.describe(FileProbe(file))
    {
      throw WeightFileError(
        .badMagic, path: file.path, byteOffset: 0, message: "expected safetensors, found \(content)")
    }
    guard file.byteCount >= 8 else {
      throw WeightFileError(
        .truncated, path: file.path, byteOffset: file.byteCount,
        message: "expected the 8 bytes of the header's length, found \(file.byteCount); fetch the file again")
    }
    let present = file.byteCount - 8
    guard length <= UInt64(SafetensorsReader.headerLimit) else {
      throw WeightFileError(
        .limit, path: file.path, byteOffset: 0,
        message: "a header of \(length) bytes, limit \(SafetensorsReader.headerLimit); this is no safetensors file")
    }
    guard length <= UInt64(present) else {
      throw WeightFileError(
        .truncated, path: file.path, byteOffset: file.byteCount,
        message: "the header has \(length) bytes, only \(present) are there; fetch the file again")
    }
    dataStart = 8 + Int(length)
    header = try file.window(0..<dataStart).storage
    do throws(JSONError) {
      scanner = try JSONScanner(header.bytes.slice(8..<dataStart))
    } catch {
      throw WeightFileError(json: error, path: file.path, base: 8)
    }
  }

  // MARK: The header

  private mutating func readHeader() throws {
    guard try scanner.peek() == .object else {
      throw error(.badJSON, at: 8 + scanner.offset, "the header is no JSON object")
    }
    try scanner.enterObject()
    let text = header.bytes.slice(8..<dataStart)
    // An entry is hardly shorter than this; a guess that saves moving the list as it grows.
    table.reserveCapacity(text.count / 96)
    var hasMetadata = false
    while let key = try scanner.nextKey() {
      let place = 8 + key.range.lowerBound - 1
      if scanner.matches(key, "__metadata__") {
        guard !hasMetadata else { throw duplicate("__metadata__", nil, place) }
        hasMetadata = true
        try readMetadata()
      } else if let end = entry.read(text, at: scanner.offset) {
        scanner.skipValue(endingAt: end)
        table.append(
          TensorInfo(name: scanner.string(key), dtype: entry.dtype, shape: entry.shape), (entry.begin, entry.end), place
        )
      } else {
        try readEntry(scanner.string(key), place)
      }
    }
    try scanner.finish()
  }

  private mutating func readMetadata() throws {
    switch try scanner.peek() {
    case .null: try scanner.null()
    case .object:
      try scanner.enterObject()
      var keys: Set<ByteKey> = []
      while let token = try scanner.nextKey() {
        let place = 8 + token.range.lowerBound - 1
        let key = scanner.string(token)
        guard keys.insert(ByteKey(key)).inserted else { throw duplicate(key, nil, place) }
        guard try scanner.peek() == .string else {
          throw error(.badType, at: place, "__metadata__ \"\(key.printable(limit: 60))\" must be a string")
        }
        let value = try scanner.string()
        metadata.append(MetadataEntry(key: key, value: scanner.string(value)))
      }
    case let kind:
      throw error(.badType, at: 8 + scanner.offset, "__metadata__ must be an object of strings, found \(kind)")
    }
  }

  private mutating func readEntry(_ name: String, _ place: Int) throws {
    let kind = try scanner.peek()
    guard kind == .object else {
      try scanner.skipValue()
      throw error(.badType, name, at: place, "expected an object with dtype, shape and data_offsets, found \(kind)")
    }
    var dtype: DType?
    var shape: [Int]?
    var offsets: (UInt64, UInt64)?
    try scanner.enterObject()
    while let key = try scanner.nextKey() {
      let fieldPlace = 8 + key.range.lowerBound - 1
      if scanner.matches(key, "dtype") {
        guard dtype == nil else { throw duplicate("dtype", name, fieldPlace) }
        dtype = try readDType(name)
      } else if scanner.matches(key, "shape") {
        guard shape == nil else { throw duplicate("shape", name, fieldPlace) }
        shape = try readShape(name)
      } else if scanner.matches(key, "data_offsets") {
        guard offsets == nil else { throw duplicate("data_offsets", name, fieldPlace) }
        offsets = try readOffsets(name)
      } else {
        try scanner.skipValue()
      }
    }
    guard let dtype else { throw error(.badHeader, name, at: place, "the entry has no dtype") }
    guard let shape else { throw error(.badHeader, name, at: place, "the entry has no shape") }
    guard let offsets else { throw error(.badHeader, name, at: place, "the entry has no data_offsets") }
    table.append(TensorInfo(name: name, dtype: dtype, shape: shape), offsets, place)
  }

  private mutating func readDType(_ name: String) throws -> DType {
    let kind = try scanner.peek()
    let place = 8 + scanner.offset
    guard kind == .string else { throw error(.badType, name, at: place, "dtype must be a string, found \(kind)") }
    let text = scanner.string(try scanner.string())
    guard let dtype = DType(rawValue: text) else {
      let known = DType.allCases.map(\.rawValue).joined(separator: " ")
      throw error(
        .unsupportedDType, name, at: place, "unknown dtype \"\(text.printable(limit: 40))\"; the format has \(known)")
    }
    return dtype
  }

  private mutating func readShape(_ name: String) throws -> [Int] {
    var shape: [Int] = []
    let place = 8 + scanner.offset
    guard try scanner.peek() == .array else {
      throw error(.badShape, name, at: place, "shape must be a list of sizes")
    }
    try scanner.enterArray()
    while try scanner.nextElement() {
      let place = 8 + scanner.offset
      guard try scanner.peek() == .number else {
        throw error(.badShape, name, at: place, "every size in shape must be a whole number")
      }
      let token = try scanner.number()
      guard let size = scanner.unsignedInteger(token) else {
        throw error(
          .badShape, name, at: place, "size \(scanner.numberText(token).printable(limit: 40)) is no unsigned integer")
      }
      guard let fitting = Int(exactly: size) else {
        throw error(.overflow, name, at: place, "size \(size) does not fit in 63 bits")
      }
      shape.append(fitting)
    }
    return shape
  }

  private mutating func readOffsets(_ name: String) throws -> (UInt64, UInt64) {
    let place = 8 + scanner.offset
    var offsets: [UInt64] = []
    let mustBe = "data_offsets must be two whole numbers, begin and end"
    guard try scanner.peek() == .array else {
      throw error(.badType, name, at: place, mustBe)
    }
    try scanner.enterArray()
    while try scanner.nextElement() {
      guard try scanner.peek() == .number, offsets.count < 2 else {
        throw error(.badType, name, at: place, mustBe)
      }
      let token = try scanner.number()
      guard let offset = scanner.unsignedInteger(token) else { throw error(.badType, name, at: place, mustBe) }
      offsets.append(offset)
    }
    guard offsets.count == 2 else { throw error(.badType, name, at: place, mustBe) }
    guard offsets[0] <= offsets[1] else {
      throw error(
        .outOfBounds, name, at: place, "data_offsets end at \(offsets[1]), before they begin at \(offsets[0])")
    }
    return (offsets[0], offsets[1])
  }

  // MARK: Errors

  private func duplicate(_ key: String, _ tensor: String?, _ place: Int) -> WeightFileError {
    error(
      .duplicate, tensor, at: place, "\"\(key.printable(limit: 120))\" occurs twice; readers disagree on which counts")
  }

  private func error(
    _ category: WeightFileError.Category, _ tensor: String? = nil, at offset: Int, _ message: String
  ) -> WeightFileError {
    WeightFileError(category, path: file.path, tensor: tensor, byteOffset: offset, message: message)
  }
}

extension WeightFileError {
  /// What a JSON parser refused, as an error of the file that holds the text.
  init(json error: JSONError, path: String, base: Int) {
    let category: Category =
      switch error.kind {
      case .malformed, .trailing: .badJSON
      case .badUTF8: .badUTF8
      case .duplicateKey: .duplicate
      case .depth: .depth
      case .limit: .limit
      case .unexpectedKind: .badType
      }
    self.init(category, path: path, byteOffset: base + error.offset, message: error.message)
  }
}
