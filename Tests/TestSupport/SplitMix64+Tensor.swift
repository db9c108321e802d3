public import TensorData

extension SplitMix64 {
  /// A float32 tensor of numbers between -1 and 1.
  public mutating func tensor(_ shape: [Int]) -> Tensor {
    let values = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &self) }
    return Tensor(dtype: .f32, shape: shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
  }
}
