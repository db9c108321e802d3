internal import StrictJSON
internal import TensorData

/// The convention under which an archive keeps what NumPy has no place for: two members that hold JSON texts.
///
/// `__tfconv_dtypes__` maps the names of tensors to element types that NumPy lacks; their bits are stored as `U16` or
/// `U8`. `__tfconv_metadata__` is the free-form metadata. Both are rows of `U8`; neither is listed as a tensor.
enum NPZDeclarations {
  static let dtypesName = "__tfconv_dtypes__"
  static let metadataName = "__tfconv_metadata__"

  /// The type under whose name NumPy stores the bits of `dtype`: itself if NumPy has it, nil if nothing fits.
  static func carrier(of dtype: DType) -> DType? {
    switch dtype {
    case .bf16: .u16
    case .f8e4m3, .f8e5m2, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz: .u8
    case .f4, .f6e2m3, .f6e3m2: nil
    default: dtype
    }
  }

  /// Reads the declared types.
  static func dtypes(_ text: [UInt8], path: String) throws(WeightFileError) -> [(name: String, dtype: DType)] {
    var result: [(name: String, dtype: DType)] = []
    for member in try object(text, dtypesName, path: path).members {
      guard let spelling = member.value.string, let dtype = DType(rawValue: spelling) else {
        throw WeightFileError(
          .unsupportedDType, path: path, tensor: member.key,
          message: "\(dtypesName) gives it the unknown type \(member.value.text().printable(limit: 40))")
      }
      result.append((member.key, dtype))
    }
    return result
  }

  /// Reads the metadata.
  static func metadata(_ text: [UInt8], path: String) throws(WeightFileError) -> [MetadataEntry] {
    var result: [MetadataEntry] = []
    for member in try object(text, metadataName, path: path).members {
      guard let value = member.value.string else {
        throw WeightFileError(
          .badType, path: path, tensor: metadataName, message: "\"\(member.key.printable(limit: 60))\" must be a string"
        )
      }
      result.append(MetadataEntry(key: member.key, value: value))
    }
    return result
  }

  /// The text that declares the types of tensors that NumPy lacks; nil if there are none.
  static func text(declaring infos: [TensorInfo]) -> [UInt8]? {
    var object = JSONObject()
    for info in infos where carrier(of: info.dtype) != info.dtype { object[info.name] = .string(info.dtype.rawValue) }
    return object.members.isEmpty ? nil : Array(JSONValue.object(object).text(sortKeys: true).utf8)
  }

  /// The text that keeps the metadata; nil if there is none.
  static func text(keeping metadata: [MetadataEntry]) -> [UInt8]? {
    var object = JSONObject()
    for entry in metadata { object[entry.key] = .string(entry.value) }
    return object.members.isEmpty ? nil : Array(JSONValue.object(object).text(sortKeys: true).utf8)
  }

  private static func object(_ text: [UInt8], _ name: String, path: String) throws(WeightFileError) -> JSONObject {
    do throws(JSONError) {
      let value = try text.span.withUnsafeBytes { (bytes) throws(JSONError) in try JSONValue(parsing: bytes) }
      guard let object = value.object else {
        throw JSONError(kind: .unexpectedKind, offset: 0, message: "expected an object")
      }
      return object
    } catch {
      throw WeightFileError(
        WeightFileError(json: error, path: path, base: 0).category, path: path, tensor: name, message: error.description
      )
    }
  }
}
