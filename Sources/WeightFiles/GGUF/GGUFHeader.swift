internal import StrictJSON
internal import TensorData

/// What the header of a GGUF file says: metadata, and the tensors with the places of their bytes.
///
/// Format: ggml, `docs/gguf.md`, versions 2 and 3 (little-endian). Stricter than ggml and gguf-py: sizes are compared with
/// the file, sums may not overflow, tensors may neither overlap nor leave gaps.
struct GGUFHeader {
  /// A tensor as the header lists it.
  struct Entry {
    let name: String
    let type: GGMLType
    /// The size of each axis, outermost first; the file has them the other way round.
    let shape: [Int]
    /// Where the bytes begin in the file.
    var byteOffset: Int
    let byteCount: Int
    /// Where the header lists it.
    let place: Int
  }

  private(set) var metadata: [(key: String, value: GGUFValue)] = []
  private(set) var tensors: [Entry] = []
  private(set) var notes: [String] = []

  /// The metadata as a configuration file would have it, without vocabularies and other long lists.
  var configuration: JSONValue {
    var object = JSONObject()
    for (key, value) in metadata { object[key] = value.json }
    return .object(object)
  }

  /// The whole number that a key has, or nil.
  func int(_ key: String) -> Int? { metadata.first { $0.key == key }?.value.json?.int }

  static let magic = Array("GGUF".utf8)
  /// The alignment of tensors where the file does not state another (`GGUF_DEFAULT_ALIGNMENT`).
  private static let usualAlignment = 32
  private static let alignmentKey = "general.alignment"

