import TensorData
import TensorGraph

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

extension Float64Backend {
  /// softmax(scale q kᵀ + bias) v over the keys that a query may see; the mean of all v where there is none.
  static func attention(_ arguments: AttentionArguments) throws -> Tensor {
    let (q, k, v) = (arguments.queries.float64, arguments.keys.float64, arguments.values.float64)
    let bias = arguments.bias?.float64
    let (heads, head) = (arguments.heads, arguments.head)
    return .float64(shape: arguments.queries.shape) { y in
      for index in y.indices { y[index] = 0 }
      for sequence in 0..<arguments.batch {
        for query in 0..<arguments.queryCount {
          let visible = arguments.visible(toQuery: query, of: sequence)
          for h in 0..<heads {
            let place = ((sequence * arguments.queryCount + query) * heads + h) * head
            if visible.isEmpty {
              for key in 0..<arguments.keyCount {
                let start = ((sequence * arguments.keyCount + key) * heads + h) * head
                for d in 0..<head { y[place + d] += v.values[start + d] / Double(arguments.keyCount) }
              }
              continue
            }
            let weights = softmax(
              visible.map { key in
                var score = 0.0
                let start = ((sequence * arguments.keyCount + key) * heads + h) * head
                for d in 0..<head { score += q.values[place + d] * k.values[start + d] }
                score *= arguments.options.scale
                if let bias { score += bias.values[arguments.biasPlace(sequence, h, query, key)] }
                return score
              })
            for (key, weight) in zip(visible, weights) {
              let start = ((sequence * arguments.keyCount + key) * heads + h) * head
              for d in 0..<head { y[place + d] += weight * v.values[start + d] }
            }
          }
        }
      }
    }
  }

  private static func softmax(_ scores: [Double]) -> [Double] {
    let largest = scores.reduce(-.infinity) { max($0, $1) }
    let powers = scores.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The bias of each head for each distance between a query and a key.
  static func relativeBias(
    _ context: NodeContext, _ queries: Tensor, isBidirectional: Bool, maxDistance: Int
  ) throws -> Tensor {
    let table = try context.parameter(0)
    let (buckets, heads) = (table.shape[0], table.shape[1])
    let values = try table.doubles()
    let queryCount = queries.shape[1]
    let keyCount = context.past + queryCount
    return .float64(shape: [heads, queryCount, keyCount]) { y in
      for query in 0..<queryCount {
        for key in 0..<keyCount {
          let bucket = relativeBucket(
            key - (context.past + query), isBidirectional: isBidirectional, buckets: buckets, maxDistance: maxDistance)
          for h in 0..<heads { y[(h * queryCount + query) * keyCount + key] = values[bucket * heads + h] }
        }
      }
    }
  }

  /// The bucket of a key at a distance from its query: the first half of the buckets hold one distance each, the others
  /// grow logarithmically up to `maxDistance`; if both directions count, keys behind the query have buckets of their own.
  ///
  /// Source: `_relative_position_bucket` of mesh-tensorflow's transformer_layers.py; Raffel et al. 2020.
  static func relativeBucket(_ distance: Int, isBidirectional: Bool, buckets: Int, maxDistance: Int) -> Int {
    let count = isBidirectional ? buckets / 2 : buckets
    let offset = isBidirectional && distance > 0 ? count : 0
    let steps = isBidirectional ? abs(distance) : max(-distance, 0)
    let exact = count / 2
    if steps < exact || count < 2 { return offset + min(steps, max(count - 1, 0)) }
    if maxDistance <= exact { return offset + count - 1 }
    let ratio = log(Double(steps) / Double(exact)) / log(Double(maxDistance) / Double(exact))
    // The logarithms of exact powers may come out a rounding error too small.
    return offset + min(count - 1, exact + Int(ratio * Double(count - exact) + 1e-9))
  }

  /// The mean of −log softmax(logits)[label] over the labels that count; NaN if none does.
  static func crossEntropy(_ context: NodeContext, _ inputs: [Tensor], isShifted: Bool) throws -> Tensor {
    let pairs = try context.labelledRows(inputs, isShifted: isShifted)
    let logits = inputs[0].float64
    let classes = inputs[0].shape.last ?? 1
    var sum = 0.0
    for (row, label) in pairs {
      let scores = Array(logits.values[row * classes..<(row + 1) * classes])
      let largest = scores.reduce(-.infinity) { max($0, $1) }
      sum += log(scores.reduce(0) { $0 + exp($1 - largest) }) + largest - scores[label]
    }
    return .float64(shape: []) { $0[0] = sum / Double(pairs.count) }
  }
}
