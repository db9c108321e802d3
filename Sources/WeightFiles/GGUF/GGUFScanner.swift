internal import TensorData

/// Walks through the bytes of a GGUF header; every length is compared with the bytes that are left before it is believed.
struct GGUFScanner {
  private let bytes: UnsafeRawBufferPointer
  private let path: String
  /// Where the next byte is.
  private(set) var offset: Int

  /// The longest key that the specification allows, in bytes.
  static let keyLimit = 65_535
  /// The longest name of a tensor that the specification allows, in bytes; ggml itself stops one short of it.
  static let nameLimit = 64

  init(_ bytes: UnsafeRawBufferPointer, path: String, offset: Int) {
    self.bytes = bytes
    self.path = path
    self.offset = offset
  }

  private var left: Int { bytes.count - offset }

  func error(
    _ category: WeightFileError.Category, tensor: String? = nil, at place: Int? = nil, _ message: String
  ) -> WeightFileError {
    WeightFileError(category, path: path, tensor: tensor, byteOffset: place ?? offset, message: message)
  }

  mutating func number<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(WeightFileError) -> T {
    let width = MemoryLayout<T>.size
    guard left >= width else {
      throw error(.truncated, "expected \(width) more bytes of the header, \(left) are there; fetch the file again")
    }
    defer { offset += width }
    return bytes.little(T.self, at: offset)
  }

  /// A number of things of at least `width` bytes each.
  mutating func count(of what: String, atLeast width: Int) throws(WeightFileError) -> Int {
    let place = offset
    let stated = try number(UInt64.self)
    guard let count = Int(exactly: stated) else { throw error(.limit, at: place, "\(stated) \(what)") }
    guard count <= left / width else {
      throw error(.truncated, at: place, "\(count) \(what) do not fit into the \(left) bytes that are left")
    }
    return count
  }

  mutating func string(_ what: String, limit: Int = .max) throws(WeightFileError) -> String {
    let place = offset
    let range = try stringRange(what, limit: limit)
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw error(.badUTF8, at: place, "the \(what) is not UTF-8")
    }
    return text
  }

  private mutating func stringRange(_ what: String, limit: Int = .max) throws(WeightFileError) -> Range<Int> {
    let place = offset
    let stated = try number(UInt64.self)
    guard let length = Int(exactly: stated) else { throw error(.limit, at: place, "a \(what) of \(stated) bytes") }
    guard length <= left else {
      throw error(.truncated, at: place, "a \(what) of \(length) bytes, of which \(left) are there")
    }
    guard length <= limit else { throw error(.limit, at: place, "a \(what) of \(length) bytes; the limit is \(limit)") }
    defer { offset += length }
    return offset..<offset + length
  }

  mutating func kind() throws(WeightFileError) -> GGUFValue.Kind {
    let place = offset
    let code = try number(UInt32.self)
    guard let kind = GGUFValue.Kind(rawValue: code) else {
      throw error(.badType, at: place, "a value of type \(code); types are 0 to 12")
    }
    return kind
  }

  mutating func value(_ kind: GGUFValue.Kind) throws(WeightFileError) -> GGUFValue {
    switch kind {
    case .u8: .unsigned(UInt64(try number(UInt8.self)))
    case .i8: .signed(Int64(try number(Int8.self)))
    case .u16: .unsigned(UInt64(try number(UInt16.self)))
    case .i16: .signed(Int64(try number(Int16.self)))
    case .u32: .unsigned(UInt64(try number(UInt32.self)))
    case .i32: .signed(Int64(try number(Int32.self)))
    case .f32: .float(Float(bitPattern: try number(UInt32.self)))
    case .bool: .bool(try number(UInt8.self) != 0)
    case .string: .string(try string("text"))
    case .array: try array()
    case .u64: .unsigned(try number(UInt64.self))
    case .i64: .signed(try number(Int64.self))
    case .f64: .double(Double(bitPattern: try number(UInt64.self)))
    }
  }

  private mutating func array() throws(WeightFileError) -> GGUFValue {
    let place = offset
    let kind = try kind()
    guard kind != .array else { throw nested(place) }
    let stated = try number(UInt64.self)
    // The length alone of a text takes eight bytes.
    let width = kind.byteCount ?? 8
    guard let count = Int(exactly: stated), count <= left / width else {
      throw error(.truncated, at: place, "a list of \(stated) values does not fit into the \(left) bytes that are left")
    }
    guard count > GGUFValue.listLimit else {
      var values: [GGUFValue] = []
      for _ in 0..<count { values.append(try value(kind)) }
      return .list(values)
    }
    if kind == .string {
      for _ in 0..<count { _ = try stringRange("text") }
    } else {
      offset += count * width
    }
    return .long(kind, count)
  }

  /// Lists inside lists: allowed by the specification, read by no version of ggml, and a way to exhaust a stack.
  private func nested(_ place: Int) -> WeightFileError {
    var depth = 1
    var at = place
    while bytes.count - at >= 16, bytes.little(UInt32.self, at: at) == GGUFValue.Kind.array.rawValue {
      depth += 1
      at += 12
    }
    return depth > 16
      ? error(.depth, at: place, "lists \(depth) deep inside each other")
      : error(.unsupported, at: place, "a list of lists, which ggml does not read either")
  }
}
