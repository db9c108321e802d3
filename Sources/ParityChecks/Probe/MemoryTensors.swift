import TensorData

/// Tensors in memory that pass for a checkpoint.
struct MemoryTensors: TensorSource {
  private(set) var tensors: [TensorInfo] = []
  private var values: [ByteKey: Tensor] = [:]

  /// Adds a tensor; a repeated name is an error of the layout that names it.
  mutating func add(_ name: String, _ tensor: Tensor) {
    precondition(values[ByteKey(name)] == nil, "\(name) is stored twice")
    tensors.append(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape))
    values[ByteKey(name)] = tensor
  }

  func tensor(named name: String) throws -> Tensor {
    guard let tensor = values[ByteKey(name)] else { throw ParityError("there is no tensor \(name)") }
    return tensor
  }
}
