internal import TensorData

/// What a thread writes at a time: whole small tensors that follow each other, or a stretch of a large one.
///
/// How a file is cut into units depends on the sizes of its tensors alone, never on the number of threads: compressed
/// units are independent streams, and the file must be the same for any number.
struct WriteUnit: Sendable {
  /// Positions in the plan; one if the unit is a stretch.
  var parts: Range<Int>
  /// Bytes of the one tensor; nil for whole tensors.
  var stretch: Range<Int>?

  /// Bytes of tensors in a unit, if there are so many: enough to be worth a thread's while, few enough to share the work
  /// evenly.
  private static let length = 4 << 20

  /// The units of a file, in the order of its bytes.
  ///
  /// - Parameters:
  ///   - parts: the tensors.
  ///   - cutsTensors: whether a large tensor may be several units.
  /// - Returns: units that cover all parts.
  static func all(_ parts: [FilePlan.Part], cutsTensors: Bool) -> [WriteUnit] {
    var units: [WriteUnit] = []
    var start = 0
    var size = 0
    func end(_ index: Int) {
      if start < index { units.append(WriteUnit(parts: start..<index)) }
      start = index
      size = 0
    }
    for (index, part) in parts.enumerated() {
      let byteCount = part.info.byteCount
      if byteCount > length, cutsTensors {
        end(index)
        for begin in stride(from: 0, to: byteCount, by: length) {
          units.append(WriteUnit(parts: index..<index + 1, stretch: begin..<min(begin + length, byteCount)))
        }
        start = index + 1
        continue
      }
      if size > 0, size + byteCount > length { end(index) }
      size += byteCount
    }
    end(parts.count)
    return units
  }
}
