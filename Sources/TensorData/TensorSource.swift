/// What is known of a tensor before its bytes are read.
public struct TensorInfo: Sendable, Hashable {
  /// The name, byte for byte as stored.
  public var name: String
  /// The element type.
  public var dtype: DType
  /// The size of each axis, outermost first.
  public var shape: [Int]

  /// Takes the three fields.
  public init(name: String, dtype: DType, shape: [Int]) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
  }

  /// The number of elements.
  public var elementCount: Int { shape.reduce(1, *) }
  /// The number of bytes that the elements occupy.
  public var byteCount: Int { (elementCount * dtype.bitWidth + 7) / 8 }
}

/// Anything that can list its tensors and give them out one at a time: a checkpoint, a mapped model, a test.
public protocol TensorSource: Sendable {
  /// What there is, in stored order.
  var tensors: [TensorInfo] { get }

  /// The tensor of that name. Bytes are read or decoded on this call, not before.
  ///
  /// - Parameter name: a name out of `tensors`.
  /// - Returns: the tensor.
  /// - Throws: an error that names the file, the tensor and the place if its bytes cannot be read.
  func tensor(named name: String) throws -> Tensor
}
