public import TensorData

// What random models are made of.

extension SplitMix64 {
  /// Whether something happens that does so in so many of a hundred cases.
  public mutating func happens(_ percent: Int) -> Bool { Int(next() % 100) < percent }

  /// One of some elements, of which there is at least one.
  public mutating func element<Element>(_ elements: [Element]) -> Element {
    elements[Int(next() % UInt64(elements.count))]
  }

  /// A tensor of small values; of f32 if elements of the type would not fill whole bytes.
  mutating func tensor(_ dtype: DType, _ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    let dtype = dtype.byteCount(elementCount: count) == nil ? .f32 : dtype
    if dtype.isComputableFloat, Cast.isSupported(from: .f32, to: dtype) {
      let values = (0..<count).map { _ in normal() * 0.3 }
      let wide = Tensor(dtype: .f32, shape: shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
      if let tensor = try? Cast.convert(wide, to: dtype) { return tensor }
    }
    var bits = self
    let tensor = Tensor(dtype: dtype, shape: shape) { bytes in
      for index in bytes.indices {
        bytes[index] = UInt8(truncatingIfNeeded: dtype == .bool ? bits.next() & 1 : bits.next())
      }
    }
    self = bits
    return tensor
  }

  /// The tensor with one element that is not finite, huge or tiny, or all of it zero.
  mutating func spoiled(_ tensor: Tensor) -> Tensor {
    guard tensor.dtype.isComputableFloat, var values = try? tensor.doubles(), !values.isEmpty,
      Cast.isSupported(from: .f64, to: tensor.dtype)
    else { return self.tensor(tensor.dtype, tensor.shape) }
    if happens(10) {
      values = values.map { _ in 0 }
    } else {
      values[number(below: values.count)] = element([.nan, .infinity, -.infinity, 1e38, -3e38, 1e300, 1e-42, 7e4])
    }
    let wide = Tensor(dtype: .f64, shape: tensor.shape) { bytes in
      values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
    return (try? Cast.convert(wide, to: tensor.dtype)) ?? tensor
  }
}
