import TensorData

/// Some elements of a tensor, evenly spread, by which most hypotheses fall before the whole tensor is read.
enum TensorSample {
  /// How many elements are looked at.
  private static let size = 1024

  /// The row-major positions to look at in a tensor of that many elements: all of a small one.
  static func positions(_ count: Int) -> [Int] {
    guard count > size else { return Array(0..<count) }
    return (0..<size).map { Int(Double($0) * Double(count - 1) / Double(size - 1)) }
  }

  /// The elements at the given row-major positions, as a new vector; a strided tensor is not laid out for that.
  ///
  /// Packed elements are returned all.
  static func gather(_ tensor: Tensor, _ positions: [Int]) -> Tensor {
    guard let width = tensor.dtype.byteWidth else { return tensor.reshaped([tensor.elementCount]) }
    let rowMajor = Tensor.rowMajorStrides(tensor.shape)
    return Tensor(dtype: tensor.dtype, shape: [positions.count]) { destination in
      for (index, position) in positions.enumerated() {
        var rest = position
        var offset = 0
        for axis in tensor.shape.indices {
          offset += rest / rowMajor[axis] * tensor.strides[axis]
          rest %= rowMajor[axis]
        }
        let start = tensor.byteOffset + offset * width
        UnsafeMutableRawBufferPointer(rebasing: destination[(index * width)..<((index + 1) * width)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: tensor.storage.bytes[start..<(start + width)]))
      }
    }
  }

  /// Whether two tensors hold the same bits in the same row-major order, whatever their shapes.
  static func holdsSame(_ a: Tensor, _ b: Tensor) -> Bool {
    guard a.dtype == b.dtype, a.elementCount == b.elementCount else { return false }
    let positions = positions(a.elementCount)
    guard gather(a, positions).isBitEqual(to: gather(b, positions)) else { return false }
    return a.reshaped([a.elementCount]).isBitEqual(to: b.reshaped([b.elementCount]))
  }
}
