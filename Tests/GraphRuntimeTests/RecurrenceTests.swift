import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import GraphRuntime

/// Recurrent networks as graphs: one direction of each, as torch writes it.
private struct RecurrentNetwork {
  enum Kind: Int, CaseIterable {
    case gru = 3
    case lstm = 4
  }

  let kind: Kind
  let recorded: RecordedOperation

  init(_ kind: Kind) throws {
    self.kind = kind
    recorded = try RecordedOperation("\(kind)")
  }

  /// Both directions of rows of different lengths, with the outputs of torch's packed sequences.
  func graph(isReversed: Bool) -> Graph {
    var axes: [String: [String]] = [:]
    for (name, read) in [("input", "columns"), ("state", "hidden")] {
      axes["cell.\(name).weight"] = ["gate", "next", read]
      axes["cell.\(name).bias"] = ["gate", "next"]
    }
    var g = Graph(parameterAxes: axes, sizes: ["columns": 5, "hidden": 4, "next": 4, "gate": kind.rawValue])
    let x = g.input("x", .features, of: .decoder, axes: ["batch", "seq", "columns"])
    let mask = g.input("mask", .mask(over: "seq"), of: .decoder, axes: ["batch", "seq"], default: .constant(1))
    let half = g.input("half", .features, axes: ["hidden"])
    let first = (0..<(kind == .gru ? 1 : 2)).map { g.input("first\($0)", .state, axes: ["batch", "hidden"]) }
    let states: RecurrenceResult
    switch kind {
    case .gru:
      states = g.recurrence("cell", over: "seq", isReversed: isReversed, mask: mask, carrying: ["h": first[0]]) {
        Self.gru(&$0, reading: x, half, $1)
      }
    case .lstm:
      states = g.recurrence(
        "cell", over: "seq", isReversed: isReversed, mask: mask, carrying: ["h": first[0], "c": first[1]]
      ) { Self.lstm(&$0, reading: x, half, $1) }
    }
    g.output("y", .states, of: .decoder, states.sequences["h"])
    for (index, name) in ["h", "c"].prefix(first.count).enumerated() {
      let last = g.select("last.\(name)", states.sequences[name], axis: "seq", index: states.end)
      g.output("last\(index)", .states, of: .decoder, last)
    }
    return g
  }

  /// σ(x) = ½ tanh(x / 2) + ½.
  private static func sigmoid(_ g: inout Graph, _ name: String, _ x: Value, _ half: Value) -> Value {
    let tanh = g.activation("\(name).tanh", g.scale("\(name).half", x, by: 0.5), .tanh)
    return g.add(name, g.scale("\(name).scaled", tanh, by: 0.5), half)
  }

  private static func gates(
    _ g: inout Graph, _ x: Value, _ h: Value, _ count: Int
  ) -> (input: [Value], state: [Value]) {
    let input = g.linear("cell.input", g.step("cell.x", x)).renaming("next", to: "hidden")
    let state = g.linear("cell.state", h).renaming("next", to: "hidden")
    return (
      (0..<count).map { g.select("cell.input.\($0)", input, axis: "gate", index: $0) },
      (0..<count).map { g.select("cell.state.\($0)", state, axis: "gate", index: $0) }
    )
  }

  /// The gated unit of arXiv:1406.1078: h' = (1 − z) n + z h.
  private static func gru(
    _ g: inout Graph, reading x: Value, _ half: Value, _ states: NamedValues
  ) -> (next: NamedValues, collected: NamedValues) {
    let h = states["h"]
    let (input, state) = gates(&g, x, h, 3)
    let r = sigmoid(&g, "cell.r", g.add("cell.r.sum", input[0], state[0]), half)
    let z = sigmoid(&g, "cell.z", g.add("cell.z.sum", input[1], state[1]), half)
    let reset = g.multiply("cell.reset", r, state[2])
    let n = g.activation("cell.n", g.add("cell.n.sum", input[2], reset), .tanh)
    let change = g.add("cell.change", h, g.scale("cell.n.negative", n, by: -1))
    return (["h": g.add("cell.next", n, g.multiply("cell.moved", z, change))], [:])
  }

  /// Hochreiter and Schmidhuber 1997, with forget gates; the gates in torch's order: input, forget, cell, output.
  private static func lstm(
    _ g: inout Graph, reading x: Value, _ half: Value, _ states: NamedValues
  ) -> (next: NamedValues, collected: NamedValues) {
    let (input, state) = gates(&g, x, states["h"], 4)
    let sums = (0..<4).map { g.add("cell.sum.\($0)", input[$0], state[$0]) }
    let open = [0, 1, 3].map { sigmoid(&g, "cell.gate.\($0)", sums[$0], half) }
    let candidate = g.activation("cell.candidate", sums[2], .tanh)
    let cell = g.add(
      "cell.cell", g.multiply("cell.kept", open[1], states["c"]), g.multiply("cell.new", open[0], candidate))
    return (["h": g.multiply("cell.next", open[2], g.activation("cell.seen", cell, .tanh)), "c": cell], [:])
  }

