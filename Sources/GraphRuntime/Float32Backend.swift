import CBLAS
import CKernels
import TensorData
import TensorGraph

/// Runs nodes in single precision: `ProductLibrary` for the products, the SIMD loops of CKernels for the rest.
enum Float32Backend {
  /// The value of a node.
  ///
  /// - Parameters:
  ///   - context: the node, and where its parameters come from.
  ///   - inputs: F32 tensors, row-major; ids, masks and labels are I64.
  /// - Returns: an F32 tensor, row-major.
  /// - Throws: `RuntimeError`, and what the parameter source throws.
  static func run(_ context: NodeContext, _ inputs: [Tensor]) throws -> Tensor {
    switch context.node.op {
    case .input: return inputs[0]
    case .embedding: return try embedding(context, inputs[0])
    case .linear: return try products([ProductRequest(context: context)], of: inputs[0])[0]
    case .add:
      return elementwise(try context.operands(inputs), context) { x, y, count in tfconv_add(x[0], x[1], y, count) }
    case .multiply:
      return elementwise(try context.operands(inputs), context) { x, y, count in tfconv_multiply(x[0], x[1], y, count) }
    case .scale(let factor):
      return elementwise(inputs, context) { x, y, count in tfconv_scale(x[0], Float(factor), y, count) }
    case .layerNorm(let epsilon):
      return try normalized(context, inputs[0]) { x, gain, bias, y, rows, width in
        tfconv_layer_norm(x, gain, bias, y, rows, width, epsilon)
      }
    case .rmsNorm(let epsilon):
      return try normalized(context, inputs[0]) { x, gain, _, y, rows, width in
        tfconv_rms_norm(x, gain, y, rows, width, epsilon)
      }
    case .activation(let function):
      return elementwise(inputs, context, work: 16) { x, y, count in apply(function, x[0], y, count) }
    case .attention(let options): return attention(try AttentionArguments(inputs, options, context), context)
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

  static func apply(
    _ function: Activation, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    switch function {
    case .relu: tfconv_relu(x, y, count)
    case .geluErf: tfconv_gelu_erf(x, y, count)
    case .geluTanh: tfconv_gelu_tanh(x, y, count)
    case .gelu10: tfconv_gelu_10(x, y, count)
    case .quickGelu: tfconv_quick_gelu(x, y, count)
    case .silu: tfconv_silu(x, y, count)
    case .mish: tfconv_mish(x, y, count)
    case .hardSwish: tfconv_hard_swish(x, y, count)
    case .relu6: tfconv_relu6(x, y, count)
    case .relu2: tfconv_relu2(x, y, count)
    case .leakyRelu: tfconv_leaky_relu(x, y, count)
    case .tanh: tfconv_tanh(x, y, count)
    case .sigmoid: tfconv_sigmoid(x, y, count)
    case .laplace: tfconv_laplace(x, y, count)
    case .identity: if x != UnsafePointer(y) { y.update(from: x, count: count) }
    }
  }

  private typealias Loop = ([UnsafePointer<Float>], UnsafeMutablePointer<Float>, Int) -> Void

  /// Applies a loop to the elements of operands of one shape.
  private static func elementwise(
    _ operands: [Tensor], _ context: NodeContext, work: Int = 1, _ loop: Loop
  ) -> Tensor {
    let elements = operands.map(\.float32)
    let count = operands[0].elementCount
    return context.float32(operands[0].shape) { y in
      Parallel.rows(count, threads: context.threads, work: work) { part in
        let starts = elements.compactMap { $0.values.baseAddress.map { $0 + part.lowerBound } }
        loop(starts, y + part.lowerBound, part.count)
      }
    }
  }

  private static func embedding(_ context: NodeContext, _ ids: Tensor) throws -> Tensor {
    let table = try context.parameter(0)
    let numbers = try GraphInputs.wholeNumbers(ids, name: context.node.name)
    let rowShape = Array(table.shape.dropFirst())
    for (position, id) in numbers.enumerated() where !(0..<table.shape[0]).contains(id) {
      throw context.indexError(position: position, in: ids, value: id, limit: table.shape[0])
    }
    let strides = Tensor.rowMajorStrides(rowShape)
    let gathered = Tensor(dtype: table.dtype, shape: ids.shape + rowShape) { bytes in
      let width = numbers.isEmpty ? 0 : bytes.count / numbers.count
      for (position, id) in numbers.enumerated() {
        Rearrange.copy(
          table.selecting(id, onAxis: 0),
          into: UnsafeMutableRawBufferPointer(rebasing: bytes[position * width..<(position + 1) * width]),
          strides: strides)
      }
    }
    return try Cast.convert(gathered, to: .f32)
  }

  private typealias Normalization = (
    _ x: UnsafePointer<Float>, _ gain: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    _ y: UnsafeMutablePointer<Float>, _ rows: Int, _ width: Int
  ) -> Void

  private static func normalized(
    _ context: NodeContext, _ x: Tensor, _ loop: Normalization
  ) throws -> Tensor {
    let gain = try context.vector(0)
    let bias = context.node.parameters.count > 1 ? try context.vector(1) : nil
    let width = gain.values.count
    guard x.shape.last == width else {
      throw context.mismatch(0, expected: "\(width) on its last axis", found: x.shape)
    }
    let elements = x.float32
    return context.float32(x.shape) { y in
      guard let start = elements.values.baseAddress, let gain = gain.values.baseAddress else { return }
      Parallel.rows(elements.values.count / width, threads: context.threads, work: width * 2) { part in
        let first = part.lowerBound * width
        loop(start + first, gain, bias?.values.baseAddress, y + first, part.count, width)
      }
    }
  }
}
