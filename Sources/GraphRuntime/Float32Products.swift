import CBLAS
import CKernels
import TensorData
import TensorGraph

/// The most products of one value that are computed together.
let mostProducts = Int(TFCONV_MOST_PRODUCTS)

/// A linear node's weights in the form in which they are multiplied.
struct PreparedLinear: Sendable {
  /// rows summed over × columns produced.
  let matrix: WeightMatrix
  /// The sizes of the axes that are summed over, and of those that are produced.
  let summed: [Int]
  let produced: [Int]
  /// A number for each column.
  let bias: Elements<Float>?
}

/// A linear node, and what is done to each element of its product in the same pass.
struct ProductRequest {
  /// The linear node.
  let context: NodeContext
  var function: Activation?
  /// What is added at the end, and the node that adds it.
  var sum: (other: Tensor, context: NodeContext)?
}

extension Float32Backend {
  /// Products of one value with several weights.
  ///
  /// - Parameters:
  ///   - requests: up to `mostProducts` linear nodes.
  ///   - x: the value, row-major.
  /// - Returns: an F32 tensor for each request.
  /// - Throws: `RuntimeError`, and what the parameter source throws.
  static func products(_ requests: [ProductRequest], of x: Tensor) throws -> [Tensor] {
    var results: [Tensor] = []
    var calls: [tfconv_product] = []
    var owners: [Any] = []
    var shape = (rows: 0, depth: 0)
    for request in requests {
      let context = request.context
      let linear = try prepared(context, x)
      let leading = Array(x.shape.dropLast(linear.summed.count))
      shape = (leading.reduce(1, *), linear.matrix.rows)
      try checkLimits(context, rows: shape.rows, linear.matrix)
      let (result, y) = context.arena.float32(leading + linear.produced)
      if let sum = request.sum, sum.other.shape != result.shape {
        let input = sum.context.node.inputs[0].node == context.index ? 1 : 0
        throw sum.context.mismatch(input, expected: "the shape \(result.shape)", found: sum.other.shape)
      }
      let residual = request.sum?.other.float32
      calls.append(
        tfconv_product(
          weights: linear.matrix.elements, type: type(linear.matrix.dtype),
          transposed: linear.matrix.isTransposed ? 1 : 0, leading: linear.matrix.leading,
          columns: linear.matrix.columns, bias: linear.bias?.values.baseAddress,
          function: function(request.function), residual: residual?.values.baseAddress, y: y))
      results.append(result)
      owners.append((linear, residual))
    }
    multiply(x.float32, rows: shape.rows, depth: shape.depth, &calls, requests[0].context)
    withExtendedLifetime(owners) {}
    return results
  }

  private static func prepared(_ context: NodeContext, _ x: Tensor) throws -> PreparedLinear {
    let make = {
      let (weight, contracted) = context.matrix(try context.parameter(0))
      let matrix = try WeightMatrix(
        weight, contracted: contracted, name: context.node.parameters[0],
        acceptsHalf: context.products != .openBLAS, cache: context.weights)
      return PreparedLinear(
        matrix: matrix, summed: Array(weight.shape[..<contracted]), produced: Array(weight.shape[contracted...]),
        bias: context.node.parameters.count > 1 ? try context.vector(1) : nil)
    }
    let linear = try context.weights?.linear(context.index, make: make) ?? make()
    guard x.shape.suffix(linear.summed.count) == linear.summed[...] else {
      throw context.mismatch(0, expected: "\(linear.summed) on its last axes", found: x.shape)
    }
    return linear
  }

  /// OpenBLAS counts in 32 bits.
  private static func checkLimits(_ context: NodeContext, rows: Int, _ matrix: WeightMatrix) throws(RuntimeError) {
    guard context.products == .openBLAS else { return }
    for dimension in [rows, matrix.rows, matrix.columns, matrix.leading] where Int32(exactly: dimension) == nil {
      throw RuntimeError.dimensionTooLarge(node: context.node.name, dimension: dimension)
    }
  }

  private static func multiply(
    _ x: Elements<Float>, rows: Int, depth: Int, _ calls: inout [tfconv_product], _ context: NodeContext
  ) {
    calls.removeAll { $0.columns == 0 }
    guard rows > 0, !calls.isEmpty else { return }
    guard depth > 0, let start = x.values.baseAddress else {
      // A sum over nothing is zero: one product with zero for each element.
      let zeros = [Float](repeating: 0, count: max(rows, calls.map(\.columns).max() ?? 0))
      return zeros.withUnsafeBufferPointer { zeros in
        guard let zero = zeros.baseAddress else { return }
        for index in calls.indices {
          calls[index].weights = UnsafeRawPointer(zero)
          (calls[index].type, calls[index].transposed) = (Int32(TFCONV_F32), 0)
        }
        tfconv_multiply_rows(zero, rows, 1, calls, calls.count, 1, context.products.vectorBytes)
      }
    }
    // A few rows are read at the speed of the memory by our own kernels alone.
    if context.products == .openBLAS, rows > 4 {
      for call in calls { multiplyWithOpenBLAS(start, rows: rows, depth: depth, call, context) }
    } else {
      tfconv_multiply_rows(
        start, rows, depth, calls, calls.count, Int32(clamping: context.threads), context.products.vectorBytes)
    }
  }

  private static func multiplyWithOpenBLAS(
    _ x: UnsafePointer<Float>, rows: Int, depth: Int, _ call: tfconv_product, _ context: NodeContext
  ) {
    guard let y = call.y else { return }
    let columns = call.columns
    tfconv_sgemm(
      Int32(TFCONV_NO_TRANSPOSE), Int32(call.transposed != 0 ? TFCONV_TRANSPOSE : TFCONV_NO_TRANSPOSE), Int32(rows),
      Int32(columns), Int32(depth), 1, x, Int32(depth), call.weights.assumingMemoryBound(to: Float.self),
      Int32(call.leading), 0, y, Int32(columns))
    Parallel.rows(rows, threads: context.threads, work: columns * 8) { part in
      let first = part.lowerBound * columns
      if let bias = call.bias { tfconv_add_bias(y + first, bias, part.count, columns) }
      for activation in Activation.allCases where function(activation) == call.function {
        apply(activation, y + first, y + first, part.count * columns)
      }
      if let residual = call.residual { tfconv_add(y + first, residual + first, y + first, part.count * columns) }
    }
  }

  private static func type(_ dtype: DType) -> Int32 {
    switch dtype {
    case .f16: Int32(TFCONV_F16)
    case .bf16: Int32(TFCONV_BF16)
    default: Int32(TFCONV_F32)
    }
  }

  private static func function(_ activation: Activation?) -> Int32 {
    let name =
      switch activation {
      case nil: TFCONV_IDENTITY
      case .relu: TFCONV_RELU
      case .geluErf: TFCONV_GELU_ERF
      case .geluTanh: TFCONV_GELU_TANH
      case .silu: TFCONV_SILU
      case .tanh: TFCONV_TANH
      }
    return Int32(name)
  }
}
