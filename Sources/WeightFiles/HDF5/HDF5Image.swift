internal import TensorData

/// The bytes of an HDF5 file, with the widths of addresses and lengths that its superblock states.
///
/// Format: "HDF5 File Format Specification Version 3.0", The HDF Group. Addresses count from the signature, which may stand
/// behind a user block.
struct HDF5Image: Sendable {
  let file: WholeFile
  /// Where the signature stands; addresses count from here.
  let base: Int
  /// How many bytes an address takes.
  var addressWidth = 8
  /// How many bytes a length takes.
  var lengthWidth = 8

  func error(
    _ category: WeightFileError.Category, at place: Int? = nil, object: String? = nil, _ message: String
  ) -> WeightFileError {
    WeightFileError(category, path: file.path, tensor: object, byteOffset: place, message: message)
  }

  /// The place in the file of `count` bytes at an address.
  ///
  /// - Parameters:
  ///   - address: where they begin, as the file says it.
  ///   - count: how many there are.
  ///   - what: what they are, for the error.
  /// - Returns: their positions in the file.
  /// - Throws: `outOfBounds` if the file does not have them.
  func range(_ address: UInt64, _ count: UInt64, _ what: String) throws(WeightFileError) -> Range<Int> {
    let size = UInt64(file.bytes.count - base)
    guard address <= size, count <= size - address else {
      throw error(
        .outOfBounds, "\(what): \(count) bytes at address \(address); the file has \(size) bytes of addresses")
    }
    let start = base + Int(address)
    return start..<start + Int(count)
  }

  /// A cursor over `count` bytes at an address.
  func cursor(_ address: UInt64, _ count: UInt64, _ what: String) throws(WeightFileError) -> HDF5Cursor {
    HDF5Cursor(self, try range(address, count, what), what)
  }

  /// A cursor from an address to the end of the file, for structures that say their own size.
  func cursor(from address: UInt64, _ what: String) throws(WeightFileError) -> HDF5Cursor {
    let start = try range(address, 0, what).lowerBound
    return HDF5Cursor(self, start..<file.bytes.count, what)
  }
}

/// Reads the fields of one structure in turn; a structure that ends too early is an error.
struct HDF5Cursor {
  let image: HDF5Image
  /// The structure, in positions of the file.
  let range: Range<Int>
  /// What the structure is, for errors.
  let what: String
  /// Where the next field begins.
  var offset: Int

  init(_ image: HDF5Image, _ range: Range<Int>, _ what: String) {
    self.image = image
    self.range = range
    self.what = what
    offset = range.lowerBound
  }

  /// How many bytes of the structure are left.
  var left: Int { range.upperBound - offset }

  func error(_ category: WeightFileError.Category, _ message: String) -> WeightFileError {
    image.error(category, at: offset, "\(what): \(message)")
  }

  mutating func skip(_ count: Int) throws(WeightFileError) { _ = try take(count) }

  mutating func take(_ count: Int) throws(WeightFileError) -> Range<Int> {
    guard count >= 0, count <= left else { throw error(.badHeader, "\(count) bytes are needed, \(left) are left") }
    defer { offset += count }
    return offset..<offset + count
  }

  /// A little-endian number of `width` bytes, eight at most.
  mutating func number(_ width: Int) throws(WeightFileError) -> UInt64 {
    let place = try take(width)
    var value: UInt64 = 0
    for (index, byte) in image.file.bytes[place].enumerated() { value |= UInt64(byte) << (8 * UInt64(index)) }
    return value
  }

  mutating func byte() throws(WeightFileError) -> Int { Int(try number(1)) }

  mutating func word() throws(WeightFileError) -> Int { Int(try number(2)) }

  mutating func long() throws(WeightFileError) -> Int { Int(try number(4)) }

  mutating func length() throws(WeightFileError) -> UInt64 { try number(image.lengthWidth) }

  /// An address, or nil for the undefined one: all bits set.
  mutating func address() throws(WeightFileError) -> UInt64? {
    let value = try number(image.addressWidth)
    return value == .max >> UInt64(64 - 8 * image.addressWidth) ? nil : value
  }

  /// An address that must be defined.
  mutating func definedAddress() throws(WeightFileError) -> UInt64 {
    guard let address = try address() else { throw error(.badHeader, "an address is undefined") }
    return address
  }

  mutating func expect(_ signature: StaticString) throws(WeightFileError) {
    let place = try take(signature.utf8CodeUnitCount)
    let isRight = signature.withUTF8Buffer { image.file.bytes[place].elementsEqual($0) }
    guard isRight else {
      throw image.error(.badHeader, at: place.lowerBound, "\(what): expected \"\(signature)\"")
    }
  }

  mutating func expectVersion(_ versions: Int...) throws(WeightFileError) -> Int {
    let version = try byte()
    guard versions.contains(version) else { throw error(.unsupportedVersion, "version \(version)") }
    return version
  }

  /// Compares the checksum that follows with that of the structure so far.
  mutating func checkChecksum() throws(WeightFileError) {
    let computed = HDF5Checksum.lookup3(image.file.bytes.slice(range.lowerBound..<offset))
    let stored = UInt32(try number(4))
    guard computed == stored else { throw error(.crc, "the checksum does not agree; the file is damaged") }
  }

  /// A text of `count` bytes, up to its first NUL.
  mutating func text(_ count: Int) throws(WeightFileError) -> String {
    let place = try take(count)
    let bytes = image.file.bytes[place].prefix { $0 != 0 }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw image.error(.badUTF8, at: place.lowerBound, "\(what): a name is not UTF-8")
    }
    return text
  }
}
