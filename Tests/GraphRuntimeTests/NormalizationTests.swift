import GraphRuntime
import TensorData
import TensorGraph
import TestSupport
import Testing

@Suite struct NormalizationTests {
  private func layerNorm(_ gain: Tensor, _ bias: Tensor, epsilon: Double) -> OperationProbe {
    OperationProbe(
      parameterAxes: ["y.weight": ["embed"], "y.bias": ["embed"]], sizes: ["embed": gain.shape[0]],
      tensors: ["y.weight": gain, "y.bias": bias]
    ) { graph in
      let x = graph.input("x", .features, axes: ["seq", "embed"])
      _ = graph.layerNorm("y", x, epsilon: epsilon)
    }
  }

  private func rmsNorm(_ gain: Tensor, epsilon: Double) -> OperationProbe {
    OperationProbe(
      parameterAxes: ["y.weight": ["embed"]], sizes: ["embed": gain.shape[0]], tensors: ["y.weight": gain]
    ) { graph in
      let x = graph.input("x", .features, axes: ["seq", "embed"])
      _ = graph.rmsNorm("y", x, epsilon: epsilon)
    }
  }

  @Test(arguments: Precision.allCases)
  func aRowWorkedByHandComesOut(_ precision: Precision) throws {
    // Mean 3, variance 4; with epsilon 5 the divisor is 3.
    let x = Tensor(.f32, [1, 4], [1, 1, 5, 5] as [Float])
    let gain = Tensor(.f32, [4], [3, 6, 3, 6] as [Float])
    let bias = Tensor(.f32, [4], [0, 1, 2, -1] as [Float])
    #expect(try worstRelative(layerNorm(gain, bias, epsilon: 5).value(precision, [x]), [-2, -3, 4, 3]) < 1e-7)
    // Mean of squares 13; with epsilon 3 the divisor is 4.
    #expect(try worstRelative(rmsNorm(gain, epsilon: 3).value(precision, [x]), [0.75, 1.5, 3.75, 7.5]) < 1e-7)
  }

  @Test(arguments: [1, 7, 16, 33, 768], [0.0, 1000])
  func float32StaysWithinAFewUlpsEvenWithALargeMean(_ width: Int, _ offset: Double) throws {
    var generator = SplitMix64(seed: UInt64(width))
    let rows = 5
    let x = (0..<rows * width).map { _ in Float(offset) + Float.random(in: -2...2, using: &generator) }
    let (gain, bias) = (generator.tensor([width]), generator.tensor([width]))
    let (g, b) = (try gain.doubles(), try bias.doubles())
    var layer: [Double] = []
    var root: [Double] = []
    for row in 0..<rows {
      let values = x[row * width..<(row + 1) * width].map { Double($0) }
      let mean = values.reduce(0, +) / Double(width)
      let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(width)
      let square = values.map { $0 * $0 }.reduce(0, +) / Double(width)
      for (i, value) in values.enumerated() {
        layer.append((value - mean) / (variance + 1e-12).squareRoot() * g[i] + b[i])
        root.append(value / (square + 1e-6).squareRoot() * g[i])
      }
    }
    let input = Tensor(.f32, [rows, width], x)
    #expect(try worstUlps(layerNorm(gain, bias, epsilon: 1e-12).value(.f32, [input]), layer) <= 2)
    #expect(try worstUlps(rmsNorm(gain, epsilon: 1e-6).value(.f32, [input]), root) <= 2)
    #expect(try worstRelative(layerNorm(gain, bias, epsilon: 1e-12).value(.f64, [input]), layer) < 1e-12)
    #expect(try worstRelative(rmsNorm(gain, epsilon: 1e-6).value(.f64, [input]), root) < 1e-14)
  }

  @Test(arguments: Precision.allCases)
  func gainsOfOtherTypesAreConverted(_ precision: Precision) throws {
    let x = Tensor(.f32, [1, 2], [3, 4] as [Float])
    let gain = try Cast.convert(Tensor(.f32, [2], [5, 10] as [Float]), to: .f16)
    // The mean of squares is 12.5.
    let expected = [15 / 12.5.squareRoot(), 40 / 12.5.squareRoot()]
    #expect(try worstRelative(rmsNorm(gain, epsilon: 0).value(precision, [x]), expected) < 1e-7)
  }

  @Test func aRowOfTheWrongWidthIsAnError() throws {
    let error = #expect(throws: RuntimeError.self) {
      try rmsNorm(Tensor(.f32, [2], [1, 1] as [Float]), epsilon: 0)
        .value(.f32, [Tensor(.f32, [1, 3], [1, 2, 3] as [Float])])
    }
    #expect(error?.description == "y: x should have 2 on its last axis, but has the shape [1, 3]")
  }
}