  /// Reads a header.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - path: the file, for errors.
  /// - Throws: what is wrong, and at which byte.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(WeightFileError) {
    var scanner = GGUFScanner(bytes, path: path, offset: 0)
    guard bytes.prefix(4).elementsEqual(GGUFHeader.magic.prefix(bytes.count)) else {
      throw scanner.error(.badMagic, "a GGUF file begins with \"GGUF\"")
    }
    guard bytes.count >= 4 else { throw scanner.error(.truncated, "only \(bytes.count) bytes") }
    scanner = GGUFScanner(bytes, path: path, offset: 4)
    try GGUFHeader.checkVersion(&scanner, bytes)
    let tensorCount = try scanner.count(of: "tensors", atLeast: 1)
    let keyCount = try scanner.count(of: "keys", atLeast: 1)
    try readMetadata(&scanner, keyCount)
    let alignment = try alignment(scanner)
    for _ in 0..<tensorCount { tensors.append(try readEntry(&scanner)) }
    try checkNames(scanner)
    try place(scanner, alignment, bytes.count)
  }

  private static func checkVersion(
    _ scanner: inout GGUFScanner, _ bytes: UnsafeRawBufferPointer
  ) throws(WeightFileError) {
    let version = try scanner.number(UInt32.self)
    guard version != 2, version != 3 else { return }
    let swapped = version.byteSwapped
    // A big-endian file has its counts swapped as well: the small numbers stand at their ends.
    if swapped == 2 || swapped == 3, bytes.count >= 24, bytes.little(UInt64.self, at: 8).byteSwapped < 1 << 32 {
      throw scanner.error(.unsupported, at: 4, "a big-endian file, which ggml does not read here either")
    }
    throw scanner.error(.unsupportedVersion, at: 4, "version \(version) of GGUF; versions 2 and 3 are read")
  }

  private mutating func readMetadata(_ scanner: inout GGUFScanner, _ count: Int) throws(WeightFileError) {
    var keys: Set<ByteKey> = []
    for _ in 0..<count {
      let place = scanner.offset
      let key = try scanner.string("key", limit: GGUFScanner.keyLimit)
      guard !key.isEmpty else { throw scanner.error(.badName, at: place, "a key without a name") }
      guard keys.insert(ByteKey(key)).inserted else {
        throw scanner.error(.duplicate, at: place, "the key \"\(key.printable(limit: 80))\" occurs twice")
      }
      let kind = try scanner.kind()
      guard key != GGUFHeader.alignmentKey || kind == .u32 else {
        throw scanner.error(.badType, at: place, "\(key) must be of type u32")
      }
      metadata.append((key, try scanner.value(kind)))
    }
  }

  private func alignment(_ scanner: GGUFScanner) throws(WeightFileError) -> Int {
    guard case .unsigned(let stated)? = metadata.first(where: { $0.key == GGUFHeader.alignmentKey })?.value else {
      return GGUFHeader.usualAlignment
    }
    guard stated.nonzeroBitCount == 1 else {
      throw scanner.error(.alignment, "\(GGUFHeader.alignmentKey) is \(stated), which is no power of two")
    }
    return Int(stated)
  }

  private func readEntry(_ scanner: inout GGUFScanner) throws(WeightFileError) -> Entry {
    let place = scanner.offset
    let name = try scanner.string("name of a tensor", limit: GGUFScanner.nameLimit)
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw scanner.error(.badName, tensor: name, at: place, "the name is empty or has a NUL in it")
    }
    let rank = try scanner.number(UInt32.self)
    guard rank <= 4 else { throw scanner.error(.limit, tensor: name, at: place, "\(rank) axes; ggml has four") }
    var axes: [Int] = []
    var elementCount = 1
    for _ in 0..<rank {
      let stated = try scanner.number(UInt64.self)
      guard let size = Int(exactly: stated) else {
        throw scanner.error(.overflow, tensor: name, at: place, "an axis of \(stated)")
      }
      axes.append(size)
    }
    for size in axes where size > 0 {
      let (product, overflow) = elementCount.multipliedReportingOverflow(by: size)
      guard !overflow else { throw scanner.error(.overflow, tensor: name, at: place, "\(axes) elements are too many") }
      elementCount = product
    }
    if axes.contains(0) { elementCount = 0 }
    let code = try scanner.number(UInt32.self)
    guard let type = GGMLType.all[code] else {
      throw scanner.error(.unsupportedDType, tensor: name, at: place, "elements of type \(code), which ggml has not")
    }
    guard (axes.first ?? 1) % type.elementCount == 0 else {
      throw scanner.error(
        .badShape, tensor: name, at: place,
        "rows of \(axes.first ?? 1) elements; \(type.name) comes in blocks of \(type.elementCount)")
    }
    let (byteCount, overflow) = (elementCount / type.elementCount).multipliedReportingOverflow(by: type.byteCount)
    guard !overflow else { throw scanner.error(.overflow, tensor: name, at: place, "\(axes) elements are too many") }
    let offset = try scanner.number(UInt64.self)
    guard let offset = Int(exactly: offset) else {
      throw scanner.error(.outOfBounds, tensor: name, at: place, "its bytes begin at \(offset)")
    }
    return Entry(
      name: name, type: type, shape: axes.reversed(), byteOffset: offset, byteCount: byteCount, place: place)
  }

  private func checkNames(_ scanner: GGUFScanner) throws(WeightFileError) {
    var names: Set<ByteKey> = []
    for tensor in tensors where !names.insert(ByteKey(tensor.name)).inserted {
      throw scanner.error(.duplicate, tensor: tensor.name, at: tensor.place, "the name occurs twice")
    }
  }

  /// Turns offsets into places in the file and holds them against each other and the file's end.
  private mutating func place(
    _ scanner: GGUFScanner, _ alignment: Int, _ fileSize: Int
  ) throws(WeightFileError) {
    var total = 0
    for tensor in tensors {
      let (padded, first) = tensor.byteCount.addingReportingOverflow(alignment - 1)
      let (sum, second) = total.addingReportingOverflow(padded)
      guard !first, !second else {
        throw scanner.error(.overflow, tensor: tensor.name, at: tensor.place, "the tensors take more than 2^63 bytes")
      }
      total = sum
    }
    func aligned(_ offset: Int) -> Int { (offset + alignment - 1) & ~(alignment - 1) }
    let start = aligned(scanner.offset)
    var end = 0
    for index in tensors.indices.sorted(by: { tensors[$0].byteOffset < tensors[$1].byteOffset }) {
      let tensor = tensors[index]
      func wrong(_ category: WeightFileError.Category, _ message: String) -> WeightFileError {
        scanner.error(category, tensor: tensor.name, at: tensor.place, message)
      }
      guard tensor.byteOffset % alignment == 0 else {
        throw wrong(.alignment, "offset \(tensor.byteOffset) is no multiple of \(alignment)")
      }
      guard tensor.byteOffset <= max(0, fileSize - start) || tensor.byteOffset == end else {
        throw wrong(.outOfBounds, "offset \(tensor.byteOffset) lies behind the file's \(fileSize) bytes")
      }
      guard tensor.byteOffset >= end || tensor.byteCount == 0 else {
        throw wrong(.overlap, "its bytes begin at offset \(tensor.byteOffset), inside those of another tensor")
      }
      guard tensor.byteOffset <= aligned(end) else {
        throw wrong(.hole, "\(tensor.byteOffset - aligned(end)) bytes before it belong to no tensor")
      }
      guard tensor.byteCount <= fileSize - start - tensor.byteOffset else {
        throw wrong(
          .truncated, "\(tensor.byteCount) bytes from \(start + tensor.byteOffset) on; the file has \(fileSize)")
      }
      end = max(end, tensor.byteOffset + tensor.byteCount)
      tensors[index].byteOffset += start
    }
    if !tensors.isEmpty, fileSize > start + aligned(end) {
      notes.append("\(fileSize - start - aligned(end)) bytes behind the last tensor were ignored")
    }
  }
}