  func executor(_ precision: Precision, isReversed: Bool) throws -> GraphExecutor {
    let suffix = isReversed ? "_r" : ""
    var table = ParameterTable()
    for (name, short, width) in [("input", "ih", 5), ("state", "hh", 4)] {
      table.tensors["cell.\(name).weight"] = try recorded["weight_\(short)_l0\(suffix)"]
        .reshaped([kind.rawValue, 4, width])
      table.tensors["cell.\(name).bias"] = try recorded["bias_\(short)_l0\(suffix)"].reshaped([kind.rawValue, 4])
    }
    return try GraphExecutor(graph(isReversed: isReversed), parameters: table, precision: precision, threads: 2)
  }

  func inputs(isReversed: Bool) throws -> [String: Tensor] {
    var inputs = [
      "x": try recorded["x"], "mask": try recorded["mask"], "half": Tensor(.f64, [4], [0.5, 0.5, 0.5, 0.5]),
    ]
    for index in 0..<(kind == .gru ? 1 : 2) {
      inputs["first\(index)"] = try recorded["first\(index)"].selecting(isReversed ? 1 : 0, onAxis: 0)
    }
    return inputs
  }
}

@Suite struct RecurrenceTests {
  /// Half of the last axis of torch's outputs, with padding as zeros; the places that count alone are compared.
  private func counted(_ y: Tensor, _ network: RecurrentNetwork, half: Int? = nil) throws -> [Double] {
    let marks = try network.recorded["mask"].doubles()
    let width = y.shape[2]
    let numbers = try y.doubles()
    return numbers.indices.filter { index in
      marks[index / width] != 0 && (half.map { index % width / (width / 2) == $0 } ?? true)
    }.map { numbers[$0] }
  }

