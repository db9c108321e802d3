import TensorGraph
import Testing

@Suite struct GraphRoles {
  /// An encoder-decoder in the manner of BART, under names that say nothing.
  private var graph: Graph {
    var g = Graph(
      parameterAxes: ["words.weight": ["vocab", "embed"], "places.weight": ["rows", "embed"]],
      sizes: ["vocab": 7, "embed": 4, "rows": 12])
    let left = g.input("left", .tokens, axes: ["batch", "seq"], bound: "vocab")
    _ = g.input("left marks", .mask(over: "seq"), axes: ["batch", "seq"], default: .constant(1))
    let right = g.input("right", .tokens, of: .decoder, axes: ["batch", "target"], bound: "vocab")
    _ = g.input(
      "right marks", .mask(over: "target"), of: .decoder, axes: ["batch", "target_keys"], default: .constant(1))
    let places = g.input(
      "places", .positions(.counted(from: 2)), of: .decoder, axes: ["batch", "target"], bound: "rows")
    _ = g.embedding("left words", left, table: "words.weight")
    let words = g.embedding("right words", right, table: "words.weight")
    let placed = g.add("placed", words, g.embedding("places row", places, table: "places.weight"))
    g.output("y", .states, of: .decoder, placed)
    return g
  }

  @Test func inputsAreFoundByRoleAndSide() throws {
    let g = graph
    #expect(g.text?.name == "left")
    let right = try #require(g.tokens(.decoder))
    #expect(right.name == "right")
    #expect(g.mask(of: right)?.name == "right marks")
    #expect(g.positions(.encoder) == nil)
    #expect(g.positions(.decoder)?.fallback == .positions)
    #expect(g.positionLimit(.decoder) == 10)
    #expect(g.positionLimit(.encoder) == nil)
  }

  @Test func axesAreToldApartByWhoChoosesThem() {
    #expect(graph.callerAxes == ["batch", "seq", "target", "target_keys"])
    #expect(graph.rowAxes == ["vocab", "rows"])
    #expect(graph.headAxes.isEmpty)
  }

  @Test func anOutputNamesTheInputsThatItNeeds() throws {
    let g = graph
    #expect(g.inputs(neededFor: try #require(g.output("y"))).map(\.name) == ["right", "places"])
  }
}
