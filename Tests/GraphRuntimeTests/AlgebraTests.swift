import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import GraphRuntime

/// Operations on named axes, in both precisions, against what torch computes in float64.
@Suite struct AlgebraTests {
  /// Runs an operation whose inputs have these axes and compares it with what was recorded.
  private func check(
    _ name: String, _ inputs: [(name: String, axes: [String])], result: String = "y", sizes: [String: Int] = [:],
    _ precision: Precision, _ build: (inout Graph, [Value]) -> Void
  ) throws {
    let recorded = try RecordedOperation(name)
    let probe = OperationProbe(sizes: sizes) { graph in
      var values: [Value] = []
      for input in inputs { values.append(graph.input(input.name, .features, axes: input.axes)) }
      build(&graph, values)
    }
    #expect(probe.graph.misfit == nil)
    let tensors = try inputs.map { try recorded[$0.name] }
    for threads in [1, 3] {
      try expect(
        probe.value(precision, tensors, threads: threads), recorded[result], precision, "\(name) \(result)")
    }
  }

  @Test(arguments: Precision.allCases)
  func productsAreSummedOverSharedAxes(_ precision: Precision) throws {
    let (q, k) = (["b", "q", "h", "d"], ["b", "k", "h", "d"])
    try check("contract", [("a", q), ("b", k)], precision) { g, x in
      #expect(g.contract("y", x[0], x[1], over: ["d"]).axes == ["b", "q", "h", "k"])
    }
    try check("contract_two", [("a", ["x", "s", "t"]), ("b", ["t", "s", "y"])], precision) { g, x in
      #expect(g.contract("y", x[0], x[1], over: ["s", "t"]).axes == ["x", "y"])
    }
    try check("contract_none", [("a", ["x", "y"]), ("b", ["z"])], precision) { g, x in
      _ = g.contract("y", x[0], x[1], over: [])
    }
  }

  @Test(arguments: Precision.allCases)
  func sumsAndProductsAreBroadcastByName(_ precision: Precision) throws {
    try check("add", [("a", ["b", "s", "e"]), ("b", ["s"])], precision) { g, x in _ = g.add("y", x[0], x[1]) }
    try check("multiply", [("a", ["h"]), ("b", ["b", "h", "s"])], precision) { g, x in
      #expect(g.multiply("y", x[0], x[1]).axes == ["b", "h", "s"])
    }
  }

  @Test(arguments: Precision.allCases)
  func axesAreJoinedAndCut(_ precision: Precision) throws {
    try check("concat", [("a", ["b", "s", "e"]), ("b", ["b", "t", "e"]), ("c", ["b", "u", "e"])], precision) { g, x in
      #expect(g.concat("y", x, along: ["s", "t", "u"], as: "all").axes == ["b", "all", "e"])
    }
    try check("slice", [("x", ["b", "s", "e"])], precision) { g, x in
      #expect(g.slice("y", x[0], axis: "s", 2..<6, as: "part").axes == ["b", "part", "e"])
    }
  }

  @Test(arguments: Precision.allCases)
  func masksSayWhatCounts(_ precision: Precision) throws {
    let (x, mask) = ((name: "x", axes: ["b", "q", "k"]), (name: "mask", axes: ["b", "k"]))
    try check("softmax", [x], result: "plain", precision) { g, x in _ = g.softmax("y", x[0]) }
    try check("softmax", [x, mask], result: "masked", precision) { g, x in _ = g.softmax("y", x[0], mask: x[1]) }
    let (rows, marks) = ((name: "x", axes: ["b", "s", "e"]), (name: "mask", axes: ["b", "s"]))
    try check("reverse", [rows], result: "plain", precision) { g, x in _ = g.reverse("y", x[0], axis: "s") }
    try check("reverse", [rows, marks], result: "masked", precision) { g, x in
      _ = g.reverse("y", x[0], axis: "s", mask: x[1])
    }
    try check("mean", [rows], result: "plain", precision) { g, x in _ = g.mean("y", x[0], axis: "s") }
    try check("mean", [rows, marks], result: "masked", precision) { g, x in
      _ = g.mean("y", x[0], axis: "s", mask: x[1])
    }
    try check("where", [("which", ["b", "s"]), ("a", ["b", "s", "e"]), ("b", ["b", "s", "e"])], precision) { g, x in
      _ = g.choose("y", where: x[0], x[1], else: x[2])
    }
  }

  @Test(arguments: Precision.allCases)
  func sineWavesHaveTheFrequenciesOfTheirSources(_ precision: Precision) throws {
    let positions = [(name: "positions", axes: ["b", "s"])]
    for (result, width, options) in [
      ("halves", 6, SinusoidOptions()), ("odd", 7, SinusoidOptions()),
      ("interleaved", 6, SinusoidOptions(isInterleaved: true)), ("to_base", 8, SinusoidOptions(reachesBase: true)),
    ] {
      try check("sinusoid", positions, result: result, sizes: ["e": width], precision) { g, x in
        _ = g.sinusoid("y", x[0], axis: "e", options)
      }
    }
  }

