import GraphRuntime
import Glibc
import TensorData
import TensorGraph
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  private func probe(_ activation: Activation) -> OperationProbe {
    OperationProbe { graph in
      let x = graph.input("x", .features, axes: ["n"])
      _ = graph.activation("y", x, activation)
    }
  }

  /// The function as its definition in `Activation` reads.
  private func definition(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .relu: max(x, 0)
    case .geluErf: x * erfc(-x / 2.0.squareRoot()) / 2
    case .geluTanh:
      // x/2 (1 + tanh u) = x / (1 + exp(-2u)), which does not cancel where tanh u is near -1.
      x / (1 + exp(-2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * pow(x, 3))))
    case .gelu10: min(max(x * erfc(-x / 2.0.squareRoot()) / 2, -10), 10)
    case .quickGelu: x / (1 + exp(-1.702 * x))
    case .silu: x / (1 + exp(-x))
    case .mish: x * Glibc.tanh(log1p(exp(x)))
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .relu6: min(max(x, 0), 6)
    case .relu2: max(x, 0) * max(x, 0)
    case .leakyRelu: max(x, 0.01 * x)
    case .tanh: Glibc.tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .laplace: erfc((0.707107 - x) / (0.282095 * 2.0.squareRoot())) / 2
    case .identity: x
    }
  }

  @Test(arguments: Activation.allCases)
  func activationsAreRoundedAlmostCorrectlyInFloat32(_ activation: Activation) throws {
    var generator = SplitMix64(seed: 5)
    var values: [Float] = [0, 1, -1, 0.02, -0.02, 10, -10, 80, -80]
    for _ in 0..<40_000 {
      let magnitude = exp2(Float.random(in: -40...5, using: &generator))
      values.append(Bool.random(using: &generator) ? magnitude : -magnitude)
    }
    let found = try probe(activation).value(.f32, [Tensor(.f32, [values.count], values)]).floats()
    var worst = (ulps: 0.0, x: Float(0))
    for (x, y) in zip(values, found) {
      let error = ulps(y, definition(activation, Double(x)))
      if error > worst.ulps { worst = (error, x) }
    }
    #expect(worst.ulps <= 0.52, "at \(worst.x)")
  }

  @Test(arguments: Activation.allCases)
  func activationsFollowTheirDefinitionInFloat64(_ activation: Activation) throws {
    let values = stride(from: -9.0, through: 9, by: 0.03125).map { $0 }
    let found = try probe(activation).value(.f64, [Tensor(.f64, [values.count], values)])
    #expect(try worstRelative(found, values.map { definition(activation, $0) }) < 1e-15)
  }

  @Test(arguments: Precision.allCases)
  func activationsOfExtremeValuesAreTheirLimits(_ precision: Precision) throws {
    let values: [Float] = [.infinity, 3e38, -3e38, -0.0, .nan]
    for activation in Activation.allCases {
      let y = try probe(activation).value(precision, [Tensor(.f32, [5], values)]).doubles()
      for (x, y) in zip(values, y).dropLast() {
        let limit = definition(activation, Double(x))
        let rounded = precision == .f32 ? Double(Float(limit)) : limit
        #expect(abs(y - rounded) <= 1e-7 * abs(rounded) || y == rounded, "\(activation) of \(x)")
      }
      #expect(y[4].isNaN, "\(activation)")
    }
  }

  @Test(arguments: Precision.allCases)
  func sumsProductsAndMultiplesAreElementByElement(_ precision: Precision) throws {
    let a = Tensor(.f32, [2, 3], [1, 2, 3, 4, 5, 6] as [Float])
    let b = Tensor(.f32, [2, 3], [0.5, -1, 0, 2, 1, -0.25] as [Float])
    func pair(_ emit: (inout Graph, Value, Value) -> Value) -> OperationProbe {
      OperationProbe { graph in
        let a = graph.input("a", .features, axes: ["m", "n"])
        let b = graph.input("b", .features, axes: ["m", "n"])
        _ = emit(&graph, a, b)
      }
    }
    #expect(try pair { $0.add("y", $1, $2) }.value(precision, [a, b]).doubles() == [1.5, 1, 3, 6, 6, 5.75])
    #expect(try pair { $0.multiply("y", $1, $2) }.value(precision, [a, b]).doubles() == [0.5, -2, 0, 8, 5, -1.5])
    let scaled = OperationProbe { graph in
      let x = graph.input("x", .features, axes: ["m", "n"])
      _ = graph.scale("y", x, by: -0.5)
    }
    #expect(try scaled.value(precision, [a]).doubles() == [-0.5, -1, -1.5, -2, -2.5, -3])
    let error = #expect(throws: RuntimeError.self) {
      try pair { $0.add("y", $1, $2) }.value(precision, [a, b.reshaped([3, 2])])
    }
    #expect(error?.description == "y: b should have the shape [2, 3], but has the shape [3, 2]")
  }

  @Test func vectorsOfEveryLengthAreCovered() throws {
    for count in 0...70 {
      let x = (0..<count).map { Float($0) / 8 - 4 }
      let found = try probe(.geluTanh).value(.f32, [Tensor(.f32, [count], x)]).floats()
      #expect(found.count == count)
      for (x, y) in zip(x, found) { #expect(ulps(y, definition(.geluTanh, Double(x))) <= 0.52) }
    }
  }

  @Test func threadsDoNotChangeTheResult() throws {
    var generator = SplitMix64(seed: 6)
    let x = generator.tensor([200_003])
    let one = try probe(.geluErf).value(.f32, [x], threads: 1)
    for threads in [2, 3, 7] { #expect(try probe(.geluErf).value(.f32, [x], threads: threads).isBitEqual(to: one)) }
  }

  @Test(arguments: Precision.allCases)
  func selectTakesOnePosition(_ precision: Precision) throws {
    let x = Tensor(.f32, [2, 3, 2], (0..<12).map { Float($0) })
    func probe(_ axis: String, _ index: Int) -> OperationProbe {
      OperationProbe { graph in
        let x = graph.input("x", .features, axes: ["batch", "seq", "embed"])
        _ = graph.select("y", x, axis: axis, index: index)
      }
    }
    let found = try probe("seq", 1).value(precision, [x])
    #expect(found.shape == [2, 2])
    #expect(try found.doubles() == [2, 3, 8, 9])
    #expect(try probe("embed", 0).value(precision, [x]).doubles() == [0, 2, 4, 6, 8, 10])
    let error = #expect(throws: RuntimeError.self) { try probe("seq", 3).value(precision, [x]) }
    #expect(error?.description == "y: x should have at least 4 on the axis seq, but has the shape [2, 3, 2]")
  }

  @Test(arguments: Precision.allCases)
  func lastTakesTheLastPositionThatIsNoPadding(_ precision: Precision) throws {
    func value(padding: Int?) throws -> [Double] {
      let probe = OperationProbe { graph in
        let x = graph.input("x", .features, axes: ["batch", "seq", "embed"])
        let ids = graph.input("ids", .tokens, axes: ["batch", "seq"])
        _ = graph.last("y", x, ids: ids, padding: padding)
      }
      // Rows: padded at the end, padded at the front, nothing but padding.
      let x = Tensor(.f32, [3, 3, 2], (0..<18).map { Float($0) })
      let ids = Tensor(.i64, [3, 3], [5, 7, 0, 0, 5, 7, 0, 0, 0] as [Int64])
      return try probe.value(precision, [x, ids]).doubles()
    }
    #expect(try value(padding: 0) == [2, 3, 10, 11, 12, 13])
    #expect(try value(padding: nil) == [4, 5, 10, 11, 16, 17])
  }
}
