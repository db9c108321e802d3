internal import StrictJSON

/// A value of a GGUF file's metadata, with the type that the file gives it.
///
/// Source: ggml, `docs/gguf.md`, `enum gguf_metadata_value_type`.
enum GGUFValue: Sendable, Equatable {
  /// The types by their codes; what a scalar of each takes in bytes, nil where that varies.
  enum Kind: UInt32, Sendable {
    case u8, i8, u16, i16, u32, i32, f32, bool, string, array, u64, i64, f64

    var byteCount: Int? {
      switch self {
      case .u8, .i8, .bool: 1
      case .u16, .i16: 2
      case .u32, .i32, .f32: 4
      case .u64, .i64, .f64: 8
      case .string, .array: nil
      }
    }
  }

  /// A whole number without a sign.
  case unsigned(UInt64)
  /// A whole number with one.
  case signed(Int64)
  /// A number of 32 bits.
  case float(Float)
  /// A number of 64 bits.
  case double(Double)
  /// A truth value.
  case bool(Bool)
  /// A text.
  case string(String)
  /// A short list.
  case list([GGUFValue])
  /// A list that is too long to keep, such as a vocabulary: how many values of which type.
  case long(Kind, Int)

  /// The longest list whose values are kept when a header is read; vocabularies are longer.
  static let listLimit = 256

  /// The value in a configuration, or nil for a list that was not kept and a number that JSON lacks.
  ///
  /// A number of 32 bits is written with the fewest digits that mean it: what was stored as the float32 nearest to 1e-12
  /// reads as 1e-12.
  var json: JSONValue? {
    switch self {
    case .unsigned(let value): Int(exactly: value).map { .number(JSONNumber($0)) }
    case .signed(let value): .number(JSONNumber(Int(value)))
    case .float(let value): value.isFinite ? Double(value.description).map { .number(JSONNumber($0)) } : nil
    case .double(let value): value.isFinite ? .number(JSONNumber(value)) : nil
    case .bool(let value): .bool(value)
    case .string(let value): .string(value)
    case .list(let values):
      values.reduce(into: Optional<[JSONValue]>([])) { list, value in
        list = list.flatMap { list in value.json.map { list + [$0] } }
      }.map { .array($0) }
    case .long: nil
    }
  }

  /// The value in one line, for people.
  var text: String {
    switch self {
    case .unsigned(let value): String(value)
    case .signed(let value): String(value)
    case .float(let value): value.description
    case .double(let value): value.description
    case .bool(let value): String(value)
    case .string(let value): value
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .long(let kind, let count): "[\(count) values of type \(kind)]"
    }
  }
}
