import GraphRuntime
import Glibc
import TensorData
import TensorGraph
import TestSupport
import Testing

/// One case of the attention core, with its definition written out one number at a time.
private struct AttentionCase {
  var batch = 2
  var queries = 5
  var keys = 5
  var heads = 3
  var head = 7
  var scale = 0.4
  var isCausal = false
  var mask: [[Int]]?
  var hasBias = false

  /// q, k, v, then mask and bias.
  func inputs(seed: UInt64) -> [Tensor] {
    var generator = SplitMix64(seed: seed)
    var inputs = [queries, keys, keys].map { generator.tensor([batch, $0, heads, head]) }
    if let mask { inputs.append(Tensor(.i64, [batch, keys], mask.joined().map { Int64($0) })) }
    if hasBias { inputs.append(generator.tensor([heads, queries, keys])) }
    return inputs
  }

  var probe: OperationProbe {
    OperationProbe { graph in
      let q = graph.input("q", .features, axes: ["batch", "queries", "heads", "head"])
      let k = graph.input("k", .features, axes: ["batch", "keys", "heads", "head"])
      let v = graph.input("v", .features, axes: ["batch", "keys", "heads", "head"])
      let mask = mask == nil ? nil : graph.input("mask", .mask(over: "keys"), axes: ["batch", "keys"])
      let bias = hasBias ? graph.input("bias", .features, axes: ["heads", "queries", "keys"]) : nil
      _ = graph.attention(
        "y", q: q, k: k, v: v, mask: mask, bias: bias, scale: scale, visibility: isCausal ? .causal : .all)
    }
  }

  func expectation(_ inputs: [Tensor]) throws -> [Double] {
    let (q, k, v) = (try inputs[0].doubles(), try inputs[1].doubles(), try inputs[2].doubles())
    let bias = hasBias ? try inputs[inputs.count - 1].doubles() : nil
    func at(_ values: [Double], _ b: Int, _ position: Int, _ length: Int, _ h: Int, _ d: Int) -> Double {
      values[((b * length + position) * heads + h) * head + d]
    }
    var result: [Double] = []
    for b in 0..<batch {
      for i in 0..<queries {
        for h in 0..<heads {
          var powers = [Double](repeating: 0, count: keys)
          for j in 0..<keys {
            if let mask, mask[b][j] == 0 { continue }
            if isCausal && j > i + keys - queries { continue }
            let score = (0..<head).reduce(0) { $0 + at(q, b, i, queries, h, $1) * at(k, b, j, keys, h, $1) } * scale
            powers[j] = exp(score + (bias?[(h * queries + i) * keys + j] ?? 0))
          }
          if powers.allSatisfy({ $0 == 0 }) { powers = powers.map { _ in 1 } }
          let sum = powers.reduce(0, +)
          for d in 0..<head {
            let mixed = (0..<keys).reduce(0) { $0 + powers[$1] * at(v, b, $1, keys, h, d) }
            result.append(mixed / sum)
          }
        }
      }
    }
    return result
  }
}

@Suite struct AttentionTests {
  @Test(arguments: [
    AttentionCase(), AttentionCase(queries: 1, keys: 1), AttentionCase(queries: 3, keys: 9),
    AttentionCase(isCausal: true), AttentionCase(queries: 2, keys: 6, isCausal: true),
    AttentionCase(queries: 6, keys: 4, isCausal: true),
    AttentionCase(mask: [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]), AttentionCase(mask: [[0, 0, 1, 1, 1], [0, 1, 1, 1, 1]]),
    AttentionCase(isCausal: true, mask: [[0, 0, 1, 1, 1], [1, 1, 1, 0, 0]]),
    AttentionCase(mask: [[0, 0, 0, 0, 0], [1, 0, 1, 0, 1]]), AttentionCase(hasBias: true),
    AttentionCase(isCausal: true, mask: [[0, 1, 1, 1, 1], [1, 1, 1, 1, 1]], hasBias: true),
    AttentionCase(queries: 40, keys: 40, heads: 2, head: 16, isCausal: true),
    AttentionCase(batch: 1, queries: 9, keys: 400, heads: 1, head: 33, hasBias: true),
    AttentionCase(batch: 1, queries: 130, keys: 130, heads: 1, head: 64, isCausal: true),
    AttentionCase(queries: 10, keys: 3, heads: 1, head: 5, isCausal: true),
    AttentionCase(
      queries: 12, keys: 12, isCausal: true,
      mask: [[Int](repeating: 0, count: 6) + [1, 1, 0, 1, 1, 1], [Int](repeating: 0, count: 12)]),
    AttentionCase(batch: 1, queries: 8, keys: 8, heads: 1, head: 400, scale: 0.05),
  ])
  fileprivate func bothPrecisionsFollowTheDefinition(_ example: AttentionCase) throws {
    let inputs = example.inputs(seed: 20)
    let expected = try example.expectation(inputs)
    let double = try example.probe.value(.f64, inputs)
    #expect(double.shape == inputs[0].shape)
    #expect(try worstRelative(double, expected) < 1e-14)
    // A mix of many values is smaller than these, and its rounding errors with it only as their root.
    let bound = 8 + Double(example.keys).squareRoot()
    for library in everyLibrary {
      #expect(try worstUlps(example.probe.value(.f32, inputs, products: library), expected) <= bound, "\(library)")
    }
  }

