import TensorGraph
import Testing

@Suite struct GraphTests {
  private static let axes = [
    "word.weight": ["vocab", "embed"], "q.weight": ["embed", "heads", "head"], "q.bias": ["heads", "head"],
    "o.weight": ["heads", "head", "embed"], "norm.weight": ["embed"], "norm.bias": ["embed"],
    "bias.weight": ["buckets", "heads"],
  ]
  private static let sizes = ["vocab": 11, "embed": 6, "heads": 2, "head": 3, "buckets": 4]

  private func graph() -> Graph {
    var g = Graph(parameterAxes: Self.axes, sizes: Self.sizes)
    let ids = g.input("input_ids", .tokens, axes: ["batch", "seq"], bound: "vocab")
    let mask = g.input("attention_mask", .mask(over: "seq"), axes: ["batch", "seq_keys"], default: .constant(1))
    let x = g.layerNorm("norm", g.embedding("word", ids), epsilon: 1e-5)
    let q = g.linear("q", x)
    let bias = g.relativeBias("bias", queries: x, isBidirectional: false, maxDistance: 8)
    let mixed = g.attention("attention", q: q, k: q, v: q, mask: mask, bias: bias, scale: 0.5, visibility: .causal)
    let y = g.add("residual", g.linear("o", mixed), x)
    g.output("last_hidden_state", .states, y)
    g.output("hidden_states", .states, stacking: [x, y])
    g.output("score", .states, g.last("score.last", y, ids: ids, padding: 0))
    g.output("first", .states, g.select("first", y, axis: "seq", index: 0))
    return g
  }

  @Test func linearContractsTheAxesThatItSharesWithTheWeight() {
    let g = graph()
    #expect(g.nodes[g.index(of: "q") ?? 0].axes == ["batch", "seq", "heads", "head"])
    #expect(g.nodes[g.index(of: "q") ?? 0].parameters == ["q.weight", "q.bias"])
    #expect(g.nodes[g.index(of: "o") ?? 0].axes == ["batch", "seq", "embed"])
    #expect(g.nodes[g.index(of: "o") ?? 0].parameters == ["o.weight"])
    #expect(g.nodes[g.index(of: "score.last") ?? 0].axes == ["batch", "embed"])
    #expect(g.nodes[g.index(of: "bias") ?? 0].axes == ["heads", "seq", "seq_keys"])
  }

