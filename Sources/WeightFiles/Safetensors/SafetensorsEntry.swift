internal import TensorData

/// Reads an entry of a safetensors header that is written as the reference writer does it, without a JSON parser.
///
///     {"dtype":"F32","shape":[768,768],"data_offsets":[0,2359296]}
///
/// Whatever differs in the least (white space, another order, escapes, more digits than fit) is left to the reader that
/// knows all of JSON and can say what is wrong.
struct SafetensorsEntry {
  private(set) var dtype = DType.f32
  /// The sizes; kept from entry to entry, so that equal shapes share their memory.
  private(set) var shape: [Int] = []
  private(set) var begin: UInt64 = 0
  private(set) var end: UInt64 = 0

  private var sizes: [Int] = []
  private var lastCode: UInt64 = 0

  /// The spellings of element types of at most eight bytes, as numbers.
  private static let codes: [(code: UInt64, dtype: DType)] = DType.allCases.compactMap { dtype in
    guard dtype.rawValue.utf8.count <= 8 else { return nil }
    return (dtype.rawValue.utf8.reduce(0) { $0 << 8 | UInt64($1) }, dtype)
  }

  /// Reads an entry.
  ///
  /// - Parameters:
  ///   - bytes: the header.
  ///   - start: where the entry begins.
  /// - Returns: where it ends; nil if it is to be read by others, and the fields mean nothing then.
  mutating func read(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int? {
    var cursor = Cursor(bytes: bytes, offset: start)
    guard cursor.skip("{\"dtype\":\""), let code = cursor.code(), cursor.skip("\",\"shape\":[") else { return nil }
    if code != lastCode {
      guard let known = SafetensorsEntry.codes.first(where: { $0.code == code })?.dtype else { return nil }
      dtype = known
      lastCode = code
    }
    sizes.removeAll(keepingCapacity: true)
    if !cursor.skip("]") {
      repeat {
        guard let size = cursor.number() else { return nil }
        sizes.append(Int(size))
      } while cursor.skip(",")
      guard cursor.skip("]") else { return nil }
    }
    guard cursor.skip(",\"data_offsets\":["), let begin = cursor.number(), cursor.skip(","),
      let end = cursor.number(), cursor.skip("]}"), begin <= end
    else { return nil }
    if sizes != shape { shape = sizes }
    self.begin = begin
    self.end = end
    return cursor.offset
  }

  /// A place in the header.
  private struct Cursor {
    let bytes: UnsafeRawBufferPointer
    var offset: Int

    /// Moves over a text if it stands here.
    @inline(__always)
    mutating func skip(_ text: StaticString) -> Bool {
      let count = text.utf8CodeUnitCount
      guard count <= bytes.count - offset else { return false }
      let start = text.utf8Start
      for index in 0..<count where bytes[offset + index] != start[index] { return false }
      offset += count
      return true
    }

    /// Reads up to eight bytes before a quote as a number.
    mutating func code() -> UInt64? {
      var code: UInt64 = 0
      for length in 0...8 {
        guard offset < bytes.count else { return nil }
        let byte = bytes[offset]
        if byte == UInt8(ascii: "\"") { return length > 0 ? code : nil }
        code = code << 8 | UInt64(byte)
        offset += 1
      }
      return nil
    }

    /// Reads a whole number of at most eighteen digits, without a zero in front.
    @inline(__always)
    mutating func number() -> UInt64? {
      let start = offset
      var value: UInt64 = 0
      while offset < bytes.count, offset - start < 19 {
        let digit = bytes[offset] &- UInt8(ascii: "0")
        guard digit < 10 else { break }
        value = value * 10 + UInt64(digit)
        offset += 1
      }
      let count = offset - start
      guard count > 0, count < 19, count == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
      return value
    }
  }
}
