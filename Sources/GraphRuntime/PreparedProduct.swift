import CKernels
import TensorData
import TensorGraph

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

/// A product that is ready to be computed, with all that it reads and the result that it fills.
struct PreparedProduct {
  let call: tfconv_product
  /// The shape of the result.
  let shape: [Int]
  let result: Tensor
  /// The rows of the operand, and how many numbers a row sums over.
  let operandShape: (rows: Int, depth: Int)
  private let linear: PreparedLinear
  private let residual: Elements<Float>?

  /// Finds the weights and makes the result.
  ///
  /// - Parameters:
  ///   - request: the product.
  ///   - inputShape: the shape of its operand.
  ///   - isKept: false if only another product reads the result, in whatever order its elements are.
  /// - Throws: `RuntimeError`, and what the parameter source throws.
  init(_ request: ProductRequest, inputShape: [Int], isKept: Bool = true) throws {
    let context = request.context
    linear = try PreparedProduct.prepared(context, inputShape)
    let leading = Array(inputShape.dropLast(linear.summed.count))
    operandShape = (leading.reduce(1, *), linear.matrix.rows)
    try PreparedProduct.checkLimits(context, rows: operandShape.rows, linear.matrix)
    shape = leading + linear.produced
    if let sum = request.sum, sum.other.shape != shape {
      let input = sum.context.node.inputs[0].node == context.index ? 1 : 0
      throw sum.context.mismatch(input, expected: "the shape \(shape)", found: sum.other.shape)
    }
    let stored = isKept ? shape : [tfconv_rows_between(operandShape.rows), linear.matrix.columns]
    let (result, y) = context.arena.float32(stored)
    residual = request.sum?.other.float32
    self.result = result
    call = tfconv_product(
      weights: linear.matrix.elements, type: PreparedProduct.type(linear.matrix.dtype),
      transposed: linear.matrix.isTransposed ? 1 : 0, leading: linear.matrix.leading, columns: linear.matrix.columns,
      bias: linear.bias?.values.baseAddress, function: PreparedProduct.function(request.function),
      residual: residual?.values.baseAddress, y: y)
  }

  private static func prepared(_ context: NodeContext, _ inputShape: [Int]) throws -> PreparedLinear {
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
    guard inputShape.suffix(linear.summed.count) == linear.summed[...] else {
      throw context.mismatch(0, expected: "\(linear.summed) on its last axes", found: inputShape)
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

  private static func type(_ dtype: DType) -> Int32 {
    switch dtype {
    case .f16: Int32(TFCONV_F16)
    case .bf16: Int32(TFCONV_BF16)
    default: Int32(TFCONV_F32)
    }
  }

  /// How the kernels call it.
  static func function(_ activation: Activation?) -> Int32 {
    let name =
      switch activation {
      case nil, .identity: TFCONV_IDENTITY
      case .relu: TFCONV_RELU
      case .geluErf: TFCONV_GELU_ERF
      case .geluTanh: TFCONV_GELU_TANH
      case .gelu10: TFCONV_GELU_10
      case .quickGelu: TFCONV_QUICK_GELU
      case .silu: TFCONV_SILU
      case .mish: TFCONV_MISH
      case .hardSwish: TFCONV_HARD_SWISH
      case .relu6: TFCONV_RELU6
      case .relu2: TFCONV_RELU2
      case .leakyRelu: TFCONV_LEAKY_RELU
      case .tanh: TFCONV_TANH
      case .sigmoid: TFCONV_SIGMOID
      case .laplace: TFCONV_LAPLACE
      }
    return Int32(name)
  }
}
