internal import TensorData

/// The header of a NumPy `.npy` array: element type, byte order, shape and where the data begins.
///
/// Format: numpy, `lib/_format_impl.py` (versions 1.0, 2.0 and 3.0). The header is a Python literal; of Python's grammar
/// this takes what array writers emit and refuses the rest.
struct NPYHeader: Sendable {
  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
  /// The longest header text that numpy reads (`max_header_size`).
  static let lengthLimit = 10_000
  /// The most dimensions that numpy has (`NPY_MAXDIMS`).
  static let rankLimit = 64

  var dtype: DType
  /// Whether the elements are stored with their most significant byte first.
  var isBigEndian: Bool
  /// Whether the first axis is the densest.
  var isFortranOrder: Bool
  var shape: [Int]
  /// Where the data begins, from the start of the array.
  var dataOffset: Int
  /// The bytes of the data.
  var byteCount: Int
  /// A sentence for the user if the type had to be guessed.
  var note: String?

  /// How many bytes must be read to know the length of the header.
  static let prefixLength = 12

  /// The offset of the data, out of the first bytes of an array.
  ///
  /// - Parameters:
  ///   - prefix: the first 12 bytes, or all if there are fewer.
  ///   - total: how many bytes the array has in all.
  ///   - place: where errors are reported.
  /// - Returns: the offset from the start of the array.
  /// - Throws: `badMagic`, `truncated`, `unsupportedVersion`, `limit`.
  static func dataOffset(
    prefix: [UInt8], total: Int, _ place: BytePlace
  ) throws(WeightFileError) -> Int {
    guard prefix.prefix(magic.count).elementsEqual(magic.prefix(prefix.count)) else {
      let found = ForeignContent.describe(head: prefix).map { "found \($0)" } ?? "found other bytes"
      throw place.error(.badMagic, at: 0, "expected the NumPy magic, \(found)")
    }
    guard prefix.count >= 8 else {
      throw place.error(.truncated, at: prefix.count, "expected the NumPy magic and version, found \(total) bytes")
    }
    let version = (prefix[6], prefix[7])
    guard version == (1, 0) || version == (2, 0) || version == (3, 0) else {
      throw place.error(
        .unsupportedVersion, at: 6, "version \(version.0).\(version.1) of the format; 1.0, 2.0 and 3.0 are known")
    }
    let fieldEnd = version.0 == 1 ? 10 : 12
    guard prefix.count >= fieldEnd else {
      throw place.error(.truncated, at: prefix.count, "the file ends before the length of the header")
    }
    let length = prefix[8..<fieldEnd].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= total - fieldEnd else {
      throw place.error(
        .truncated, at: total, "the header has \(length) bytes, only \(total - fieldEnd) are there")
    }
    guard length <= lengthLimit else {
      throw place.error(.limit, at: 8, "a header of \(length) bytes, limit \(lengthLimit)")
    }
    return fieldEnd + length
  }

  /// Reads the header.
  ///
  /// - Parameters:
  ///   - bytes: the array up to its data.
  ///   - total: how many bytes the array has in all, data included.
  ///   - assume: what opaque types stand for.
  ///   - place: where errors are reported.
  /// - Throws: what is wrong with the header.
  init(
    _ bytes: UnsafeRawBufferPointer, total: Int, assume: [DType], _ place: BytePlace
  ) throws(WeightFileError) {
    let major = bytes[6]
    let start = major == 1 ? 10 : 12
    var parser = PythonLiteral(bytes.slice(start..<bytes.count), base: start, allowsLong: major < 3, place)
    if major == 3, !parser.isUTF8 { throw place.error(.badUTF8, at: start, "the header is not valid UTF-8") }
    guard case .dictionary(let items) = try parser.parse() else {
      throw place.error(.badHeader, at: start, "the header is no dictionary with descr, fortran_order and shape")
    }
    var fields: [String: PythonLiteral.Value] = [:]
    for (key, value) in items {
      guard ["descr", "fortran_order", "shape"].contains(key) else {
        throw place.error(.badHeader, at: start, "unknown key '\(key.printable(limit: 40))' in the header")
      }
      guard fields.updateValue(value, forKey: key) == nil else {
        throw place.error(.duplicate, at: start, "the key '\(key)' occurs twice in the header")
      }
    }
    guard let descr = fields["descr"], let order = fields["fortran_order"], let sizes = fields["shape"] else {
      throw place.error(.badHeader, at: start, "the header needs the keys descr, fortran_order and shape")
    }
    let element = try NPYElement(descr, assume: assume, place, at: start)
    guard case .bool(let isFortranOrder) = order else {
      throw place.error(.badType, at: start, "fortran_order must be True or False")
    }
    dtype = element.dtype
    isBigEndian = element.isBigEndian
    note = element.note
    self.isFortranOrder = isFortranOrder
    shape = try NPYHeader.shape(sizes, place, at: start)
    dataOffset = bytes.count
    byteCount = try TensorSize.byteCount(TensorInfo(name: "", dtype: dtype, shape: shape)) { (category, message) in
      place.error(category, at: start, message)
    }
    guard byteCount <= total - dataOffset else {
      throw place.error(
        .truncated, at: total,
        "\(dtype.rawValue) \(shape) takes \(byteCount) bytes, only \(total - dataOffset) are there")
    }
  }

  private static func shape(
    _ value: PythonLiteral.Value, _ place: BytePlace, at offset: Int
  ) throws(WeightFileError) -> [Int] {
    guard case .tuple(let sizes) = value else {
      throw place.error(.badShape, at: offset, "shape must be a tuple of sizes")
    }
    guard sizes.count <= rankLimit else {
      throw place.error(.limit, at: offset, "\(sizes.count) dimensions, limit \(rankLimit)")
    }
    var shape: [Int] = []
    for size in sizes {
      guard case .integer(let digits) = size else {
        throw place.error(.badShape, at: offset, "every size in shape must be a whole number of zero or more")
      }
      guard let size = Int(digits) else {
        throw place.error(.overflow, at: offset, "size \(digits.printable(limit: 40)) does not fit in 63 bits")
      }
      shape.append(size)
    }
    return shape
  }

  /// The tensor whose data begins at `start` of `storage`; bytes are swapped into memory where their order demands it.
  func tensor(in storage: ByteStorage, at start: Int) -> Tensor {
    var storage = storage
    var start = start
    if isBigEndian {
      let source = storage.bytes.slice(start..<start + byteCount)
      // A complex number is two numbers, each in the stored order.
      let width = dtype == .c64 ? 4 : (dtype.byteWidth ?? 1)
      storage = ByteStorage(byteCount: byteCount) { NPYHeader.swap(source, into: $0, width: width) }
      start = 0
    }
    var strides: [Int]?
    if isFortranOrder {
      var stride = 1
      strides = shape.map { size in
        defer { stride *= max(size, 1) }
        return stride
      }
    }
    return Tensor(dtype: dtype, shape: shape, strides: strides, storage: storage, byteOffset: start)
  }

  private static func swap(
    _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer, width: Int
  ) {
    func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
      for offset in stride(from: 0, to: source.count, by: width) {
        let value = source.loadUnaligned(fromByteOffset: offset, as: T.self)
        destination.storeBytes(of: value.byteSwapped, toByteOffset: offset, as: T.self)
      }
    }
    switch width {
    case 2: run(UInt16.self)
    case 4: run(UInt32.self)
    case 8: run(UInt64.self)
    default: destination.copyMemory(from: source)
    }
  }
}
