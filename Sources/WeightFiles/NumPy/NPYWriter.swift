internal import TensorData

/// Lays out NumPy arrays byte for byte as `numpy.save` does.
///
/// Format: numpy, `_write_array_header` in `lib/_format_impl.py`.
enum NPYWriter {
  /// Room that numpy leaves for the first axis to grow.
  private static let growthDigits = 21
  private static let alignment = 64

  /// The header of an array, row-major.
  ///
  /// - Parameters:
  ///   - descr: NumPy's name of the element type.
  ///   - shape: the sizes.
  /// - Returns: the bytes in front of the data, a multiple of 64.
  static func header(descr: String, shape: [Int]) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = Array("{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
    if let first = shape.first {
      text += repeatElement(UInt8(ascii: " "), count: max(0, growthDigits - String(first).utf8.count))
    }
    // 6 bytes of magic, 2 of version, 2 of length, the text and a newline; a full line of padding if it is even.
    let padding = alignment - (10 + text.count + 1) % alignment
    text += repeatElement(UInt8(ascii: " "), count: padding)
    text.append(0x0A)
    return NPYHeader.magic + [1, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text
  }

  static func plan(_ request: WriteRequest) throws(WeightFileError) -> FilePlan {
    guard let info = request.infos.first, request.infos.count == 1 else {
      throw request.error(
        .unsupported, "a .npy file holds one array, \(request.infos.count) tensors were given; write .npz instead")
    }
    try checkShape(info, request)
    var descr = NPYElement.descr(of: info.dtype)
    if descr == nil, info.dtype.byteWidth != nil {
      guard request.options.allowsOpaqueNPY else {
        throw request.error(
          .unsupportedDType, tensor: info.name,
          "NumPy has no \(info.dtype.rawValue) and a .npy file no place to declare it; write .npz, or cast to f32")
      }
      descr = "<V\(info.dtype.bitWidth / 8)"
    }
    guard let descr else {
      throw request.error(
        .unsupportedDType, tensor: info.name, "NumPy has no \(info.dtype.rawValue); keep it in safetensors")
    }
    var plan = FilePlan(
      head: header(descr: descr, shape: info.shape), parts: [FilePlan.Part(info: info, entry: 0)])
    if !request.metadata.isEmpty {
      plan.notes.append("a .npy file has no place for metadata; \(request.metadata.count) entries were left out")
    }
    return plan
  }

  /// Whether NumPy can have an array of this shape.
  static func checkShape(_ info: TensorInfo, _ request: WriteRequest) throws(WeightFileError) {
    guard info.shape.count <= NPYHeader.rankLimit else {
      throw request.error(
        .limit, tensor: info.name, "\(info.shape.count) dimensions; NumPy has at most \(NPYHeader.rankLimit)")
    }
    _ = try TensorSize.byteCount(info) { (category, message) in
      request.error(category, tensor: info.name, message)
    }
  }
}

extension WeightFormat {
  /// NumPy's format for one array.
  public static let npy = WeightFormat(
    name: "npy", extensions: [".npy"], capabilities: [], recognise: NPYReader.recognise, open: NPYReader.open,
    writer: WeightFormatWriter(plan: NPYWriter.plan))
}
