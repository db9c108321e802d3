import TensorData
import TensorGraph

/// The inputs of an attention node, checked, with the keys and values of earlier steps and the keys that may be seen.
struct AttentionArguments {
  /// `[batch, queries, heads, head]`, row-major.
  let queries: Tensor
  /// `[batch, keys, heads, head]`, with any strides.
  let keys: Tensor
  /// The same shape.
  let values: Tensor
  /// `[heads, queries, keys]`, or with the sequences in front, row-major.
  let bias: Tensor?
  /// For each sequence whether a key is seen; nil if all are.
  let mask: [[Bool]]?
  /// For each sequence whether a key, or the query at its place, is a global token; nil if none is.
  let globals: [[Bool]]?
  let options: AttentionOptions

  /// For each key of each sequence whether it is hidden, row-major; nil if all are seen.
  var hidden: [UInt8]? {
    guard let mask, mask.contains(where: { $0.contains(false) }) else { return nil }
    return mask.flatMap { row in row.map { $0 ? 0 : 1 } }
  }

  var batch: Int { queries.shape[0] }
  var queryCount: Int { queries.shape[1] }
  var keyCount: Int { keys.shape[1] }
  var heads: Int { queries.shape[2] }
  var head: Int { queries.shape[3] }

  /// Takes the inputs in the order of the op.
  init(_ inputs: [Tensor], _ options: AttentionOptions, _ context: NodeContext) throws {
    let (q, k, v) = (inputs[0], inputs[1], inputs[2])
    let expected = [q.shape[0], k.shape[1], q.shape[2], q.shape[3]]
    for (index, tensor) in [(1, k), (2, v)] where tensor.shape != expected {
      throw context.mismatch(index, expected: "the shape \(expected)", found: tensor.shape)
    }
    let past = options.isCached && context.cache != nil ? context.past : 0
    if options.isCached, let cache = context.cache {
      keys = cache.append("\(context.node.name) keys", k, past: past)
      values = cache.append("\(context.node.name) values", v, past: past)
    } else {
      keys = k
      values = v
    }
    let keyCount = keys.shape[1]
    var next = 3
    var mask: [[Bool]]?
    if options.hasMask {
      mask = try AttentionArguments.mask(
        inputs[next], input: next, batch: q.shape[0], new: k.shape[1], past: past, isCached: options.isCached, context)
      next += 1
    }
    var globals: [[Bool]]?
    if options.hasGlobals {
      globals = try AttentionArguments.mask(
        inputs[next], input: next, batch: q.shape[0], new: k.shape[1], past: 0, isCached: false, context)
      next += 1
    }
    if options.hasBias {
      let expected = (inputs[next].shape.count == 4 ? [q.shape[0]] : []) + [q.shape[2], q.shape[1], keyCount]
      guard inputs[next].shape == expected else {
        throw context.mismatch(next, expected: "the shape \(expected)", found: inputs[next].shape)
      }
    }
    self.mask = mask
    self.globals = globals
    bias = options.hasBias ? inputs[next] : nil
    queries = q
    self.options = options
  }

  /// Reads a mask that covers all keys or, with a cache, the new ones alone.
  private static func mask(
    _ tensor: Tensor, input: Int, batch: Int, new: Int, past: Int, isCached: Bool, _ context: NodeContext
  ) throws -> [[Bool]] {
    guard tensor.shape == [batch, new] || tensor.shape == [batch, past + new] else {
      let shapes = past > 0 ? "[\(batch), \(new)] or [\(batch), \(past + new)]" : "[\(batch), \(new)]"
      throw context.mismatch(input, expected: "the shape \(shapes)", found: tensor.shape)
    }
    let numbers = try GraphInputs.wholeNumbers(tensor, name: context.graph.nodes[context.node.inputs[input].node].name)
    let length = tensor.shape[1]
    let rows = (0..<batch).map { row in numbers[row * length..<(row + 1) * length].map { $0 != 0 } }
    guard isCached, let cache = context.cache else { return rows }
    return cache.append(mask: context.node.name, rows, past: length == past + new ? 0 : past)
  }

  /// Whether a query sees all keys, or those up to its own place, and no token is global.
  var isAllOrCausal: Bool { globals == nil && (options.visibility == .all || options.visibility == .causal) }

  /// Whether each sequence has a bias of its own.
  var hasBiasPerSequence: Bool { bias?.shape.count == 4 }

  /// The keys that a query of a sequence sees, in order; with a cache the queries are the last of the keys.
  func visible(toQuery query: Int, of sequence: Int) -> [Int] {
    let place = keyCount - queryCount + query
    let isGlobal = globals.map { $0[sequence].indices.contains(place) && $0[sequence][place] } ?? false
    return (0..<keyCount).filter { key in
      (mask?[sequence][key] ?? true)
        && (isGlobal || (globals?[sequence][key] ?? false) || options.visibility.sees(query: place, key: key))
    }
  }

  /// Where the bias of a score lies.
  func biasPlace(_ sequence: Int, _ head: Int, _ query: Int, _ key: Int) -> Int {
    (((hasBiasPerSequence ? sequence : 0) * heads + head) * queryCount + query) * keyCount + key
  }
}
