import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import GraphRuntime

/// Steps that take nodes together, and that they change no bit.
@Suite struct RunPlanTests {
  private let tokens = ids([[1, 5, 2, 10, 7, 3, 8], [3, 3, 0, 9, 4, 6, 1]])

  /// The names of the nodes whose values a plan computes, products of one step joined by plus signs, chains by arrows.
  private func steps(_ graph: Graph, outputs: [String], isFused: Bool) -> [String] {
    let kept = outputs.compactMap { graph.output($0) }.flatMap { $0.values.map(\.node) }
    let plan = RunPlan(graph: graph, order: graph.nodes(neededFor: kept), kept: kept, isFused: isFused)
    return plan.steps.map { step in
      switch step.work {
      case .node(let node): graph.nodes[node].name
      case .products(let products): products.map { graph.nodes[$0.result].name }.joined(separator: " + ")
      case .recurrence(let plan): plan.recurrence.name
      case .chain(let first, let second): "\(graph.nodes[first.result].name) > \(graph.nodes[second.result].name)"
      }
    }
  }

  @Test func productsOfOneValueAreTakenTogetherWithWhatFollowsThem() {
    let graph = SmallModel.decoder().graph
    let found = steps(graph, outputs: ["logits"], isFused: true).filter { $0.hasPrefix("block.0") }
    #expect(
      found == [
        "block.0.q + block.0.k + block.0.v", "block.0.mix", "block.0.attended", "block.0.norm",
        "block.0.active + block.0.up", "block.0.gated", "block.0.down", "block.0.scaled", "block.0.sum",
        "block.0.final",
      ])
    let all = steps(graph, outputs: ["logits"], isFused: false)
    #expect(all.count == graph.nodes(neededFor: graph.output("logits")?.values.map(\.node) ?? []).count)
  }

  @Test func aValueThatIsWantedIsNotPassedOver() {
    var graph = Graph(parameterAxes: ["a.weight": ["in", "out"]], sizes: ["in": 2, "out": 2])
    let x = graph.input("x", .features, axes: ["seq", "in"])
    let product = graph.linear("a", x)
    graph.output("active", .states, graph.activation("b", product, .relu))
    #expect(steps(graph, outputs: ["active"], isFused: true) == ["x", "b"])
    graph.output("product", .states, product)
    #expect(steps(graph, outputs: ["active", "product"], isFused: true) == ["x", "a", "b"])
  }

  @Test(arguments: everyLibrary)
  func runsGiveTheSameBitsNodeByNode(_ library: ProductLibrary) throws {
    for model in [SmallModel.decoder(), SmallModel.encoderDecoder()] {
      var inputs = ["input_ids": tokens]
      if model.graph.inputs.contains(where: { $0.name == "decoder_input_ids" }) { inputs["decoder_input_ids"] = tokens }
      let executor = try GraphExecutor(
        model.graph, parameters: model.parameters, precision: .f32, threads: 2, products: library)
      var seen = 0
      let byNode = try executor.run(inputs: inputs, outputs: ["logits"]) { _, _ in seen += 1 }
      let fused = try executor.run(inputs: inputs, outputs: ["logits"])
      #expect(sameBits(byNode["logits"], fused["logits"]))
      #expect(seen == model.graph.nodes(neededFor: model.graph.output("logits")?.values.map(\.node) ?? []).count)
    }
  }

  /// x + b(relu(a(x))) for the rows of a table.
  private func feedForward(rows: Int, embed: Int, middle: Int) -> Graph {
    var graph = Graph(
      parameterAxes: [
        "t.weight": ["rows", "embed"], "a.weight": ["embed", "middle"], "a.bias": ["middle"],
        "b.weight": ["middle", "embed"], "b.bias": ["embed"],
      ], sizes: ["rows": rows, "embed": embed, "middle": middle])
    let x = graph.embedding("t", graph.input("ids", .tokens, axes: ["seq"]))
    let active = graph.activation("active", graph.linear("a", x), .relu)
    graph.output("middle", .states, active)
    graph.output("y", .states, graph.add("y", graph.linear("b", active), x))
    return graph
  }

  @Test func aProductThatOnlyAnotherReadsIsChainedToIt() {
    let graph = feedForward(rows: 2, embed: 3, middle: 4)
    #expect(steps(graph, outputs: ["y"], isFused: true) == ["ids", "t", "active > y"])
    #expect(steps(graph, outputs: ["y", "middle"], isFused: true) == ["ids", "t", "active", "y"])
    #expect(steps(graph, outputs: ["y"], isFused: false) == ["ids", "t", "a", "active", "b", "y"])
  }

  /// Not with OpenBLAS, whose bits depend on the number of threads that other tests set meanwhile.
  @Test(arguments: [1, 4, 5, 33, 130], everyLibrary.filter { $0 != .openBLAS })
  func chainsGiveTheSameBitsNodeByNode(rows: Int, _ library: ProductLibrary) throws {
    let (embed, middle) = (70, 401)
    let graph = feedForward(rows: rows, embed: embed, middle: middle)
    var generator = SplitMix64(seed: 70)
    let inputs = ["ids": Tensor(.i64, [rows], Array(0..<Int64(rows)))]
    let (up, down) = (generator.tensor([embed, middle]), generator.tensor([middle, embed]))
    let transposed = [up, down].map { $0.permuted([1, 0]).contiguous().permuted([1, 0]) }
    for (a, b) in [(up, down), (transposed[0], transposed[1]), (up, transposed[1])] {
      let table = ParameterTable(tensors: [
        "t.weight": generator.tensor([rows, embed]), "a.weight": a, "a.bias": generator.tensor([middle]),
        "b.weight": b, "b.bias": generator.tensor([embed]),
      ])
      for threads in [1, 3] {
        let executor = try GraphExecutor(
          graph, parameters: table, precision: .f32, threads: threads, products: library)
        let byNode = try executor.run(inputs: inputs, outputs: ["y"]) { _, _ in }
        #expect(sameBits(try executor.run(inputs: inputs, outputs: ["y"])["y"], byNode["y"]))
      }
    }
  }

  @Test func keptParametersChangeNothing() throws {
    let model = SmallModel.decoder()
    let keeping = try GraphExecutor(
      model.graph, parameters: model.parameters, precision: .f32, threads: 1, keepsParameters: true)
    let expected = try model.executor(.f32).run(inputs: ["input_ids": tokens], outputs: ["logits"])
    for _ in 0..<3 {
      let found = try keeping.run(inputs: ["input_ids": tokens], outputs: ["logits"])
      #expect(sameBits(found["logits"], expected["logits"]))
    }
  }

  @Test func aSumWithAnotherShapeIsNamedAsNodeByNode() throws {
    var graph = Graph(
      parameterAxes: ["a.weight": ["in", "out"], "t.weight": ["rows", "out"]], sizes: ["in": 2, "out": 3, "rows": 4])
    let ids = graph.input("ids", .tokens, axes: ["seq"])
    let other = graph.embedding("t", ids)
    let x = graph.embedding("u", ids, table: "a.weight").renaming("out", to: "in")
    graph.output("sum", .states, graph.add("sum", graph.linear("a", x), other))
    let table = ParameterTable(tensors: [
      "a.weight": Tensor(.f32, [2, 3], [Float](repeating: 1, count: 6)),
      "t.weight": Tensor(.f32, [4, 3], [Float](repeating: 1, count: 12)),
    ])
    let executor = try GraphExecutor(graph, parameters: table, precision: .f32)
    let inputs = ["ids": Tensor(.i64, [2], [0, 1] as [Int64])]
    let fused = #expect(throws: RuntimeError.self) { try executor.run(inputs: inputs) }
    let byNode = #expect(throws: RuntimeError.self) { try executor.run(inputs: inputs) { _, _ in } }
    #expect(fused == byNode)
  }
}
