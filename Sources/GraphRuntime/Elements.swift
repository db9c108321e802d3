import TensorData

/// The elements of a row-major tensor of one element type, kept alive with it.
struct Elements<Value: BitwiseCopyable>: @unchecked Sendable {
  let shape: [Int]
  let values: UnsafeBufferPointer<Value>
  private let storage: ByteStorage

  /// Lays the tensor out row-major and aligned if it is not.
  init(_ tensor: Tensor) {
    precondition(tensor.dtype.byteWidth == MemoryLayout<Value>.size, "\(tensor.dtype) is not \(Value.self)")
    var flat = tensor.contiguous()
    if (UInt(bitPattern: flat.storage.bytes.baseAddress) + UInt(flat.byteOffset)) % UInt(MemoryLayout<Value>.alignment)
      != 0
    {
      flat = Tensor(dtype: flat.dtype, shape: flat.shape) { destination in
        flat.withUnsafeBytes { destination.copyMemory(from: $0) }
      }
    }
    shape = flat.shape
    storage = flat.storage
    // A window without elements may begin anywhere, even behind its storage.
    let start = flat.elementCount == 0 ? 0 : flat.byteOffset
    values = UnsafeRawBufferPointer(rebasing: storage.bytes[start..<start + flat.byteCount]).bindMemory(to: Value.self)
  }
}

extension Tensor {
  /// The elements of an F64 tensor.
  var float64: Elements<Double> { Elements(self) }

  /// A new F64 tensor whose elements `fill` writes, row-major.
  static func float64(shape: [Int], fill: (UnsafeMutableBufferPointer<Double>) -> Void) -> Tensor {
    Tensor(dtype: .f64, shape: shape) { fill($0.bindMemory(to: Double.self)) }
  }

  /// The elements of an F32 tensor.
  var float32: Elements<Float> { Elements(self) }

  /// A new F32 tensor whose elements `fill` writes, row-major.
  static func float32(shape: [Int], fill: (UnsafeMutablePointer<Float>) -> Void) -> Tensor {
    Tensor(dtype: .f32, shape: shape) { bytes in
      guard let first = bytes.bindMemory(to: Float.self).baseAddress else { return }
      fill(first)
    }
  }
}
