internal import TensorData

/// What the elements of a dataset are.
enum HDF5Datatype {
  /// Numbers that tensors can hold; big-endian ones are turned round when they are read.
  case numbers(DType, isBigEndian: Bool)
  /// Two opaque bytes each: bfloat16, if the dataset's attribute `dtype` or the user says so.
  case opaquePair
  /// No numbers, such as texts: left out, with what it is.
  case other(String)

  /// Reads a datatype message.
  ///
  /// - Parameter cursor: its data.
  /// - Throws: `unsupportedDType` for numbers of a kind that no tensor holds.
  init(_ cursor: inout HDF5Cursor) throws(WeightFileError) {
    let start = try cursor.byte()
    let bits = try cursor.number(3)
    let size = try cursor.long()
    guard (1...4).contains(start >> 4) else { throw cursor.error(.unsupportedVersion, "version \(start >> 4)") }
    switch start & 15 {
    case 0: self = try HDF5Datatype.integer(&cursor, bits, size)
    case 1: self = try HDF5Datatype.float(&cursor, bits, size)
    case 3: self = .other("texts")
    case 4: self = .other("bit fields")
    case 5: self = size == 2 ? .opaquePair : .other("opaque bytes")
    case 6: self = try HDF5Datatype.compound(&cursor, bits, size, version: start >> 4)
    case 7: self = .other("references")
    case 8: self = try HDF5Datatype.enumeration(&cursor, bits, size, version: start >> 4)
    case 9: self = .other("values of varying length")
    case 10: throw cursor.error(.unsupportedDType, "elements that are arrays themselves")
    case let kind: throw cursor.error(.unsupportedDType, "elements of class \(kind)")
    }
  }

  private static func integer(_ cursor: inout HDF5Cursor, _ bits: UInt64, _ size: Int) throws(WeightFileError) -> Self {
    let offset = try cursor.word()
    let precision = try cursor.word()
    let isSigned = bits & 8 != 0
    let types: [Int: (DType, DType)] = [1: (.u8, .i8), 2: (.u16, .i16), 4: (.u32, .i32), 8: (.u64, .i64)]
    guard let (unsigned, signed) = types[size], offset == 0, precision == 8 * size else {
      throw cursor.error(.unsupportedDType, "whole numbers of \(precision) bits at bit \(offset) of \(size) bytes")
    }
    return .numbers(isSigned ? signed : unsigned, isBigEndian: bits & 1 != 0)
  }

  private static func float(_ cursor: inout HDF5Cursor, _ bits: UInt64, _ size: Int) throws(WeightFileError) -> Self {
    let offset = try cursor.word()
    let precision = try cursor.word()
    let fields = [try cursor.byte(), try cursor.byte(), try cursor.byte(), try cursor.byte()]
    let bias = try cursor.long()
    let sign = Int(bits >> 8 & 0xFF)
    // Position and width of the exponent, then of the fraction.
    let known: [(DType, Int, [Int], Int)] = [
      (.f16, 2, [10, 5, 0, 10], 15), (.bf16, 2, [7, 8, 0, 7], 127), (.f32, 4, [23, 8, 0, 23], 127),
      (.f64, 8, [52, 11, 0, 52], 1023),
    ]
    let found = known.first { $0.1 == size && $0.2 == fields && $0.3 == bias }
    // Bits 4 and 5: the highest bit of the fraction is implied. Bit 6 beside bit 0 is VAX order.
    guard let found, offset == 0, precision == 8 * size, sign == 8 * size - 1, bits >> 4 & 3 == 2, bits & 0x40 == 0
    else {
      throw cursor.error(
        .unsupportedDType,
        "numbers of \(size) bytes with an exponent of \(fields[1]) bits and a fraction of \(fields[3]), bias \(bias)")
    }
    return .numbers(found.0, isBigEndian: bits & 1 != 0)
  }

  /// h5py's truth values: FALSE = 0 and TRUE = 1 over whole numbers of one byte.
  private static func enumeration(
    _ cursor: inout HDF5Cursor, _ bits: UInt64, _ size: Int, version: Int
  ) throws(WeightFileError) -> Self {
    let base = try HDF5Datatype(plain: &cursor)
    guard case .numbers(.i8, _) = base, size == 1, bits & 0xFFFF == 2 else { return .other("an enumeration") }
    var names: [String] = []
    for _ in 0..<2 { names.append(try name(&cursor, isPadded: version < 3)) }
    let values = [try cursor.byte(), try cursor.byte()]
    return names == ["FALSE", "TRUE"] && values == [0, 1]
      ? .numbers(.bool, isBigEndian: false) : .other("an enumeration")
  }

  /// Complex numbers: the members r and i, both F32.
  private static func compound(
    _ cursor: inout HDF5Cursor, _ bits: UInt64, _ size: Int, version: Int
  ) throws(WeightFileError) -> Self {
    let other = Self.other("records")
    guard bits & 0xFFFF == 2, size == 8 else { return other }
    for (wanted, place) in [("r", 0), ("i", 4)] {
      guard try name(&cursor, isPadded: version < 3) == wanted else { return other }
      let offset = try version < 3 ? cursor.long() : cursor.byte()
      if version == 1 { try cursor.skip(28) }
      guard offset == place, case .numbers(.f32, isBigEndian: false) = try HDF5Datatype(plain: &cursor) else {
        return other
      }
    }
    return .numbers(.c64, isBigEndian: false)
  }

  /// The type of a member, which must be a number: types inside types are not followed further.
  private init(plain cursor: inout HDF5Cursor) throws(WeightFileError) {
    guard cursor.left > 0, cursor.image.file.bytes[cursor.offset] & 15 <= 1 else {
      self = .other("nested types")
      return
    }
    try self.init(&cursor)
  }

  /// A name that ends with a NUL; in old versions it takes a multiple of eight bytes.
  private static func name(_ cursor: inout HDF5Cursor, isPadded: Bool) throws(WeightFileError) -> String {
    let bytes = cursor.image.file.bytes[cursor.offset..<cursor.range.upperBound]
    guard let end = bytes.firstIndex(of: 0) else { throw cursor.error(.badHeader, "a name without an end") }
    let length = end - cursor.offset + 1
    return try cursor.text(isPadded ? min((length + 7) / 8 * 8, cursor.left) : length)
  }
}
