import CKernels
import TensorData
import TensorGraph

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

extension Float32Backend {
  /// Attention: scores, softmax over what is visible, mix, in one pass over blocks of queries of a head.
  ///
  /// A hidden key whose value is not finite still spoils the mix, because zero times NaN is NaN (so it is in PyTorch);
  /// the float64 backend leaves hidden keys out.
  static func attention(_ arguments: AttentionArguments, _ context: NodeContext) -> Tensor {
    guard arguments.isAllOrCausal else { return sparseAttention(arguments, context) }
    let queries = arguments.queries.float32
    let bias = arguments.bias?.float32
    let (keys, values) = (dense(arguments.keys), dense(arguments.values))
    return context.float32(arguments.queries.shape) { y in
      guard let q = queries.values.baseAddress, arguments.keyCount > 0 else {
        return y.update(repeating: 0, count: queries.values.count)
      }
      let run = { (hidden: UnsafePointer<UInt8>?) in
        var call = tfconv_attention(
          q: q, k: positions(keys), v: positions(values), batch: arguments.batch, queries: arguments.queryCount,
          keys: arguments.keyCount, heads: arguments.heads, head: arguments.head, hidden: hidden,
          bias: bias?.values.baseAddress, scale: Float(arguments.options.scale),
          causal: arguments.options.visibility == .causal ? 1 : 0, y: y)
        guard arguments.hasBiasPerSequence else {
          return tfconv_attend(&call, Int32(clamping: context.threads), context.products.vectorBytes)
        }
        // A bias of its own makes each sequence a call of its own.
        let width = arguments.queryCount * arguments.heads * arguments.head
        call.batch = 1
        for sequence in 0..<arguments.batch {
          call.q = q + sequence * width
          call.y = y + sequence * width
          call.k.start = positions(keys).start + sequence * keys.strides[0]
          call.v.start = positions(values).start + sequence * values.strides[0]
          call.hidden = hidden.map { $0 + sequence * arguments.keyCount }
          call.bias = bias?.values.baseAddress.map { $0 + arguments.biasPlace(sequence, 0, 0, 0) }
          tfconv_attend(&call, Int32(clamping: context.threads), context.products.vectorBytes)
        }
      }
      if let hidden = arguments.hidden { hidden.withUnsafeBufferPointer { run($0.baseAddress) } } else { run(nil) }
      withExtendedLifetime((keys, values)) {}
    }
  }

  /// Attention of queries that see a few keys each: scores of those alone, one query after the other.
  private static func sparseAttention(_ arguments: AttentionArguments, _ context: NodeContext) -> Tensor {
    let queries = arguments.queries.float32
    let bias = arguments.bias?.float32
    let (keys, values) = (dense(arguments.keys), dense(arguments.values))
    let (k, v) = (positions(keys), positions(values))
    let (heads, head, scale) = (arguments.heads, arguments.head, Float(arguments.options.scale))
    return context.float32(arguments.queries.shape) { y in
      y.update(repeating: 0, count: queries.values.count)
      guard let q = queries.values.baseAddress, arguments.keyCount > 0 else { return }
      let rows = arguments.batch * arguments.queryCount
      Parallel.rows(rows, threads: context.threads, work: arguments.keyCount * heads * head) { part in
        var weights: [Float] = []
        for row in part {
          let (sequence, query) = (row / arguments.queryCount, row % arguments.queryCount)
          var visible = arguments.visible(toQuery: query, of: sequence)
          let isBlind = visible.isEmpty
          if isBlind { visible = Array(0..<arguments.keyCount) }
          for h in 0..<heads {
            let (source, sum) = (q + (row * heads + h) * head, y + (row * heads + h) * head)
            let (firstKey, firstValue) = (
              k.start + sequence * k.sequence + h * k.head, v.start + sequence * v.sequence + h * v.head
            )
            weights = visible.map { key in
              guard !isBlind else { return 0 }
              let score = scale * product(source, firstKey + key * k.position, head)
              return score + (bias.map { $0.values[arguments.biasPlace(sequence, h, query, key)] } ?? 0)
            }
            weights.withUnsafeMutableBufferPointer { tfconv_softmax($0.baseAddress, 1, $0.count) }
            for (weight, key) in zip(weights, visible) {
              let value = firstValue + key * v.position
              for d in 0..<head { sum[d] += weight * value[d] }
            }
          }
        }
      }
      withExtendedLifetime((keys, values)) {}
    }
  }

