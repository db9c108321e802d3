import TensorData
import TensorGraph

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Runs nodes in double precision, each as its definition reads: the oracle for the float32 backend.
///
/// It shares no arithmetic with that backend. Loops run in a fixed order, so that every run gives the same bits.
enum Float64Backend {
  /// The value of a node.
  ///
  /// - Parameters:
  ///   - context: the node, and where its parameters come from.
  ///   - inputs: F64 tensors, row-major; ids, masks and labels are I64.
  /// - Returns: an F64 tensor, row-major.
  /// - Throws: `RuntimeError`, and what the parameter source throws.
  static func run(_ context: NodeContext, _ inputs: [Tensor]) throws -> Tensor {
    switch context.node.op {
    case .input: return inputs[0]
    case .embedding: return try embedding(context, inputs[0])
    case .linear: return try linear(context, inputs[0])
    case .add:
      let operands = try context.operands(inputs)
      return elementwise(operands[0], operands[1]) { $0 + $1 }
    case .multiply:
      let operands = try context.operands(inputs)
      return elementwise(operands[0], operands[1]) { $0 * $1 }
    case .scale(let factor): return elementwise(inputs[0]) { $0 * factor }
    case .layerNorm(let epsilon): return try layerNorm(context, inputs[0], epsilon: epsilon)
    case .rmsNorm(let epsilon): return try rmsNorm(context, inputs[0], epsilon: epsilon)
    case .activation(let function): return elementwise(inputs[0], Float64Backend.function(function))
    case .attention(let options): return try attention(AttentionArguments(inputs, options, context))
    case .relativeBias(let isBidirectional, let maxDistance):
      return try relativeBias(context, inputs[0], isBidirectional: isBidirectional, maxDistance: maxDistance)
    case .select(let axis, let index): return try context.selecting(inputs[0], axis: axis, index: index)
    case .last(let padding): return try context.last(inputs[0], ids: inputs[1], padding: padding)
    case .crossEntropy(let isShifted): return try crossEntropy(context, inputs, isShifted: isShifted)
    case .contract: return try contract(context, inputs)
    case .concat(let axis): return try context.concatenated(inputs, axis: axis)
    case .slice(let axis, let first, let count):
      return try context.sliced(inputs[0], axis: axis, from: first, count: count)
    case .softmax(let hasMask): return try softmax(context, inputs, hasMask: hasMask)
    case .reverse(let axis, let hasMask): return try context.reversed(inputs, axis: axis, hasMask: hasMask)
    case .mean(let axis, let hasMask): return try mean(context, inputs, axis: axis, hasMask: hasMask)
    case .choose: return try context.chosen(inputs)
    case .sinusoid(let options): return try sinusoid(context, inputs[0], options)
    case .relativeShift(let isBidirectional):
      return try relativeShift(context, inputs[0], isBidirectional: isBidirectional)
    case .step(let axis): return try context.selecting(inputs[0], axis: axis, index: context.place)
    case .carried: return inputs[0]
    }
  }

  /// The definition of an activation function.
  static func function(_ activation: Activation) -> (Double) -> Double {
    switch activation {
    case .relu: { $0 < 0 ? 0 : $0 }
    case .geluErf: { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) }
    case .geluTanh: { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
    case .gelu10: { clipped($0 * 0.5 * erfc(-$0 / 2.0.squareRoot()), -10, 10) }
    case .quickGelu: { $0 / (1 + exp(-1.702 * $0)) }
    case .silu: { $0 / (1 + exp(-$0)) }
    case .mish: { $0 * tanh(log1p(exp($0))) }
    case .hardSwish: { $0 * clipped($0 + 3, 0, 6) / 6 }
    case .relu6: { clipped($0, 0, 6) }
    case .relu2: { $0 < 0 ? 0 : $0 * $0 }
    case .leakyRelu: { $0 < 0 ? 0.01 * $0 : $0 }
    case .tanh: { tanh($0) }
    case .sigmoid: { 1 / (1 + exp(-$0)) }
    case .laplace: { 0.5 * erfc((0.707107 - $0) / (0.282095 * 2.0.squareRoot())) }
    case .identity: { $0 }
    }
  }

  /// The value, or the nearest of the two bounds if it lies beyond them; NaN stays NaN.
  private static func clipped(_ x: Double, _ lower: Double, _ upper: Double) -> Double {
    x < lower ? lower : x > upper ? upper : x
  }

  private static func elementwise(_ x: Tensor, _ function: (Double) -> Double) -> Tensor {
    let x = x.float64
    return .float64(shape: x.shape) { y in
      for index in y.indices { y[index] = function(x.values[index]) }
    }
  }

