import GraphRuntime
import TensorData
import TensorGraph
import TestSupport
import Testing

@Suite struct LinearTests {
  private static let sizes = ["embed": 6, "heads": 3, "head": 5, "ff": 7]

  /// A linear node with the given input and weight axes, and a bias over what it produces if asked for.
  private func probe(
    _ inputAxes: [String], _ weightAxes: [String], _ weight: Tensor, bias: Tensor? = nil, sizes: [String: Int] = sizes
  ) -> OperationProbe {
    var axes = ["y.weight": weightAxes]
    if bias != nil { axes["y.bias"] = weightAxes.filter { !inputAxes.contains($0) } }
    var tensors = ["y.weight": weight]
    tensors["y.bias"] = bias
    return OperationProbe(parameterAxes: axes, sizes: sizes, tensors: tensors) { graph in
      let x = graph.input("x", .features, axes: inputAxes)
      _ = graph.linear("y", x)
    }
  }

  /// The definition: every sum written out with named indices.
  private func expectation(
    _ inputAxes: [String], _ x: Tensor, _ weightAxes: [String], _ weight: Tensor, _ bias: Tensor?,
    sizes: [String: Int]
  ) throws -> [Double] {
    let lead = inputAxes.filter { !weightAxes.contains($0) }
    let summed = inputAxes.filter(weightAxes.contains)
    let produced = weightAxes.filter { !inputAxes.contains($0) }
    func indices(_ axes: [String]) -> [[String: Int]] {
      axes.reduce([[:]]) { partial, axis in
        partial.flatMap { index in
          (0..<(sizes[axis] ?? 0)).map { index.merging([axis: $0]) { _, new in new } }
        }
      }
    }
    func place(_ axes: [String], _ index: [String: Int]) -> Int {
      axes.reduce(0) { $0 * (sizes[$1] ?? 0) + (index[$1] ?? 0) }
    }
    let (xs, ws, bs) = (try x.doubles(), try weight.doubles(), try bias?.doubles())
    var result: [Double] = []
    for outer in indices(lead) {
      for inner in indices(produced) {
        var sum = bs?[place(produced, inner)] ?? 0
        for s in indices(summed) {
          let all = outer.merging(inner) { a, _ in a }.merging(s) { a, _ in a }
          sum += xs[place(inputAxes, all)] * ws[place(weightAxes, all)]
        }
        result.append(sum)
      }
    }
    return result
  }

  /// Every order in which the axes of a weight can be stored.
  private func permutations(_ items: [Int]) -> [[Int]] {
    guard items.count > 1 else { return [items] }
    return items.flatMap { first in permutations(items.filter { $0 != first }).map { [first] + $0 } }
  }

  /// The same tensor, with its bytes in another order.
  private func stored(_ tensor: Tensor, _ order: [Int]) -> Tensor {
    var back = order
    for (position, axis) in order.enumerated() { back[axis] = position }
    return tensor.permuted(order).contiguous().permuted(back)
  }

  @Test(
    arguments: [
      (["batch", "seq", "embed"], ["embed", "heads", "head"]),
      (["batch", "seq", "heads", "head"], ["heads", "head", "embed"]),
      (["seq", "heads", "head"], ["embed", "head", "heads"]), (["embed"], ["ff", "embed"]),
      (["batch", "seq", "embed"], ["ff", "embed"]), (["seq", "heads", "head"], ["head", "heads"]),
    ], [1, 4])
  func everyStoredOrderGivesTheSameProduct(_ axes: ([String], [String]), _ rows: Int) throws {
    var generator = SplitMix64(seed: 7)
    var sizes = Self.sizes
    (sizes["batch"], sizes["seq"]) = (rows == 1 ? 1 : 2, rows)
    let shape = { (names: [String]) in names.map { sizes[$0] ?? 0 } }
    let x = generator.tensor(shape(axes.0))
    let weight = generator.tensor(shape(axes.1))
    let bias = generator.tensor(shape(axes.1.filter { !axes.0.contains($0) }))
    for bias in [nil, bias] {
      let expected = try expectation(axes.0, x, axes.1, weight, bias, sizes: sizes)
      for order in permutations(Array(axes.1.indices)) {
        let probe = probe(axes.0, axes.1, stored(weight, order), bias: bias)
        #expect(try worstRelative(probe.value(.f64, [x]), expected) < 1e-14)
        #expect(try worstUlps(probe.value(.f32, [x]), expected) <= 8)
      }
    }
  }

  @Test(arguments: [DType.f16, .bf16, .f64, .f8e4m3])
  func otherTypesAreConvertedInEitherOrientation(_ dtype: DType) throws {
    var generator = SplitMix64(seed: 8)
    let x = generator.tensor([4, 6])
    let weight = try Cast.convert(generator.tensor([6, 7]), to: dtype)
    let sizes = ["seq": 4, "embed": 6, "ff": 7]
    for stored in [weight, stored(weight, [1, 0])] {
      let expected = try expectation(["seq", "embed"], x, ["embed", "ff"], weight, nil, sizes: sizes)
      let probe = probe(["seq", "embed"], ["embed", "ff"], stored)
      #expect(try worstRelative(probe.value(.f64, [x]), expected) < 1e-14)
      #expect(try worstUlps(probe.value(.f32, [x]), expected) <= 8)
    }
  }

