public import TensorData

/// Tensors in memory that pass for a checkpoint.
public struct MemorySource: TensorSource {
  /// What there is, in order.
  public var tensors: [TensorInfo] = []
  private var values: [ByteKey: Tensor] = [:]

  /// No tensors.
  public init() {}

  /// Adds or replaces a tensor.
  public mutating func add(_ name: String, _ tensor: Tensor) {
    if values[ByteKey(name)] != nil { remove(name) }
    tensors.append(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape))
    values[ByteKey(name)] = tensor
  }

  /// Removes a tensor.
  public mutating func remove(_ name: String) {
    tensors.removeAll { ByteKey($0.name) == ByteKey(name) }
    values[ByteKey(name)] = nil
  }

  /// The tensor of that name; traps if there is none, because a test is wrong then.
  public func tensor(named name: String) throws -> Tensor {
    guard let tensor = values[ByteKey(name)] else { preconditionFailure("no tensor \(name)") }
    return tensor
  }
}