  /// Σ a b, in eight sums that go along.
  private static func product(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD8<Float>.zero
    var index = 0
    while index + 8 <= count {
      let x = UnsafeRawPointer(a + index).loadUnaligned(as: SIMD8<Float>.self)
      let y = UnsafeRawPointer(b + index).loadUnaligned(as: SIMD8<Float>.self)
      sums.addProduct(x, y)
      index += 8
    }
    var sum = sums.sum()
    while index < count {
      sum += a[index] * b[index]
      index += 1
    }
    return sum
  }

  /// Keys or values with the numbers of a head side by side.
  private static func dense(_ tensor: Tensor) -> Tensor { tensor.strides[3] == 1 ? tensor : tensor.contiguous() }

  /// Where they lie.
  private static func positions(_ tensor: Tensor) -> tfconv_positions {
    guard let base = tensor.storage.bytes.baseAddress else { preconditionFailure("a tensor of a run has an address") }
    return tfconv_positions(
      start: (base + tensor.byteOffset).assumingMemoryBound(to: Float.self), sequence: tensor.strides[0],
      position: tensor.strides[1], head: tensor.strides[2])
  }

  /// The bias of each head for each distance between a query and a key.
  static func relativeBias(
    _ context: NodeContext, _ queries: Tensor, isBidirectional: Bool, maxDistance: Int
  ) throws -> Tensor {
    let table = try context.parameter(0)
    let (buckets, heads) = (table.shape[0], table.shape[1])
    let rows = try table.permuted([1, 0]).floats()
    let (queryCount, past) = (queries.shape[1], context.past)
    let keyCount = past + queryCount
    let bounds = logarithmicBounds(buckets: isBidirectional ? buckets / 2 : buckets, maxDistance: maxDistance)
    let bucketOfDistance = (1 - keyCount..<keyCount).map { distance in
      let isAhead = isBidirectional && distance > 0
      let steps = isBidirectional ? abs(distance) : max(-distance, 0)
      return (isAhead ? buckets / 2 : 0) + bucket(ofSteps: steps, bounds: bounds)
    }
    return context.float32([heads, queryCount, keyCount]) { y in
      for h in 0..<heads {
        for query in 0..<queryCount {
          let row = y + (h * queryCount + query) * keyCount
          for key in 0..<keyCount {
            row[key] = rows[h * buckets + bucketOfDistance[key - (past + query) + keyCount - 1]]
          }
        }
      }
    }
  }

  /// The first distance of each bucket: one by one in the lower half, then in equal ratios up to `maxDistance`.
  ///
  /// Source: the rule of mesh-tensorflow's `_relative_position_bucket`, solved for the distance.
  private static func logarithmicBounds(buckets: Int, maxDistance: Int) -> [Int] {
    let exact = buckets / 2
    let ratio = Double(maxDistance) / Double(exact)
    return (0..<buckets).map { bucket in
      if bucket <= exact { return bucket }
      let first = Double(exact) * pow(ratio, Double(bucket - exact) / Double(buckets - exact))
      return Int((first - 1e-9).rounded(.up))
    }
  }

  private static func bucket(ofSteps steps: Int, bounds: [Int]) -> Int {
    (bounds.lastIndex { $0 <= steps }) ?? 0
  }

  /// The mean of −log softmax(logits)[label] over the labels that count; NaN if none does.
  static func crossEntropy(_ context: NodeContext, _ inputs: [Tensor], isShifted: Bool) throws -> Tensor {
    let pairs = try context.labelledRows(inputs, isShifted: isShifted)
    let classes = inputs[0].shape.last ?? 1
    let logits = inputs[0].float32
    var total = 0.0
    for (row, label) in pairs {
      let scores = logits.values[row * classes..<(row + 1) * classes]
      var largest = -Float.infinity
      for score in scores where score > largest { largest = score }
      var sum = 0.0
      for score in scores { sum += Double(expf(score - largest)) }
      total += Glibc.log(sum) - Double(logits.values[row * classes + label] - largest)
    }
    return .float32(shape: []) { $0[0] = Float(total / Double(pairs.count)) }
  }
}