  private static func elementwise(_ a: Tensor, _ b: Tensor, _ function: (Double, Double) -> Double) -> Tensor {
    let (a, b) = (a.float64, b.float64)
    return .float64(shape: a.shape) { y in
      for index in y.indices { y[index] = function(a.values[index], b.values[index]) }
    }
  }

  private static func embedding(_ context: NodeContext, _ ids: Tensor) throws -> Tensor {
    let table = try context.parameter(0)
    let numbers = try GraphInputs.wholeNumbers(ids, name: context.node.name)
    let width = table.shape.dropFirst().reduce(1, *)
    var rows: [Double] = []
    rows.reserveCapacity(numbers.count * width)
    for (position, id) in numbers.enumerated() {
      guard (0..<table.shape[0]).contains(id) else {
        throw context.indexError(position: position, in: ids, value: id, limit: table.shape[0])
      }
      rows += try table.selecting(id, onAxis: 0).doubles()
    }
    return .float64(shape: ids.shape + table.shape.dropFirst()) { y in
      for index in y.indices { y[index] = rows[index] }
    }
  }

  private static func linear(_ context: NodeContext, _ x: Tensor) throws -> Tensor {
    let (weight, contracted) = context.matrix(try context.parameter(0))
    let produced = Array(weight.shape.dropFirst(contracted))
    let (rows, columns) = (weight.shape.prefix(contracted).reduce(1, *), produced.reduce(1, *))
    guard x.shape.suffix(contracted) == weight.shape.prefix(contracted) else {
      throw context.mismatch(
        0, expected: "\(Array(weight.shape.prefix(contracted))) on its last axes", found: x.shape)
    }
    let matrix = try Cast.convert(weight.contiguous(), to: .f64).float64
    let bias = context.node.parameters.count > 1 ? try context.parameter(1).doubles() : []
    let leading = Array(x.shape.dropLast(contracted))
    let x = x.float64
    return .float64(shape: leading + produced) { y in
      guard let y = y.baseAddress else { return }
      guard let x = x.values.baseAddress, let matrix = matrix.values.baseAddress else {
        return y.update(repeating: 0, count: leading.reduce(columns, *))
      }
      Parallel.rows(leading.reduce(1, *), threads: context.threads, work: rows * columns) { part in
        // Every element is its bias plus the products in the order of the rows, whoever computes it; a block of inputs
        // shares each row of the matrix while it is in the cache.
        for first in stride(from: part.lowerBound, to: part.upperBound, by: 16) {
          let block = first..<min(first + 16, part.upperBound)
          for m in block {
            for column in 0..<columns { y[m * columns + column] = bias.isEmpty ? 0 : bias[column] }
          }
          for row in 0..<rows {
            for m in block {
              add(x[m * rows + row], times: matrix + row * columns, to: y + m * columns, count: columns)
            }
          }
        }
      }
    }
  }

  /// Adds a multiple of a row to another.
  private static func add(
    _ factor: Double, times row: UnsafePointer<Double>, to sum: UnsafeMutablePointer<Double>, count: Int
  ) {
    for index in 0..<count { sum[index] += factor * row[index] }
  }

  private static func layerNorm(_ context: NodeContext, _ x: Tensor, epsilon: Double) throws -> Tensor {
    let (gain, bias) = (try context.parameter(0).doubles(), try context.parameter(1).doubles())
    return try rows(of: x, width: gain.count, context) { x, y in
      let mean = x.reduce(0, +) / Double(x.count)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
      for i in 0..<x.count { y[i] = (x[i] - mean) / (variance + epsilon).squareRoot() * gain[i] + bias[i] }
    }
  }

  private static func rmsNorm(_ context: NodeContext, _ x: Tensor, epsilon: Double) throws -> Tensor {
    let gain = try context.parameter(0).doubles()
    return try rows(of: x, width: gain.count, context) { x, y in
      let square = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
      for i in 0..<x.count { y[i] = x[i] / (square + epsilon).squareRoot() * gain[i] }
    }
  }

  /// Applies a function to each row of the last axis.
  private static func rows(
    of x: Tensor, width: Int, _ context: NodeContext, _ function: ([Double], UnsafeMutableBufferPointer<Double>) -> Void
  ) throws -> Tensor {
    guard x.shape.last == width else {
      throw context.mismatch(0, expected: "\(width) on its last axis", found: x.shape)
    }
    let x = x.float64
    return .float64(shape: x.shape) { y in
      for first in stride(from: 0, to: x.values.count, by: max(width, 1)) {
        function(Array(x.values[first..<first + width]), UnsafeMutableBufferPointer(rebasing: y[first..<first + width]))
      }
    }
  }
}
