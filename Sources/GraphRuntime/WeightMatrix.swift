import TensorData

/// A weight as a product reads it: rows × columns, as stored or transposed, where it lies if that is possible.
struct WeightMatrix: Sendable {
  let rows: Int
  let columns: Int
  /// The distance between neighbours of the axis that is not dense, in elements.
  let leading: Int
  /// Whether the rows are dense in memory rather than the columns.
  let isTransposed: Bool
  private let tensor: Tensor

  /// Finds the orientation of a weight, or lays out a copy.
  ///
  /// - Parameters:
  ///   - weight: the axes that are summed over, then those that are produced; any strides, any floating dtype.
  ///   - contracted: how many axes are summed over.
  ///   - name: the parameter, under which a converted copy is kept.
  ///   - acceptsHalf: whether F16 and BF16 are used as they are.
  ///   - cache: where it is kept; nil to let go of it after use.
  /// - Throws: `CastError` if the elements are no numbers.
  init(_ weight: Tensor, contracted: Int, name: String, acceptsHalf: Bool, cache: WeightCache?) throws {
    rows = weight.shape.prefix(contracted).reduce(1, *)
    columns = weight.shape.dropFirst(contracted).reduce(1, *)
    if let place = WeightMatrix.placement(weight, contracted: contracted),
      WeightMatrix.isUsable(weight) || acceptsHalf && [.f16, .bf16].contains(weight.dtype)
    {
      (leading, isTransposed) = place
      tensor = weight
      return
    }
    let key = "\(name) \(weight.shape) \(contracted)"
    let make = { try WeightMatrix.converted(weight, contracted: contracted) }
    tensor = try cache?.tensor(key, make: make) ?? make()
    guard let place = WeightMatrix.placement(tensor, contracted: contracted) else {
      preconditionFailure("a copy is dense")
    }
    (leading, isTransposed) = place
  }

  /// Whether the elements are aligned float32 numbers.
  private static func isUsable(_ tensor: Tensor) -> Bool {
    tensor.dtype == .f32 && (UInt(bitPattern: tensor.storage.bytes.baseAddress) + UInt(tensor.byteOffset)) % 4 == 0
  }

  /// Copies a weight as float32, in the order in which it is stored if that is a matrix, so that nothing is transposed.
  private static func converted(_ weight: Tensor, contracted: Int) throws -> Tensor {
    guard let place = placement(weight, contracted: contracted), place.isTransposed else {
      return aligned(try Cast.convert(weight.contiguous(), to: .f32))
    }
    let axes = Array(weight.shape.indices)
    let order = Array(axes[contracted...] + axes[..<contracted])
    var back = order
    for (position, axis) in order.enumerated() { back[axis] = position }
    return aligned(try Cast.convert(weight.permuted(order).contiguous(), to: .f32)).permuted(back)
  }

  private static func aligned(_ tensor: Tensor) -> Tensor {
    if isUsable(tensor) { return tensor }
    return Tensor(dtype: .f32, shape: tensor.shape) { destination in
      tensor.withUnsafeBytes { destination.copyMemory(from: $0) }
    }
  }

  /// The orientation and leading dimension, or nil if the strides are not those of a matrix.
  private static func placement(_ weight: Tensor, contracted: Int) -> (leading: Int, isTransposed: Bool)? {
    guard let row = collapsed(weight, 0..<contracted), let column = collapsed(weight, contracted..<weight.shape.count)
    else { return nil }
    // An axis of one element has no stride of its own.
    if column.size == 1 || column.stride == 1 {
      let leading = row.size == 1 ? column.size : row.stride
      if leading >= column.size { return (leading, false) }
    }
    if row.size == 1 || row.stride == 1 {
      let leading = column.size == 1 ? row.size : column.stride
      if leading >= row.size { return (leading, true) }
    }
    return nil
  }

  /// The one stride that walks through several axes, or nil if there is none.
  private static func collapsed(_ tensor: Tensor, _ axes: Range<Int>) -> (size: Int, stride: Int)? {
    var size = 1
    var stride = 1
    for axis in axes.reversed() where tensor.shape[axis] != 1 {
      if size == 1 { stride = tensor.strides[axis] } else if tensor.strides[axis] != stride * size { return nil }
      size *= tensor.shape[axis]
    }
    return (size, stride)
  }

  /// The elements, where they lie.
  var elements: UnsafeRawPointer? { tensor.storage.bytes.baseAddress.map { $0 + tensor.byteOffset } }

  /// The type of the elements: F32, or F16 or BF16 where these are accepted.
  var dtype: DType { tensor.dtype }
}