  @Test(arguments: Precision.allCases)
  func scoresByDistanceBecomeScoresByKey(_ precision: Precision) throws {
    for (name, isBidirectional) in [("relative_shift_both", true), ("relative_shift_past", false)] {
      try check(name, [("x", ["b", "h", "q", "r"])], precision) { g, x in
        _ = g.relativeShift("y", x[0], as: "k", isBidirectional: isBidirectional)
      }
    }
  }

  @Test(arguments: Precision.allCases)
  func queriesSeeWhatTheirPlacesLetThem(_ precision: Precision) throws {
    let cases: [(String, Visibility, mask: Bool, globals: Bool, bias: Bool)] = [
      ("attention_window", .window(before: 2, after: 1), false, false, false),
      ("attention_sliding", .window(before: 3, after: 0), false, false, false),
      ("attention_blocks", .blocks(of: 4), false, false, false),
      ("attention_global", .window(before: 2, after: 1), true, true, false),
      ("attention_bias", .all, true, false, true),
      ("attention_window_bias", .window(before: 2, after: 1), false, false, true),
    ]
    for (name, visibility, hasMask, hasGlobals, hasBias) in cases {
      let inputs =
        [("q", ["b", "q", "h", "d"]), ("k", ["b", "k", "h", "d"]), ("v", ["b", "k", "h", "d"])]
        + (hasMask ? [("mask", ["b", "k"])] : []) + (hasGlobals ? [("globals", ["b", "k"])] : [])
        + (hasBias ? [("bias", ["b", "h", "q", "k"])] : [])
      try check(name, inputs.map { (name: $0.0, axes: $0.1) }, precision) { g, x in
        func value(_ name: String) -> Value? { inputs.firstIndex { $0.0 == name }.map { x[$0] } }
        _ = g.attention(
          "y", q: x[0], k: x[1], v: x[2], mask: value("mask"), globals: value("globals"), bias: value("bias"),
          scale: 0.4, visibility: visibility)
      }
    }
  }

  @Test(arguments: Precision.allCases)
  func manyPlacesAreComputedAsFewAre(_ precision: Precision) throws {
    var generator = SplitMix64(seed: 40)
    let (a, b) = (generator.tensor([3, 33, 50]), generator.tensor([3, 70, 50]))
    let x = try a.doubles()
    let y = try b.doubles()
    var expected: [Double] = []
    for batch in 0..<3 {
      for i in 0..<33 {
        for j in 0..<70 {
          expected.append((0..<50).reduce(0) { $0 + x[(batch * 33 + i) * 50 + $1] * y[(batch * 70 + j) * 50 + $1] })
        }
      }
    }
    let probe = OperationProbe { g in
      let a = g.input("a", .features, axes: ["b", "i", "k"])
      _ = g.contract("y", a, g.input("b", .features, axes: ["b", "j", "k"]), over: ["k"])
    }
    let one = try probe.value(precision, [a, b], threads: 1)
    let three = try probe.value(precision, [a, b], threads: 3)
    #expect(sameBits(one, three))
    #expect(try worstRelative(one, expected) < tolerance(of: precision))
  }

  @Test func whatDoesNotFitIsNamed() throws {
    func misfit(_ build: (inout Graph, Value, Value) -> Void) -> String? {
      var g = Graph(parameterAxes: [:], sizes: ["e": 4])
      let x = g.input("x", .features, axes: ["b", "s"])
      build(&g, x, g.input("z", .features, axes: ["b", "t"]))
      return g.misfit?.description
    }
    #expect(misfit { g, x, z in _ = g.add("y", x, z) }?.contains("do not fit together") == true)
    #expect(misfit { g, x, z in _ = g.contract("y", x, z, over: ["s"]) }?.contains("not axes of both") == true)
    #expect(misfit { g, x, z in _ = g.concat("y", [x, z], along: ["b", "t"], as: "u") } != nil)
    #expect(misfit { g, x, z in _ = g.softmax("y", x, mask: z) }?.contains("a mask with the axes") == true)
    #expect(misfit { g, x, z in _ = g.step("y", x) }?.contains("no recurrence") == true)
    let probe = OperationProbe { g in
      let x = g.input("x", .features, axes: ["b", "s"])
      _ = g.add("y", x, g.input("z", .features, axes: ["s"]))
    }
    #expect(throws: RuntimeError.self) {
      try probe.value(.f64, [Tensor(.f64, [1, 2], [1.0, 2]), Tensor(.f64, [3], [1.0, 2, 3])])
    }
    let part = OperationProbe { g in
      _ = g.slice("y", g.input("x", .features, axes: ["b", "s"]), axis: "s", 1..<4, as: "part")
    }
    #expect(throws: RuntimeError.self) { try part.value(.f64, [Tensor(.f64, [1, 2], [1.0, 2])]) }
  }
}