  @Test func everyParameterIsListedOnce() {
    #expect(
      graph().usedParameters == [
        "word.weight", "norm.weight", "norm.bias", "q.weight", "q.bias", "bias.weight", "o.weight",
      ])
  }

  @Test func onlyTheNodesBeforeATargetAreNeeded() throws {
    let g = graph()
    let q = try #require(g.index(of: "q"))
    let norm = try #require(g.index(of: "norm"))
    #expect(g.nodes(neededFor: [q]).map { g.nodes[$0].name } == ["input_ids", "word", "norm", "q"])
    #expect(g.nodes(neededFor: [q], given: [norm]) == [q])
  }

  @Test func theTextNamesEveryNodeWithItsConstants() {
    #expect(
      graph().description == """
        input_ids [batch seq] = input()
        attention_mask [batch seq_keys] = input()
        word [batch seq embed] = embedding(input_ids, @word.weight)
        norm [batch seq embed] = layer_norm epsilon=1e-05(word, @norm.weight, @norm.bias)
        q [batch seq heads head] = linear(norm, @q.weight, @q.bias)
        bias [heads seq seq_keys] = relative_bias max_distance=8(norm, @bias.weight)
        attention [batch seq heads head] = attention scale=0.5 causal masked biased(q, q, q, attention_mask, bias)
        o [batch seq embed] = linear(attention, @o.weight)
        residual [batch seq embed] = add(o, norm)
        score.last [batch embed] = last padding=0(residual, input_ids)
        first [batch embed] = select seq=0(residual)
        output last_hidden_state = residual
        output hidden_states = stack(norm, residual)
        output score = score.last
        output first = first

        """)
  }

  @Test func shapesFollowFromTheInputs() throws {
    let g = graph()
    let sizes = try g.sizes(inputShapes: ["input_ids": [2, 5]])
    #expect(try g.shape(of: g.nodes[g.index(of: "attention") ?? 0], sizes: sizes) == [2, 5, 2, 3])
    #expect(sizes["seq_keys"] == 5)
    #expect(try g.sizes(inputShapes: ["input_ids": [2, 5]], past: 3)["seq_keys"] == 8)
  }

  @Test func inputsThatDoNotFitAreNamed() {
    let g = graph()
    #expect(throws: ShapeError.self) { try g.sizes(inputShapes: ["labels": [1]]) }
    #expect(throws: ShapeError.self) { try g.sizes(inputShapes: ["input_ids": [5]]) }
    #expect(throws: ShapeError.self) { try g.sizes(inputShapes: ["input_ids": [2, 5], "attention_mask": [3, 5]]) }
    let error = #expect(throws: ShapeError.self) { try g.shape(of: g.nodes[0], sizes: [:]) }
    #expect(error?.description == "input_ids: nothing says how long the axis batch is")
  }

  @Test func aRenamedAxisIsTheSameNode() {
    var g = Graph(parameterAxes: ["p.weight": ["embed", "pooled"]], sizes: ["embed": 2, "pooled": 2])
    let x = g.input("x", .features, axes: ["batch", "embed"])
    let y = g.linear("p", x).renaming("pooled", to: "embed")
    #expect(y.axes == ["batch", "embed"])
    #expect(y.node == 1)
  }

  @Test func whatDoesNotFitFirstIsRememberedWithItsNode() {
    let cases: [(reason: String, emit: (inout Graph, Value, Value) -> Void)] = [
      ("ids: two nodes have this name", { g, x, _ in _ = g.scale("ids", x, by: 2) }),
      ("ids: two nodes have this name", { g, _, _ in _ = g.input("ids", .tokens, axes: ["batch"]) }),
      (
        "none: it needs the parameter none.weight, which the model does not have",
        { g, x, _ in _ = g.linear("none", x) }
      ),
      (
        "none: it needs the parameter none.weight, which the model does not have",
        { g, _, ids in _ = g.embedding("none", ids) }
      ),
      (
        "none: it needs the parameter none.weight, which the model does not have",
        { g, x, _ in _ = g.relativeBias("none", queries: x, isBidirectional: true, maxDistance: 8) }
      ),
      (
        "q: q.weight has the axes [\"embed\", \"heads\", \"head\"], "
          + "which do not begin or end with the last ones of [\"batch\", \"seq\"]",
        { g, _, ids in _ = g.linear("q", ids) }
      ),
      (
        "o: norm.bias has the axes [\"embed\"], not [\"vocab\"]",
        { g, x, _ in _ = g.linear("o", x, weight: "word.weight", bias: "norm.bias") }
      ),
      (
        "sum: the axes [\"batch\", \"seq\", \"embed\"] and [\"batch\", \"row\"] do not fit together",
        { g, x, ids in _ = g.add("sum", x, ids.renaming("seq", to: "row")) }
      ),
      (
        "product: the axes [\"batch\", \"seq\", \"embed\"] and [\"batch\", \"row\"] do not fit together",
        { g, x, ids in _ = g.multiply("product", x, ids.renaming("seq", to: "row")) }
      ),
      (
        "norm: norm.weight has the axes [\"embed\"], not [\"seq\"]",
        { g, _, ids in _ = g.layerNorm("norm", ids, epsilon: 1) }
      ),
      (
        "norm: norm.weight has the axes [\"embed\"], not [\"seq\"]",
        { g, _, ids in _ = g.rmsNorm("norm", ids, epsilon: 1) }
      ),
      (
        "mixed: queries [\"batch\", \"seq\"], keys [\"batch\", \"seq\"] and values [\"batch\", \"seq\"] do not go together",
        { g, _, ids in _ = g.attention("mixed", q: ids, k: ids, v: ids, scale: 1) }
      ),
      (
        "first: there is no axis layer in [\"batch\", \"seq\", \"embed\"]",
        { g, x, _ in _ = g.select("first", x, axis: "layer", index: 0) }
      ),
      (
        "last: [\"batch\", \"seq\"] do not begin with two axes [\"batch\", \"seq\", \"embed\"]",
        { g, x, ids in _ = g.last("last", ids, ids: x, padding: nil) }
      ),
      (
        "loss: labels [\"batch\", \"seq\", \"embed\"] do not go with logits [\"batch\", \"seq\", \"embed\"]",
        { g, x, _ in _ = g.crossEntropy("loss", logits: x, labels: x) }
      ),
      (
        "twice: two outputs have this name",
        { g, x, _ in
          g.output("twice", .states, x)
          g.output("twice", .states, x)
        }
      ),
      ("none: its layers are none or have different axes", { g, _, _ in g.output("none", .states, stacking: []) }),
    ]
    for (reason, emit) in cases {
      var g = Graph(parameterAxes: Self.axes, sizes: Self.sizes)
      let ids = g.input("ids", .tokens, axes: ["batch", "seq"], bound: "vocab")
      let x = g.embedding("word", ids)
      #expect(g.misfit == nil)
      emit(&g, x, ids)
      #expect(g.misfit?.description == reason)
      _ = g.scale("ids", x, by: 3)
      #expect(g.misfit?.description == reason, "the first misfit stays")
    }
    #expect(graph().misfit == nil)
  }

  @Test func anOutputNamesTheInputsThatItLacks() throws {
    var g = Graph(parameterAxes: ["p.weight": ["embed", "classes"]], sizes: ["embed": 2, "classes": 2])
    let x = g.input("x", .features, axes: ["batch", "embed"])
    let y = g.linear("p", x)
    g.output("y", .logits, y)
    let labels = g.input("labels", .labels, axes: ["batch"])
    g.output("loss", .loss, g.crossEntropy("loss", logits: y, labels: labels))
    let loss = try #require(g.output("loss"))
    #expect(g.inputsLacking(for: loss, given: []) == ["x", "labels"])
    #expect(g.inputsLacking(for: loss, given: ["labels"]) == ["x"])
    #expect(try g.inputsLacking(for: #require(g.output("y")), given: ["x"]).isEmpty)
  }
}