  @Test(arguments: Precision.allCases)
  func aQueryThatSeesNothingWeighsAllKeysAlike(_ precision: Precision) throws {
    let example = AttentionCase(batch: 1, queries: 4, keys: 4, heads: 1, head: 1, isCausal: true, mask: [[0, 0, 1, 1]])
    var inputs = example.inputs(seed: 21)
    inputs[2] = Tensor(.f32, [1, 4, 1, 1], [1, 2, 5, 8] as [Float])
    let found = try example.probe.value(precision, inputs).doubles()
    #expect(found[..<3] == [4, 4, 5])
    #expect(found[3] > 5 && found[3] < 8)
  }

  @Test(arguments: Precision.allCases)
  func hiddenKeysHaveNoInfluence(_ precision: Precision) throws {
    let example = AttentionCase(mask: [[1, 0, 1, 0, 1], [0, 0, 0, 1, 1]])
    var inputs = example.inputs(seed: 22)
    let before = try example.probe.value(precision, inputs)
    for index in [1, 2] {
      var values = try inputs[index].floats()
      for (b, row) in (example.mask ?? []).enumerated() {
        for (j, visible) in row.enumerated() where visible == 0 {
          for d in 0..<21 { values[(b * 5 + j) * 21 + d] = 1e6 * Float(d) }
        }
      }
      inputs[index] = Tensor(.f32, inputs[index].shape, values)
    }
    #expect(try example.probe.value(precision, inputs).isBitEqual(to: before))
  }

  @Test(arguments: Precision.allCases)
  func largeScoresDoNotOverflow(_ precision: Precision) throws {
    let example = AttentionCase(batch: 1, queries: 2, keys: 2, heads: 1, head: 1, scale: 1)
    let q = Tensor(.f32, [1, 2, 1, 1], [1000, -1000] as [Float])
    let k = Tensor(.f32, [1, 2, 1, 1], [10, -10] as [Float])
    let v = Tensor(.f32, [1, 2, 1, 1], [3, 5] as [Float])
    #expect(try example.probe.value(precision, [q, k, v]).doubles() == [3, 5])
  }

  @Test(arguments: Precision.allCases)
  func threadsDoNotChangeTheResult(_ precision: Precision) throws {
    let example = AttentionCase(batch: 1, queries: 120, keys: 120, heads: 2, head: 8, isCausal: true)
    let inputs = example.inputs(seed: 23)
    let one = try example.probe.value(precision, inputs, threads: 1)
    let three = try example.probe.value(precision, inputs, threads: 3)
    #expect(three.isBitEqual(to: one))
  }

  @Test(arguments: Precision.allCases)
  func shapesThatDoNotFitAreNamed(_ precision: Precision) throws {
    let example = AttentionCase(mask: [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1]], hasBias: true)
    var inputs = example.inputs(seed: 24)
    let (mask, bias) = (inputs[3], inputs[4])
    inputs[3] = mask.reshaped([5, 2])
    let first = #expect(throws: RuntimeError.self) { try example.probe.value(precision, inputs) }
    #expect(first?.description == "y: mask should have the shape [2, 5], but has the shape [5, 2]")
    inputs[3] = mask
    inputs[4] = bias.permuted([1, 0, 2])
    let second = #expect(throws: RuntimeError.self) { try example.probe.value(precision, inputs) }
    #expect(second?.description == "y: bias should have the shape [3, 5, 5], but has the shape [5, 3, 5]")
    inputs[2] = inputs[2].permuted([0, 1, 3, 2])
    #expect(throws: RuntimeError.self) { try example.probe.value(precision, inputs) }
  }
}
