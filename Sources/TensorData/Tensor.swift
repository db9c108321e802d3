/// A tensor: an element type, a shape and a strided window on shared bytes.
///
/// A tensor is a value; its storage is shared and never copied by slicing or permuting. The packed sub-byte types
/// (`F4`, `F6_*`) are always contiguous.
public struct Tensor: Sendable {
  /// The type of the elements.
  public let dtype: DType
  /// The size of each axis, outermost first; empty for a scalar.
  public let shape: [Int]
  /// For each axis the distance between neighbours, in elements.
  public let strides: [Int]
  /// Where element zero lies in `storage`, in bytes.
  public let byteOffset: Int
  /// The bytes that this tensor is a window on.
  public let storage: ByteStorage

  /// Makes a window on shared bytes.
  ///
  /// Traps if the window leaves the storage: whoever reads a file checks the numbers before.
  ///
  /// - Parameters:
  ///   - dtype: the element type.
  ///   - shape: the size of each axis.
  ///   - strides: distances in elements; row-major if nil.
  ///   - storage: the bytes.
  ///   - byteOffset: where element zero lies.
  public init(dtype: DType, shape: [Int], strides: [Int]? = nil, storage: ByteStorage, byteOffset: Int = 0) {
    self.dtype = dtype
    self.shape = shape
    self.strides = strides ?? Tensor.rowMajorStrides(shape)
    self.storage = storage
    self.byteOffset = byteOffset
    precondition(self.strides.count == shape.count, "a stride for each axis")
    if shape.contains(0) { return }
    if let width = dtype.byteWidth {
      var last = 0
      for (size, stride) in zip(shape, self.strides) { last += (size - 1) * stride }
      precondition(
        byteOffset >= 0 && byteOffset + (last + 1) * width <= storage.bytes.count, "the tensor leaves its storage")
    } else {
      precondition(strides == nil, "sub-byte types are contiguous")
      precondition(byteOffset >= 0 && byteOffset + byteCount <= storage.bytes.count, "the tensor leaves its storage")
    }
  }

  /// Makes a new contiguous tensor whose bytes `fill` writes.
  ///
  /// - Parameters:
  ///   - dtype: the element type.
  ///   - shape: the size of each axis.
  ///   - fill: writes every byte, row-major.
  /// - Throws: what `fill` throws.
  public init<E: Error>(
    dtype: DType, shape: [Int], fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    guard let byteCount = dtype.byteCount(elementCount: shape.reduce(1, *)) else {
      preconditionFailure("\(dtype) \(shape) is no whole number of bytes")
    }
    self.init(dtype: dtype, shape: shape, storage: try ByteStorage(byteCount: byteCount, fill: fill))
  }

  /// The number of elements.
  public var elementCount: Int { shape.reduce(1, *) }

  /// The number of elements of a declared shape, checked so that no product of some of its sizes overflows.
  ///
  /// - Parameter shape: the sizes, from wherever they come.
  /// - Returns: the number, or nil if a size is negative or the numbers do not fit in an `Int`, a size of zero counting as
  ///   one, as strides count it.
  public static func elementCount(of shape: some Sequence<Int>) -> Int? {
    var product = 1
    var isEmpty = false
    for size in shape {
      guard size >= 0 else { return nil }
      isEmpty = isEmpty || size == 0
      let (next, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow else { return nil }
      product = next
    }
    return isEmpty ? 0 : product
  }

  /// The number of bytes that the elements occupy when laid out without gaps.
  public var byteCount: Int { (elementCount * dtype.bitWidth + 7) / 8 }

  /// Whether the elements lie row-major without gaps.
  public var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() {
      if size == 0 { return true }
      if size != 1 && stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// The strides of a row-major tensor, in elements.
  public static func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.reversed().dropFirst() { strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1) }
    return strides
  }

  /// The index on each axis of an element.
  ///
  /// - Parameters:
  ///   - position: its place in row-major order.
  ///   - shape: the size of each axis.
  /// - Returns: an index for each axis.
  public static func place(of position: Int, in shape: [Int]) -> [Int] {
    var rest = position
    var place = [Int](repeating: 0, count: shape.count)
    for axis in shape.indices.reversed() where shape[axis] > 0 {
      place[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
    return place
  }

  /// The same elements laid out row-major without gaps; itself if they already are.
  public func contiguous() -> Tensor {
    guard !isContiguous else { return self }
    return Tensor(dtype: dtype, shape: shape) { destination in
      Rearrange.copy(self, into: destination, strides: Tensor.rowMajorStrides(shape))
    }
  }

  /// Lends the elements' bytes, row-major; a strided tensor is laid out first.
  ///
  /// - Parameter body: reads the bytes, which are valid only during the call.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    let flat = contiguous()
    // A window without elements may begin anywhere, even behind its storage.
    let start = flat.elementCount == 0 ? 0 : flat.byteOffset
    let bytes = UnsafeRawBufferPointer(rebasing: flat.storage.bytes[start..<start + flat.byteCount])
    let result = try body(bytes)
    withExtendedLifetime(flat.storage) {}
    return result
  }

  /// Lends the elements' bytes, row-major, as a bounds-checked span; a strided tensor is laid out first.
  ///
  /// - Parameter body: reads the bytes.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  public func withBytes<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    try withUnsafeBytes { (bytes) throws(E) in try body(bytes.bytes) }
  }

  /// A window with the axes in another order.
  ///
  /// - Parameter order: for each new axis, the old one.
  /// - Returns: a tensor on the same bytes.
  public func permuted(_ order: [Int]) -> Tensor {
    Tensor(
      dtype: dtype, shape: order.map { shape[$0] }, strides: order.map { strides[$0] }, storage: storage,
      byteOffset: byteOffset)
  }

  /// The window at one index of an axis, without that axis.
  ///
  /// - Parameters:
  ///   - index: the position.
  ///   - axis: the axis to fix.
  /// - Returns: a tensor on the same bytes, of one rank less.
  public func selecting(_ index: Int, onAxis axis: Int) -> Tensor {
    precondition(index >= 0 && index < shape[axis], "index \(index) on an axis of \(shape[axis])")
    guard let width = dtype.byteWidth else { preconditionFailure("\(dtype) cannot be sliced") }
    var shape = shape
    var strides = strides
    shape.remove(at: axis)
    let stride = strides.remove(at: axis)
    return Tensor(
      dtype: dtype, shape: shape, strides: strides, storage: storage, byteOffset: byteOffset + index * stride * width)
  }

  /// The same elements under another shape; a strided tensor is laid out first.
  ///
  /// - Parameter shape: the new sizes, with the same number of elements.
  /// - Returns: a contiguous tensor.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == elementCount, "\(self.shape) does not reshape to \(shape)")
    let flat = contiguous()
    return Tensor(dtype: dtype, shape: shape, storage: flat.storage, byteOffset: flat.byteOffset)
  }

  /// Whether the other tensor has the same dtype, shape and bits (NaN payloads and signed zeros included).
  public func isBitEqual(to other: Tensor) -> Bool {
    guard dtype == other.dtype, shape == other.shape else { return false }
    return withUnsafeBytes { a in
      other.withUnsafeBytes { b in Rearrange.equal(a, b) }
    }
  }
}
