internal import TensorData

/// The element type that a NumPy `descr` names.
struct NPYElement {
  var dtype: DType
  var isBigEndian = false
  var note: String?

  /// NumPy's code for each type that has one.
  // swift-format-ignore
  static let codes: [(code: String, dtype: DType)] = [
    ("b1", .bool), ("i1", .i8), ("u1", .u8), ("i2", .i16), ("u2", .u16), ("i4", .i32), ("u4", .u32),
    ("i8", .i64), ("u8", .u64), ("f2", .f16), ("f4", .f32), ("f8", .f64), ("c8", .c64),
  ]

  /// The `descr` under which a type is written; nil if NumPy has no such type.
  static func descr(of dtype: DType) -> String? {
    guard let code = codes.first(where: { $0.dtype == dtype })?.code else { return nil }
    return (dtype.bitWidth == 8 ? "|" : "<") + code
  }

  init(_ value: PythonLiteral.Value, assume: [DType], _ place: BytePlace, at offset: Int) throws(WeightFileError) {
    switch value {
    case .string(let text): try self.init(text, assume: assume, place, at: offset)
    case .list, .tuple, .dictionary:
      guard !NPYElement.namesObjects(value) else { throw NPYElement.objects(place, at: offset) }
      throw place.error(
        .unsupportedDType, at: offset, "a structured array; save each field as an array of its own")
    default: throw place.error(.badType, at: offset, "descr must be a string such as '<f4'")
    }
  }

  private init(_ text: String, assume: [DType], _ place: BytePlace, at offset: Int) throws(WeightFileError) {
    var code = Substring(text)
    let order = code.first ?? " "
    if "<>|=".contains(order) { code = code.dropFirst() }
    guard code.first != "O" else { throw NPYElement.objects(place, at: offset) }
    let hasOrder = code.count < text.count
    if hasOrder, let known = NPYElement.codes.first(where: { $0.code == code })?.dtype {
      dtype = known
      isBigEndian = order == ">" && known.bitWidth > 8
      return
    }
    if hasOrder, order != ">", code == "V2" {
      if let assumed = assume.first(where: { $0.bitWidth == 16 }) {
        dtype = assumed
      } else {
        dtype = .bf16
        note = "'\(text)' was taken for BF16, the only two-byte type that ml_dtypes stores so"
      }
      return
    }
    if hasOrder, order != ">", code == "V1" || code == "f1" {
      guard let assumed = assume.first(where: { $0.bitWidth == 8 }) else {
        throw place.error(
          .unsupportedDType, at: offset,
          "'\(text)' does not say which one-byte type it is; name it with --assume, for example F8_E4M3")
      }
      dtype = assumed
      return
    }
    throw place.error(
      .unsupportedDType, at: offset,
      "element type '\(text.printable(limit: 40))' cannot be represented; cast the array to a plain number type")
  }

  private static func objects(_ place: BytePlace, at offset: Int) -> WeightFileError {
    place.error(
      .pickle, at: offset,
      "an array of Python objects, which only pickle could read and which may run code; save plain number arrays")
  }

  private static func namesObjects(_ value: PythonLiteral.Value) -> Bool {
    switch value {
    case .string(let text): text.drop { "<>|=".contains($0) }.first == "O" && text.utf8.count <= 3
    case .list(let items), .tuple(let items): items.contains(where: namesObjects)
    case .dictionary(let items): items.contains { namesObjects($0.value) }
    default: false
    }
  }
}
