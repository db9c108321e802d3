import GraphRuntime
import TensorData
import TensorGraph
import TestSupport
import Testing

/// What stands for inputs that are not given, and what real numbers become.
@Suite struct GraphInputValues {
  private func positions(_ rule: PositionRule) -> Graph {
    var graph = Graph(parameterAxes: [:], sizes: [:])
    _ = graph.input("words", .tokens, axes: ["batch", "seq"])
    _ = graph.input("places", .positions(rule), axes: ["batch", "seq"])
    return graph
  }

  private func defaults(_ rule: PositionRule, _ tokens: [[Int]]) throws -> [Int64] {
    let graph = positions(rule)
    return try graph.value(of: #require(graph.input("places")), given: ["words": ids(tokens)]).elements(as: Int64.self)
  }

  @Test func positionsAreCountedFromTheFirstOfTheRule() throws {
    #expect(try defaults(.counted(from: 0), [[5, 6, 7], [5, 1, 1]]) == [0, 1, 2, 0, 1, 2])
    // BART: modeling_bart.py, BartLearnedPositionalEmbedding, adds an offset of 2 to every position, padding too.
    #expect(try defaults(.counted(from: 2), [[5, 6, 7], [5, 1, 1]]) == [2, 3, 4, 2, 3, 4])
  }

  @Test func positionsThatSkipPaddingFollowTheTokens() throws {
    // RoBERTa: modeling_roberta.py, create_position_ids_from_input_ids with padding_idx 1.
    #expect(try defaults(.keptOnly(from: 2), [[5, 6, 7], [5, 1, 1], [1, 8, 1]]) == [2, 3, 4, 2, 1, 1, 1, 2, 1])
    #expect(throws: RuntimeError.missingInput(name: "places", axes: ["batch", "seq"])) {
      let graph = positions(.keptOnly(from: 2))
      _ = try graph.value(of: #require(graph.input("places")), given: [:])
    }
  }

  @Test(arguments: Precision.allCases)
  func featuresAreRealNumbersOfAnyType(_ precision: Precision) throws {
    var graph = Graph(parameterAxes: [:], sizes: ["columns": 2])
    let x = graph.input("x", .features, axes: ["batch", "columns"])
    graph.output("y", .states, graph.scale("y", x, by: 2))
    let executor = try GraphExecutor(graph, parameters: ParameterTable(), precision: precision)
    for x in [
      Tensor(.f64, [2, 2], [0.5, -1.25, 3, 4]), Tensor(.f32, [2, 2], [Float(0.5), -1.25, 3, 4]),
    ] {
      #expect(try executor.run(inputs: ["x": x])["y"]?.doubles() == [1, -2.5, 6, 8])
    }
    #expect(try executor.run(inputs: ["x": ids([[1, -2]])])["y"]?.doubles() == [2, -4])
    #expect(throws: RuntimeError.self) { try executor.run(inputs: ["x": ids([[1, 2, 3]])]) }
    #expect(throws: RuntimeError.missingInput(name: "x", axes: ["batch", "columns"])) {
      try executor.run(inputs: [:], outputs: ["y"])
    }
  }
}
