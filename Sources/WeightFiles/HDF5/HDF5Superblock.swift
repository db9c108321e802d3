internal import TensorData

/// The beginning of an HDF5 file: widths, and where the root group is.
struct HDF5Superblock {
  private(set) var image: HDF5Image
  /// The object header of the root group.
  private(set) var root: UInt64
  /// How many bytes follow the declared end.
  private(set) var surplus = 0

  static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Where the signature stands: at the beginning, or at 512 times a power of two behind a user block.
  static func find(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var offset = 0
    while bytes.count - offset >= signature.count {
      if bytes[offset..<offset + signature.count].elementsEqual(signature) { return offset }
      offset = offset == 0 ? 512 : 2 * offset
    }
    return nil
  }

  init(_ file: WholeFile) throws(WeightFileError) {
    guard let base = HDF5Superblock.find(file.bytes) else {
      let isCut = file.bytes.count < 8 && file.bytes.elementsEqual(HDF5Superblock.signature.prefix(file.bytes.count))
      throw WeightFileError(
        isCut ? .truncated : .badMagic, path: file.path, byteOffset: 0,
        message: isCut ? "only \(file.bytes.count) bytes; fetch the file again" : "the signature of HDF5 is not there")
    }
    image = HDF5Image(file: file, base: base)
    root = 0
    var cursor = HDF5Cursor(image, base + 8..<file.bytes.count, "superblock")
    do throws(WeightFileError) {
      try read(&cursor)
    } catch {
      // What is missing at the end of so short a file was cut off.
      guard error.category == .badHeader, cursor.left < 16, file.bytes.count - base < 128 else { throw error }
      throw cursor.error(.truncated, "the file ends inside it; fetch the file again")
    }
  }

  private mutating func read(_ cursor: inout HDF5Cursor) throws(WeightFileError) {
    let version = try cursor.byte()
    switch version {
    case 0, 1: try readOld(&cursor, version)
    case 2, 3: try readNew(&cursor)
    default: throw cursor.error(.unsupportedVersion, "version \(version); versions 0 to 3 are read")
    }
  }

  private mutating func setWidths(_ cursor: HDF5Cursor, _ address: Int, _ length: Int) throws(WeightFileError) {
    guard [2, 4, 8].contains(address), [2, 4, 8].contains(length) else {
      throw cursor.error(.badHeader, "addresses of \(address) bytes, lengths of \(length)")
    }
    image.addressWidth = address
    image.lengthWidth = length
  }

  private mutating func readOld(_ cursor: inout HDF5Cursor, _ version: Int) throws(WeightFileError) {
    try cursor.skip(4)
    try setWidths(cursor, try cursor.byte(), try cursor.byte())
    try cursor.skip(9 + (version == 1 ? 4 : 0))
    var rest = HDF5Cursor(image, cursor.offset..<cursor.range.upperBound, cursor.what)
    defer { cursor.offset = rest.offset }
    _ = try rest.address()
    _ = try rest.address()
    try checkEnd(rest, try rest.definedAddress())
    _ = try rest.address()
    try rest.skip(image.addressWidth)
    root = try rest.definedAddress()
  }

  private mutating func readNew(_ cursor: inout HDF5Cursor) throws(WeightFileError) {
    try setWidths(cursor, try cursor.byte(), try cursor.byte())
    try cursor.skip(1)
    var rest = HDF5Cursor(image, image.base..<cursor.range.upperBound, cursor.what)
    rest.offset = cursor.offset
    defer { cursor.offset = rest.offset }
    _ = try rest.address()
    _ = try rest.address()
    let end = try rest.definedAddress()
    root = try rest.definedAddress()
    try rest.checkChecksum()
    try checkEnd(rest, end)
  }

  /// The declared end counts the user block.
  private mutating func checkEnd(_ cursor: HDF5Cursor, _ end: UInt64) throws(WeightFileError) {
    let size = image.file.bytes.count
    guard end <= UInt64(size) else {
      throw cursor.error(.truncated, "the file has \(size) bytes of \(end); fetch the file again")
    }
    surplus = size - Int(end)
  }
}