  @Test(arguments: Precision.allCases, [false, true])
  func networksOfRowsOfDifferentLengthsAreThoseOfTorch(_ precision: Precision, _ isReversed: Bool) throws {
    for kind in RecurrentNetwork.Kind.allCases {
      let network = try RecurrentNetwork(kind)
      let executor = try network.executor(precision, isReversed: isReversed)
      #expect(executor.graph.misfit == nil)
      let found = try executor.run(inputs: network.inputs(isReversed: isReversed))
      let y = try #require(found["y"])
      #expect(y.shape == [3, 6, 4])
      let expected = try counted(network.recorded["y"], network, half: isReversed ? 1 : 0)
      for (a, b) in zip(try counted(y, network), expected) { #expect(abs(a - b) < tolerance(of: precision)) }
      for index in 0..<(kind == .gru ? 1 : 2) {
        let last = try network.recorded["last\(index)"].selecting(isReversed ? 1 : 0, onAxis: 0)
        try expect(found["last\(index)"], last.contiguous(), precision, "\(kind) last\(index)")
      }
    }
  }

  @Test func stepsThatTakeNodesTogetherChangeNoBit() throws {
    for kind in RecurrentNetwork.Kind.allCases {
      let network = try RecurrentNetwork(kind)
      let executor = try network.executor(.f32, isReversed: true)
      let inputs = try network.inputs(isReversed: true)
      let fused = try executor.run(inputs: inputs)
      let byNode = try executor.run(inputs: inputs) { _, _ in }
      #expect(fused.count == byNode.count)
      for (name, value) in fused { #expect(sameBits(value, byNode[name]), "\(kind) \(name)") }
    }
  }

  @Test(arguments: Precision.allCases)
  func everyNodeIsSeenWithAllItsSteps(_ precision: Precision) throws {
    let network = try RecurrentNetwork(.lstm)
    let executor = try network.executor(precision, isReversed: false)
    let inputs = try network.inputs(isReversed: false)
    var seen: [String: Tensor] = [:]
    _ = try executor.run(inputs: inputs) { node, value in
      #expect(value.shape.count == node.axes.count, "\(node.name)")
      seen[node.name] = value
    }
    #expect(seen.count == executor.graph.nodes.count)
    #expect(
      executor.graph.nodes[try #require(executor.graph.index(of: "cell.cell"))].axes == ["batch", "seq", "hidden"])
    // Each node computes from the values of the others what it computed in the run.
    for (index, node) in executor.graph.nodes.enumerated() where node.op != .input {
      let operands = try node.inputs.map { try #require(seen[executor.graph.nodes[$0.node].name]) }
      let alone = try executor.evaluate(node: index, inputs: operands)
      #expect(sameBits(alone, seen[node.name]), "\(node.name)")
    }
  }

  @Test func aRecurrenceReversedSeesItsStatesInThatOrder() throws {
    let network = try RecurrentNetwork(.gru)
    let executor = try network.executor(.f64, isReversed: true)
    let inputs = try network.inputs(isReversed: true)
    var seen: [String: Tensor] = [:]
    _ = try executor.run(inputs: inputs) { node, value in seen[node.name] = value }
    for (index, node) in executor.graph.nodes.enumerated() where node.op != .input {
      let operands = try node.inputs.map { try #require(seen[executor.graph.nodes[$0.node].name]) }
      #expect(sameBits(try executor.evaluate(node: index, inputs: operands), seen[node.name]), "\(node.name)")
    }
    let before = try #require(seen["cell.h.before"])
    #expect(try before.selecting(5, onAxis: 1).doubles() == inputs["first0"]?.doubles())
  }

  @Test(arguments: Precision.allCases, [[1, 1, 1, 1, 1, 1], [2, 1, 3]])
  func aSessionKeepsStates(_ precision: Precision, _ lengths: [Int]) throws {
    for kind in RecurrentNetwork.Kind.allCases {
      let network = try RecurrentNetwork(kind)
      let executor = try network.executor(precision, isReversed: false)
      let inputs = try network.inputs(isReversed: false)
      let whole = try #require(executor.run(inputs: inputs)["y"])
      let fixed = inputs.filter { $0.key == "half" || $0.key.hasPrefix("first") }
      let session = try DecodingSession(executor, staticInputs: fixed, outputs: ["y"])
      var place = 0
      for length in lengths {
        func part(_ name: String) throws -> Tensor {
          let tensor = try #require(inputs[name])
          var shape = tensor.shape
          shape[1] = length
          return Tensor(
            dtype: tensor.dtype, shape: shape, strides: tensor.strides, storage: tensor.storage,
            byteOffset: tensor.byteOffset + place * tensor.strides[1] * 8)
        }
        if place == 1 {
          // A step that fails leaves the session where it was.
          #expect(throws: RuntimeError.self) { try session.step(["x": part("x"), "mask": ids([[1]])]) }
        }
        let y = try #require(session.step(["x": part("x"), "mask": part("mask")])["y"])
        for step in 0..<length {
          let expected = whole.selecting(place + step, onAxis: 1).contiguous()
          try expect(y.selecting(step, onAxis: 1).contiguous(), expected, precision, "\(kind) \(place + step)")
        }
        place += length
        #expect(session.past == place)
      }
    }
  }

  @Test(arguments: Precision.allCases)
  func aPartRunsFromWhatIsKnownOfARecurrence(_ precision: Precision) throws {
    let network = try RecurrentNetwork(.lstm)
    let executor = try network.executor(precision, isReversed: false)
    let graph = executor.graph
    let inputs = try network.inputs(isReversed: false)
    var seen: [String: Tensor] = [:]
    _ = try executor.run(inputs: inputs) { node, value in seen[node.name] = value }
    func node(_ name: String) throws -> Int { try #require(graph.index(of: name)) }
    let sequence = try node("cell.h")
    // From all steps of the states, without running any.
    let doubled = try Cast.convert(#require(seen["cell.h"]), to: .f64)
    let last = try executor.evaluate(node: node("last.h"), given: [sequence: doubled], inputs: [:])
    #expect(sameBits(last, seen["last.h"]))
    // What lies inside runs as a whole, whatever else is given of it.
    let cell = try executor.evaluate(node: node("cell.cell"), given: [sequence: doubled], inputs: inputs)
    #expect(sameBits(cell, seen["cell.cell"]))
    #expect(sameBits(try executor.evaluate(node: sequence, given: [:], inputs: inputs), seen["cell.h"]))
  }

  @Test func whatRunsBackwardsIsNoStep() throws {
    let executor = try RecurrentNetwork(.gru).executor(.f64, isReversed: true)
    let error = #expect(throws: RuntimeError.self) { try DecodingSession(executor, outputs: ["y"]) }
    #expect(error == .notStepwise("cell"))
  }

  @Test func theTextShowsWhatIsRepeated() throws {
    let text = try RecurrentNetwork(.gru).graph(isReversed: true).description
    #expect(
      text.contains("recurrence cell over seq reversed\n  cell.h.before [batch seq hidden] = carried(first0, cell.h)\n")
    )
    #expect(text.contains("  cell.x [batch seq columns] = step seq(x)\n"))
    #expect(text.contains("\nlast.h [batch hidden] = select seq=0(cell.h)\n"))
  }

  @Test func valuesOfAStepAreNotForOutside() {
    var g = Graph(parameterAxes: [:], sizes: ["hidden": 2])
    let x = g.input("x", .features, axes: ["batch", "seq", "hidden"])
    let first = g.input("first", .state, axes: ["batch", "hidden"])
    var inside: Value?
    _ = g.recurrence("r", over: "seq", carrying: ["h": first]) { g, state in
      inside = g.step("r.x", x)
      return (["h": g.add("r.next", state["h"], inside ?? first)], [:])
    }
    #expect(g.misfit == nil)
    if let inside { _ = g.scale("y", inside, by: 2) }
    #expect(g.misfit?.description == "y: it reads r.x as if it were in the same recurrence")
  }

  @Test func anEmptySequenceHasNoStep() throws {
    let network = try RecurrentNetwork(.gru)
    var inputs = try network.inputs(isReversed: false)
    inputs["x"] = Tensor(.f64, [3, 0, 5], [Double]())
    inputs["mask"] = nil
    #expect(throws: RuntimeError.self) { try network.executor(.f64, isReversed: false).run(inputs: inputs) }
  }
}
