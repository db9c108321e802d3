import CBLAS
import CKernels
import TensorData
import TensorGraph

/// The most products of one value that are computed together.
let mostProducts = Int(TFCONV_MOST_PRODUCTS)

extension Float32Backend {
  /// Products of one value with several weights.
  ///
  /// - Parameters:
  ///   - requests: up to `mostProducts` linear nodes.
  ///   - x: the value, row-major.
  /// - Returns: an F32 tensor for each request.
  /// - Throws: `RuntimeError`, and what the parameter source throws.
  static func products(_ requests: [ProductRequest], of x: Tensor) throws -> [Tensor] {
    let prepared = try requests.map { try PreparedProduct($0, inputShape: x.shape) }
    var calls = prepared.map(\.call)
    let shape = prepared[0].operandShape
    multiply(x.float32, rows: shape.rows, depth: shape.depth, &calls, requests[0].context)
    withExtendedLifetime(prepared) {}
    return prepared.map(\.result)
  }

  /// A product of the product of a value, whose elements between the two are kept as the second reads them.
  ///
  /// - Parameters:
  ///   - first: a linear node, without a sum.
  ///   - second: the linear node that alone reads it.
  ///   - x: the value, row-major.
  /// - Returns: an F32 tensor.
  /// - Throws: what `products` throws.
  static func chain(_ first: ProductRequest, _ second: ProductRequest, of x: Tensor) throws -> Tensor {
    let context = first.context
    if context.products == .openBLAS { return try products([second], of: products([first], of: x)[0])[0] }
    let one = try PreparedProduct(first, inputShape: x.shape, isKept: false)
    let two = try PreparedProduct(second, inputShape: one.shape)
    let (rows, depth) = one.operandShape
    let operand = x.float32
    guard let start = operand.values.baseAddress, ![rows, depth, one.call.columns, two.call.columns].contains(0) else {
      return try products([second], of: products([first], of: x)[0])[0]
    }
    withUnsafePointer(to: one.call) { one in
      withUnsafePointer(to: two.call) { two in
        tfconv_multiply_twice(
          start, rows, depth, one, two, Int32(clamping: context.threads), context.products.vectorBytes)
      }
    }
    withExtendedLifetime((operand, one, two)) {}
    return two.result
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
      for activation in Activation.allCases
      where activation != .identity && PreparedProduct.function(activation) == call.function {
        apply(activation, y + first, y + first, part.count * columns)
      }
      if let residual = call.residual { tfconv_add(y + first, residual + first, y + first, part.count * columns) }
    }
  }
}
