internal import TensorData

/// Walks through a MessagePack text; every count is compared with the bytes that are left before it is believed.
///
/// Format: msgpack/msgpack, `spec.md`.
struct MessagePackScanner: Sendable {
  /// The head of a value; what a list or map holds is read by the caller.
  enum Token: Equatable {
    case null
    case bool(Bool)
    /// A whole number, or nil if it does not fit in 63 bits.
    case int(Int?)
    case float
    case text(Range<Int>)
    case bytes(Range<Int>)
    /// An application's own type, and its payload.
    case record(type: Int8, Range<Int>)
    case array(Int)
    case map(Int)
  }

  private let file: WholeFile
  private let end: Int
  /// Where the next value begins.
  private(set) var offset: Int

  /// The deepest nesting that is followed.
  static let depthLimit = 64

  init(_ file: WholeFile, _ range: Range<Int>) {
    self.file = file
    offset = range.lowerBound
    end = range.upperBound
  }

  private var bytes: UnsafeRawBufferPointer { file.bytes }

  /// Whether everything has been read.
  var isAtEnd: Bool { offset == end }

  func error(
    _ category: WeightFileError.Category, tensor: String? = nil, at place: Int? = nil, _ message: String
  ) -> WeightFileError {
    WeightFileError(category, path: file.path, tensor: tensor, byteOffset: place ?? offset, message: message)
  }

  private mutating func number(_ width: Int) throws(WeightFileError) -> UInt64 {
    guard width <= end - offset else { throw cut(width) }
    defer { offset += width }
    return bytes[offset..<offset + width].reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func cut(_ wanted: Int) -> WeightFileError {
    error(.truncated, "\(wanted) more bytes are declared, \(end - offset) are there; fetch the file again")
  }

  private mutating func range(_ width: Int) throws(WeightFileError) -> Range<Int> {
    let length = Int(try number(width))
    guard length <= end - offset else { throw cut(length) }
    defer { offset += length }
    return offset..<offset + length
  }

  private mutating func fixed(_ length: Int) throws(WeightFileError) -> Range<Int> {
    guard length <= end - offset else { throw cut(length) }
    defer { offset += length }
    return offset..<offset + length
  }

  /// A number of items that take at least `width` bytes each.
  private mutating func count(_ stated: UInt64, _ width: Int) throws(WeightFileError) -> Int {
    guard stated <= UInt64((end - offset) / width) else { throw cut(Int(stated) * width) }
    return Int(stated)
  }

  private mutating func record(_ length: Int?, _ width: Int) throws(WeightFileError) -> Token {
    let length = if let length { length } else { Int(try number(width)) }
    let type = Int8(bitPattern: UInt8(try number(1)))
    return .record(type: type, try fixed(length))
  }

  /// The next value's head.
  mutating func next() throws(WeightFileError) -> Token {
    let place = offset
    let byte = Int(try number(1))
    switch byte {
    case 0x00...0x7F: return .int(byte)
    case 0x80...0x8F: return .map(try count(UInt64(byte & 15), 2))
    case 0x90...0x9F: return .array(try count(UInt64(byte & 15), 1))
    case 0xA0...0xBF: return .text(try fixed(byte & 31))
    case 0xC0: return .null
    case 0xC2, 0xC3: return .bool(byte == 0xC3)
    case 0xC4, 0xC5, 0xC6: return .bytes(try range(1 << (byte - 0xC4)))
    case 0xC7, 0xC8, 0xC9: return try record(nil, 1 << (byte - 0xC7))
    case 0xCA, 0xCB:
      _ = try number(byte == 0xCA ? 4 : 8)
      return .float
    case 0xCC...0xCF: return .int(Int(exactly: try number(1 << (byte - 0xCC))))
    case 0xD0...0xD3:
      let width = 1 << (byte - 0xD0)
      let shift = UInt64(64 - 8 * width)
      return .int(Int(Int64(bitPattern: try number(width) << shift) >> Int64(shift)))
    case 0xD4...0xD8: return try record(1 << (byte - 0xD4), 0)
    case 0xD9, 0xDA, 0xDB: return .text(try range(1 << (byte - 0xD9)))
    case 0xDC, 0xDD: return .array(try count(number(2 << (byte - 0xDC)), 1))
    case 0xDE, 0xDF: return .map(try count(number(2 << (byte - 0xDE)), 2))
    case 0xE0...0xFF: return .int(byte - 256)
    default: throw error(.badHeader, at: place, "the byte C1, which MessagePack never uses")
    }
  }

  /// Passes over whatever belongs to a value whose head has been read.
  mutating func skip(_ token: Token, depth: Int) throws(WeightFileError) {
    let items: Int
    switch token {
    case .array(let count): items = count
    case .map(let count): items = 2 * count
    default: return
    }
    guard depth < MessagePackScanner.depthLimit else {
      throw error(.depth, "values are nested more than \(MessagePackScanner.depthLimit) deep")
    }
    for _ in 0..<items {
      let token = try next()
      try skip(token, depth: depth + 1)
    }
  }

  /// The text of a token, which old Flax wrote as bytes; nil if it is neither.
  func text(_ token: Token) throws(WeightFileError) -> String? {
    guard case .text(let range) = token else {
      guard case .bytes(let range) = token else { return nil }
      return try text(.text(range))
    }
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw error(.badUTF8, at: range.lowerBound, "a text is not UTF-8")
    }
    return text
  }

  /// A scanner over a part of the same bytes.
  func scanner(_ range: Range<Int>) -> MessagePackScanner { MessagePackScanner(file, range) }
}
