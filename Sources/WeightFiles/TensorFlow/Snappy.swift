/// Expands blocks of Snappy, which a table of TensorFlow may be compressed with.
///
/// Format: google/snappy, `format_description.txt`.
enum Snappy {
  /// The most bytes of one block: writers begin a new one after 256 kB.
  private static let limit = 16 << 20

  /// Expands a block.
  ///
  /// - Parameters:
  ///   - input: the compressed block.
  ///   - fail: makes an error.
  /// - Returns: the bytes.
  /// - Throws: `bomb` if it declares too many bytes, `badDeflate` if it is damaged.
  static func expand(
    _ input: UnsafeRawBufferPointer, fail: (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) -> [UInt8] {
    let damaged = fail(.badDeflate, "a Snappy block is damaged; fetch the file again")
    var offset = 0
    var count = 0
    for shift in stride(from: 0, through: 28, by: 7) {
      guard offset < input.count else { throw damaged }
      let byte = Int(input[offset])
      offset += 1
      count |= (byte & 0x7F) << shift
      if byte < 0x80 { break }
      guard shift < 28 else { throw damaged }
    }
    guard count <= limit else { throw fail(.bomb, "a Snappy block declares \(count) bytes") }
    var output: [UInt8] = []
    output.reserveCapacity(count)
    func little(_ width: Int) throws(WeightFileError) -> Int {
      guard width <= input.count - offset else { throw damaged }
      defer { offset += width }
      return (0..<width).reduce(0) { $0 | Int(input[offset + $1]) << (8 * $1) }
    }
    while offset < input.count {
      let tag = Int(input[offset])
      offset += 1
      if tag & 3 == 0 {
        let length = tag >> 2 < 60 ? tag >> 2 + 1 : try little(tag >> 2 - 59) + 1
        guard length <= input.count - offset, length <= count - output.count else { throw damaged }
        output.append(contentsOf: input[offset..<offset + length])
        offset += length
        continue
      }
      let length = tag & 3 == 1 ? (tag >> 2 & 7) + 4 : tag >> 2 + 1
      let distance = tag & 3 == 1 ? (tag >> 5) << 8 | (try little(1)) : try little(tag & 3 == 2 ? 2 : 4)
      guard distance > 0, distance <= output.count, length <= count - output.count else { throw damaged }
      for _ in 0..<length { output.append(output[output.count - distance]) }
    }
    guard output.count == count else { throw damaged }
    return output
  }
}