  @Test func partsOfAFusedTensorAreUsedWhereTheyLie() throws {
    var generator = SplitMix64(seed: 9)
    let x = generator.tensor([4, 6])
    let sizes = ["seq": 4, "embed": 6, "heads": 3, "head": 5, "qkv": 3]
    let order = ["embed", "heads", "head"]
    for fused in ["embed (qkv heads head)", "(qkv heads head) embed", "(heads qkv head) embed"] as [Axes] {
      let tensor = generator.tensor(try #require(fused.shape(sizes)))
      for part in 0..<3 {
        let weight = fused.view(of: tensor, as: order, sizes: sizes, at: ["qkv": part])
        let expected = try expectation(["seq", "embed"], x, order, weight, nil, sizes: sizes)
        let probe = probe(["seq", "embed"], order, weight)
        #expect(try worstRelative(probe.value(.f64, [x]), expected) < 1e-14)
        #expect(try worstUlps(probe.value(.f32, [x]), expected) <= 8)
      }
    }
  }

  @Test(arguments: Precision.allCases)
  func aRepeatedAxisIsNotTakenForAMatrix(_ precision: Precision) throws {
    let values = Tensor(.f32, [7], (1...7).map { Float($0) })
    let x = Tensor(.f32, [2, 6], (0..<12).map { Float($0) })
    let columns = Tensor(dtype: .f32, shape: [6, 7], strides: [1, 0], storage: values.storage)
    let rows = Tensor(dtype: .f32, shape: [6, 7], strides: [0, 1], storage: values.storage)
    for weight in [columns, rows] {
      let expected = try probe(["seq", "embed"], ["embed", "ff"], weight.contiguous()).value(.f64, [x]).doubles()
      #expect(try probe(["seq", "embed"], ["embed", "ff"], weight).value(precision, [x]).doubles() == expected)
    }
    #expect(try probe(["seq", "embed"], ["embed", "ff"], rows).value(precision, [x]).doubles()[0] == 15)
  }

  @Test func weightsAtOddAddressesAreUsed() throws {
    var generator = SplitMix64(seed: 10)
    let x = generator.tensor([4, 6])
    let weight = generator.tensor([6, 7])
    let storage = ByteStorage(byteCount: 1 + weight.byteCount) { bytes in
      weight.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[1...]).copyMemory(from: $0) }
    }
    let shifted = Tensor(dtype: .f32, shape: [6, 7], storage: storage, byteOffset: 1)
    for precision in Precision.allCases {
      let expected = try probe(["seq", "embed"], ["embed", "ff"], weight).value(precision, [x])
      #expect(try probe(["seq", "embed"], ["embed", "ff"], shifted).value(precision, [x]).isBitEqual(to: expected))
    }
  }

  @Test(arguments: [1, 2, 6], [1, 2, 7])
  func axesOfOneElementFitInAnyOrientation(_ rows: Int, _ columns: Int) throws {
    var generator = SplitMix64(seed: 11)
    let sizes = ["embed": rows, "ff": columns, "seq": 3]
    for count in [1, 3] {
      let x = generator.tensor([count, rows])
      let weight = generator.tensor([rows, columns])
      let expected = try expectation(
        ["seq", "embed"], x, ["embed", "ff"], weight, nil, sizes: sizes.merging(["seq": count]) { $1 })
      for stored in [weight, stored(weight, [1, 0])] {
        let probe = probe(["seq", "embed"], ["embed", "ff"], stored, sizes: sizes)
        #expect(try worstUlps(probe.value(.f32, [x]), expected) <= 8)
        #expect(try worstRelative(probe.value(.f64, [x]), expected) < 1e-14)
      }
      // A column out of a wider matrix: the only axis with elements has a large stride.
      let wide = generator.tensor([rows, columns, 4])
      let column = probe(["seq", "embed"], ["embed", "ff"], wide.selecting(2, onAxis: 2), sizes: sizes)
      let reference = probe(
        ["seq", "embed"], ["embed", "ff"], wide.selecting(2, onAxis: 2).contiguous(), sizes: sizes)
      #expect(try worstUlps(column.value(.f32, [x]), reference.value(.f64, [x]).doubles()) <= 8)
    }
  }

  @Test func manyRowsDoNotDependOnThreadsInFloat64() throws {
    var generator = SplitMix64(seed: 12)
    let sizes = ["embed": 65, "ff": 67]
    let x = generator.tensor([53, 65])
    let probe = probe(["seq", "embed"], ["embed", "ff"], generator.tensor([65, 67]), sizes: sizes)
    let one = try probe.value(.f64, [x], threads: 1)
    for threads in [2, 3, 8] { #expect(try probe.value(.f64, [x], threads: threads).isBitEqual(to: one)) }
    #expect(try worstUlps(probe.value(.f32, [x]), one.doubles()) <= 16)
  }

  @Test func aWeightThatDoesNotFitIsNamed() throws {
    let x = Tensor(.f32, [1, 6], [Float](repeating: 1, count: 6))
    let small = probe(["seq", "embed"], ["embed", "ff"], Tensor(.f32, [6, 2], [Float](repeating: 1, count: 12)))
    let integers = probe(["seq", "embed"], ["embed", "ff"], Tensor(.i32, [6, 7], [Int32](repeating: 1, count: 42)))
    let missing = probe(["seq", "embed"], ["embed", "ff"], x)
    for precision in Precision.allCases {
      #expect(
        throws: RuntimeError.parameterShape(
          node: "y", parameter: "y.weight", axes: ["embed", "ff"], expected: [6, 7], found: [6, 2])
      ) { try small.value(precision, [x]) }
      #expect(throws: RuntimeError.parameterType(node: "y", parameter: "y.weight", found: .i32)) {
        try integers.value(precision, [x])
      }
      var empty = missing
      empty.parameters.tensors = [:]
      #expect(throws: ParameterTable.Missing.self) { try empty.value(precision, [x]) }
      #expect(throws: RuntimeError.self) {
        try probe(["seq", "embed"], ["embed", "ff"], Tensor(.f32, [6, 7], [Float](repeating: 1, count: 42)))
          .value(precision, [Tensor(.f32, [1, 5], [Float](repeating: 1, count: 5))])
      }
    }
  }
}
