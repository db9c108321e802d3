/// Names files that are one message from end to end: protocol buffers and MessagePack, which have no magic number.

/// The fields at the top of a protocol buffer, walked to the exact end of the file.
///
/// Format: Protocol Buffers, "Encoding". ONNX: onnx.proto, `ModelProto`; TensorFlow: saved_model.proto and graph.proto;
/// Core ML: Model.proto.
struct ProtocolMessage {
  /// Where a field's payload lies; nil for a number.
  private struct Field {
    var number: UInt64
    var value: UInt64
    var payload: Range<Int>?
  }

  /// More fields than this are no model's.
  private static let fieldLimit = 1 << 20

  static func describe(_ probe: FileProbe) -> String? {
    guard let first = probe.head.first, first == 0x08 || first == 0x0A else { return nil }
    return probe.withContents { bytes in
      guard let fields = fields(bytes, 0..<bytes.count), let first = fields.first else { return nil }
      let numbers = Set(fields.map(\.number))
      func isMessage(_ field: Field?) -> Bool {
        guard let payload = field?.payload, !payload.isEmpty else { return false }
        return self.fields(bytes, payload) != nil
      }
      let isVersioned = first.number == 1 && first.payload == nil
      if isVersioned, numbers.isSubset(of: onnxFields), isMessage(fields.first { $0.number == 7 }) {
        return "an ONNX model, which is not supported yet"
      }
      if isVersioned, first.value == 1, numbers == [1, 2], isMessage(fields.first { $0.number == 2 }) {
        return "a TensorFlow SavedModel's graph (saved_model.pb); its weights lie in the folder variables beside it"
      }
      if isVersioned, first.value < 100, numbers.contains(2), let kind = fields.last, kind.number >= 200,
        isMessage(kind)
      {
        return "a Core ML model"
      }
      if !isVersioned, numbers.isSubset(of: [1, 2, 3, 4]), isMessage(first), fields.count > 1,
        fields.filter({ $0.number == 1 }).allSatisfy({ $0.payload != nil })
      {
        return "a protocol buffer (a frozen TensorFlow graph?)"
      }
      return nil
    } ?? nil
  }

  private static let onnxFields: Set<UInt64> = [1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26]

  /// The fields of a range; nil if they do not end exactly where it does.
  private static func fields(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> [Field]? {
    var fields: [Field] = []
    var offset = range.lowerBound
    func varint() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: 0, to: 64, by: 7) {
        guard offset < range.upperBound else { return nil }
        let byte = bytes[offset]
        offset += 1
        value |= UInt64(byte & 0x7F) << UInt64(shift)
        if byte < 0x80 { return value }
      }
      return nil
    }
    while offset < range.upperBound {
      guard fields.count < fieldLimit, let tag = varint(), tag >> 3 > 0 else { return nil }
      var field = Field(number: tag >> 3, value: 0)
      switch tag & 7 {
      case 0:
        guard let value = varint() else { return nil }
        field.value = value
      case 2:
        guard let length = varint(), length <= UInt64(range.upperBound - offset) else { return nil }
        field.payload = offset..<offset + Int(length)
        offset += Int(length)
      case 1, 5:
        let length = tag & 7 == 1 ? 8 : 4
        guard length <= range.upperBound - offset else { return nil }
        offset += length
      default: return nil
      }
      fields.append(field)
    }
    return fields
  }
}

/// A MessagePack map whose first key is a text, walked to the exact end of the file.
///
/// Format: msgpack/spec.md. Flax and T5X store their trees of parameters so.
enum MessagePackWalk {
  /// More objects than this are not walked.
  private static let objectLimit = 1 << 20

  /// Whether a file is such a map.
  static func isWhole(_ probe: FileProbe) -> Bool {
    guard let first = probe.head.first, first & 0xF0 == 0x80 || first == 0xDE || first == 0xDF, probe.byteCount > 1
    else { return false }
    return probe.withContents { isMap($0) } == true
  }

  private static func isMap(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var offset = 0
    var open = 1
    var walked = 0
    func length(_ width: Int) -> Int? {
      guard width <= bytes.count - offset else { return nil }
      var value = 0
      for index in 0..<width { value = value << 8 | Int(bytes[offset + index]) }
      offset += width
      return value
    }
    func skip(_ count: Int?) -> Bool {
      guard let count, count <= bytes.count - offset else { return false }
      offset += count
      return true
    }
    func extend(_ count: Int?, _ each: Int = 1) -> Bool {
      guard let count, count <= bytes.count else { return false }
      open += count * each
      return true
    }
    while open > 0 {
      guard walked < objectLimit, offset < bytes.count else { return false }
      let byte = bytes[offset]
      // The first key is a text.
      if walked == 1, !(byte & 0xE0 == 0xA0 || (0xD9...0xDB).contains(byte)) { return false }
      offset += 1
      open -= 1
      walked += 1
      let isRight =
        switch byte {
        case 0x00...0x7F, 0xE0...0xFF, 0xC0, 0xC2, 0xC3: true
        case 0x80...0x8F: extend(Int(byte & 0x0F), 2)
        case 0x90...0x9F: extend(Int(byte & 0x0F))
        case 0xA0...0xBF: skip(Int(byte & 0x1F))
        case 0xC4, 0xD9: skip(length(1))
        case 0xC5, 0xDA: skip(length(2))
        case 0xC6, 0xDB: skip(length(4))
        case 0xC7: skip(length(1).map { $0 + 1 })
        case 0xC8: skip(length(2).map { $0 + 1 })
        case 0xC9: skip(length(4).map { $0 + 1 })
        case 0xCA, 0xCE, 0xD2: skip(4)
        case 0xCB, 0xCF, 0xD3: skip(8)
        case 0xCC, 0xD0: skip(1)
        case 0xCD, 0xD1: skip(2)
        case 0xD4...0xD8: skip(1 + 1 << Int(byte - 0xD4))
        case 0xDC: extend(length(2))
        case 0xDD: extend(length(4))
        case 0xDE: extend(length(2), 2)
        case 0xDF: extend(length(4), 2)
        default: false
        }
      guard isRight else { return false }
    }
    return offset == bytes.count
  }
}
