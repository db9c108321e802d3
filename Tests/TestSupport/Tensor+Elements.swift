public import TensorData

extension Tensor {
  /// A row-major tensor of the given elements.
  public init<Element: BitwiseCopyable>(_ dtype: DType, _ shape: [Int], _ elements: [Element]) {
    precondition(dtype.byteWidth == MemoryLayout<Element>.size && shape.reduce(1, *) == elements.count)
    self.init(dtype: dtype, shape: shape) { bytes in
      elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  /// The elements, row-major, by their bits.
  public func elements<Element: BitwiseCopyable>(as _: Element.Type) -> [Element] {
    withUnsafeBytes { bytes in
      (0..<elementCount).map { bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: Element.self) }
    }
  }
}
