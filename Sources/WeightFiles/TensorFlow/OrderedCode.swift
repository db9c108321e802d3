/// The keys of slices in a TensorFlow checkpoint: numbers and texts as bytes that sort as they do.
///
/// Source: TensorFlow, `core/lib/strings/ordered_code.cc` and `core/util/saved_tensor_slice_util.cc`.
enum OrderedCode {
  /// The key of a slice.
  ///
  /// - Parameters:
  ///   - name: the tensor.
  ///   - extents: start and length on each axis; nil for a whole axis.
  /// - Returns: the key of its entry.
  static func key(_ name: [UInt8], _ extents: [(start: Int, length: Int)?]) -> [UInt8] {
    var key = number(0)
    for byte in name {
      switch byte {
      case 0x00: key += [0x00, 0xFF]
      case 0xFF: key += [0xFF, 0x00]
      default: key.append(byte)
      }
    }
    key += [0x00, 0x01]
    key += number(UInt64(extents.count))
    for extent in extents {
      key += signed(extent?.start ?? 0)
      key += signed(extent?.length ?? -1)
    }
    return key
  }

  /// A number without a sign: how many bytes it takes, then these, the highest first.
  private static func number(_ value: UInt64) -> [UInt8] {
    let count = (64 - value.leadingZeroBitCount + 7) / 8
    return [UInt8(count)] + (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  /// A number with a sign: as few bytes as hold it, beginning with as many equal bits as there are bytes.
  private static func signed(_ value: Int) -> [UInt8] {
    let magnitude = UInt64(bitPattern: Int64(value < 0 ? ~value : value))
    let bits = 64 - magnitude.leadingZeroBitCount
    let count = bits / 7 + 1
    // The sign bit inverted, then ones up to the number of bytes, then the value; inverted as a whole where it is negative.
    var bytes = [UInt8](repeating: 0, count: max(count, 1))
    for index in bytes.indices where 8 * (bytes.count - 1 - index) < 64 {
      bytes[index] = UInt8(truncatingIfNeeded: magnitude >> UInt64(8 * (bytes.count - 1 - index)))
    }
    for bit in 0..<count { bytes[bit / 8] |= 0x80 >> UInt8(bit % 8) }
    return value < 0 ? bytes.map { ~$0 } : bytes
  }
}
