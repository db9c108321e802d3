internal import TensorData

/// Walks through the fields of one protobuf message without building it.
///
/// Format: "Protocol Buffers: Encoding", protobuf.dev. Groups, which no format here uses, are refused.
struct ProtobufCursor {
  /// The value of a field, by how it is encoded.
  enum Value {
    /// A number of up to 64 bits.
    case varint(UInt64)
    /// Eight bytes.
    case fixed64(UInt64)
    /// Four bytes.
    case fixed32(UInt32)
    /// A text, bytes, or a message of its own: positions in the buffer.
    case bytes(Range<Int>)
  }

  private let bytes: UnsafeRawBufferPointer
  private let end: Int
  /// Makes an error at a position in the buffer.
  private let fail: (Int, String) -> WeightFileError
  /// Where the next field begins.
  private(set) var offset: Int

  /// Starts at the first field of a message.
  ///
  /// - Parameters:
  ///   - bytes: a buffer that holds the message.
  ///   - range: the message's place in it.
  ///   - fail: makes an error of the file that the buffer belongs to.
  init(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, fail: @escaping (Int, String) -> WeightFileError
  ) {
    self.bytes = bytes
    offset = range.lowerBound
    end = range.upperBound
    self.fail = fail
  }

  /// A message inside this one.
  func message(_ range: Range<Int>) -> ProtobufCursor { ProtobufCursor(bytes, range, fail: fail) }

  /// The next field, or nil at the end.
  mutating func next() throws(WeightFileError) -> (number: Int, value: Value)? {
    guard offset < end else { return nil }
    let key = try varint()
    guard let number = Int(exactly: key >> 3), number > 0, number < 1 << 29 else {
      throw fail(offset, "a field of number \(key >> 3)")
    }
    switch key & 7 {
    case 0: return (number, .varint(try varint()))
    case 1:
      let place = try take(8)
      return (number, .fixed64(bytes.little(UInt64.self, at: place.lowerBound)))
    case 2:
      let length = try varint()
      guard length <= UInt64(end - offset) else { throw fail(offset, "a field of \(length) bytes") }
      return (number, .bytes(try take(Int(length))))
    case 5:
      let place = try take(4)
      return (number, .fixed32(bytes.little(UInt32.self, at: place.lowerBound)))
    case let kind: throw fail(offset, "a field of wire type \(kind)")
    }
  }

  /// A number of seven bits a byte, as packed fields hold them.
  mutating func varint() throws(WeightFileError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard offset < end else { throw fail(offset, "a number without an end") }
      let byte = bytes[offset]
      offset += 1
      guard shift < 63 || byte < 2 else { throw fail(offset, "a number of more than 64 bits") }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw fail(offset, "a number of more than 64 bits")
  }

  private mutating func take(_ count: Int) throws(WeightFileError) -> Range<Int> {
    guard count <= end - offset else { throw fail(offset, "\(count) bytes are needed, \(end - offset) are left") }
    defer { offset += count }
    return offset..<offset + count
  }
}
