import Architectures
import GraphRuntime
import ModelConversion
import StrictJSON
import TensorData
import TensorGraph
import Testing
import TextGeneration

@Suite struct GraphStepModelTests {
  private func executor(_ name: String, _ precision: Precision) throws -> GraphExecutor {
    let model = try Model.open(RecordedFixture.path("models/\(name)")).mapped()
    return try GraphExecutor(model.graph(), parameters: model, precision: precision)
  }

  /// What a model generates greedily; an encoder-decoder reads the prompt, and its decoder begins with a start token.
  private func generated(
    _ name: String, _ precision: Precision, _ prompt: Prompt, start: Int?, newTokens: Int, ends: [Int], pad: Int?
  ) throws -> [[Int]] {
    var model = try GraphStepModel(executor(name, precision), encoding: start == nil ? nil : prompt)
    let generator = try TextGenerator(
      maxNewTokens: newTokens, endTokens: ends, padToken: pad, positionLimit: model.positionLimit)
    let begin = try start.map { token in try Prompt(ids: prompt.ids.map { _ in [token] }) } ?? prompt
    var sampler = Sampler.greedy
    return try generator.generate(begin, with: &model, sampler: &sampler)
  }

  @Test(arguments: Precision.allCases)
  func batchesContinueAsInTransformers(precision: Precision) throws {
    let cases = try RecordedFixture.cases("generation/generate.json")
    #expect(cases.count == 7)
    for recorded in cases {
      let name = try #require(recorded["model"]?.string)
      let prompt = try Prompt(
        ids: try #require(recorded["ids"]).rows, mask: recorded["mask"]?.rows.map { $0.map { $0 == 1 } })
      let found = try generated(
        name, precision, prompt, start: recorded["start_token"]?.int,
        newTokens: try #require(recorded["new_tokens"]?.int), ends: try #require(recorded["end_tokens"]).ints,
        pad: recorded["pad_token"]?.int)
      #expect(found == recorded["result"]?.rows, "\(name)")
    }
  }

  @Test(arguments: ["gpt2-lm", "t5-v10", "t5-v11"])
  func theModelsOwnTokensAreFollowed(name: String) throws {
    let tokens = try GenerationTokens(config: RecordedFixture.json("models/\(name)/generation_config.json"))
    let file = "models/\(name)/golden_generate.npz"
    let found = try generated(
      name, .f32, Prompt(ids: RecordedFixture.rows("in_input_ids", of: file)),
      start: name.hasPrefix("t5") ? tokens.decoderStartToken : nil, newTokens: 8, ends: tokens.endTokens,
      pad: tokens.padToken)
    #expect(try found == RecordedFixture.rows("out_generated", of: file))
  }

  @Test func theDemoModelSpeaksEnglish() throws {
    let folder = "models/gpt2-tatoeba-tiny"
    let prompt = try RecordedFixture.rows("in_input_ids", of: "\(folder)/golden.npz")
    let recorded = try RecordedFixture.rows("out_generated", of: "\(folder)/golden.npz")
    let tokens = try GenerationTokens(config: RecordedFixture.json("\(folder)/generation_config.json"))
    let found = try generated(
      "gpt2-tatoeba-tiny", .f32, Prompt(ids: prompt), start: nil, newTokens: recorded[0].count - prompt[0].count,
      ends: tokens.endTokens, pad: tokens.padToken)
    #expect(found == recorded)
    let decoder = try TokenDecoder(json: RecordedFixture.json("\(folder)/tokenizer.json"), file: "tokenizer.json")
    #expect(decoder.text(found[0]) == "I would like to go to the park.")
  }

  @Test func theLimitIsThatOfLearnedPositions() throws {
    #expect(try GraphStepModel(executor("gpt2-lm", .f64)).positionLimit == 41)
    let text = try Prompt(ids: [[5]])
    #expect(try GraphStepModel(executor("t5-v10", .f64), encoding: text).positionLimit == nil)
  }

  @Test(arguments: [
    ("bert-mlm", false), ("gpt2-model", false), ("gpt2-seqcls", false), ("t5-v10", false), ("gpt2-lm", true),
  ])
  func aModelThatCannotGenerateLikeThisIsRefused(name: String, hasText: Bool) throws {
    let text = hasText ? try Prompt(ids: [[5]]) : nil
    let error = #expect(throws: GenerationError.self) {
      _ = try GraphStepModel(executor(name, .f64), encoding: text)
    }
    #expect(error?.description.hasPrefix("the model cannot generate text: it") == true)
  }

  @Test func rolesDecideWhichInputsAStepGives() throws {
    let graph = Self.oddlyNamed
    let executor = try GraphExecutor(graph, parameters: Numbers(graph: graph), precision: .f64)
    let text = try Prompt(ids: [[3, 1, 4], [1, 5, 0]], mask: [[true, true, true], [true, true, false]])
    var model = try GraphStepModel(executor, encoding: text)
    #expect(model.positionLimit == 6)
    var found: [[Float]] = []
    for (step, ids) in [[2, 2], [5, 4], [1, 3]].enumerated() {
      found = try model.logits(
        appending: GenerationStep(ids: ids.map { [$0] }, mask: [[true], [true]], positions: [[step], [step]]))
    }
    let whole = try executor.run(inputs: [
      "said": ids(text.ids), "said so far": ids(text.mask.map { $0.map { $0 ? 1 : 0 } }),
      "answer": ids([[2, 5, 1], [2, 4, 3]]),
    ])
    let last = try #require(whole["scores"]).selecting(2, onAxis: 1)
    for row in 0..<2 {
      for (a, b) in zip(found[row], try last.selecting(row, onAxis: 0).floats()) { #expect(abs(a - b) < 1e-5) }
    }
  }

  @Test func aRecurrentDecoderContinuesFromItsStates() throws {
    let executor = try GraphExecutor(
      Self.recurrent, parameters: Numbers(graph: Self.recurrent), precision: .f64)
    let text = try Prompt(ids: [[3, 1, 4], [1, 5, 0]], mask: [[true, true, true], [true, true, false]])
    var model = try GraphStepModel(executor, encoding: text)
    let answer = [[2, 5, 1, 6], [2, 4, 3, 3]]
    let whole = try executor.run(inputs: [
      "said": ids(text.ids), "said so far": ids(text.mask.map { $0.map { $0 ? 1 : 0 } }), "answer": ids(answer),
    ])
    let scores = try #require(whole["scores"])
    for place in 0..<4 {
      let found = try model.logits(
        appending: GenerationStep(ids: answer.map { [$0[place]] }, mask: [[true], [true]], positions: [[0], [0]]))
      for row in 0..<2 {
        let expected = try scores.selecting(place, onAxis: 1).selecting(row, onAxis: 0).floats()
        for (a, b) in zip(found[row], expected) { #expect(abs(a - b) < 1e-5) }
      }
    }
  }

  /// Two recurrences without attention: the second begins with what the first ends with.
  private static var recurrent: Graph {
    var axes = ["words.weight": ["words", "embed"], "scores.weight": ["words", "hidden"]]
    for name in ["read", "write"] {
      axes["\(name).x.weight"] = ["next", "embed"]
      axes["\(name).h.weight"] = ["next", "hidden"]
    }
    var g = Graph(parameterAxes: axes, sizes: ["words": 7, "embed": 6, "hidden": 5, "next": 5])
    func layer(_ g: inout Graph, _ name: String, _ x: Value, _ h: Value) -> Value {
      let sum = g.add("\(name).sum", g.linear("\(name).x", g.step("\(name).word", x)), g.linear("\(name).h", h))
      return g.activation("\(name).next", sum, .tanh).renaming("next", to: "hidden")
    }
    let said = g.input("said", .tokens, axes: ["batch", "seq"], bound: "words")
    let mask = g.input("said so far", .mask(over: "seq"), axes: ["batch", "seq"], default: .constant(1))
    let answer = g.input("answer", .tokens, of: .decoder, axes: ["batch", "out"], bound: "words")
    let words = g.embedding("said words", said, table: "words.weight")
    let first = g.linear("first", g.mean("said mean", words, axis: "seq", mask: mask), weight: "read.x.weight")
      .renaming("next", to: "hidden")
    let read = g.recurrence("read", over: "seq", mask: mask, carrying: ["h": first]) { g, state in
      (["h": layer(&g, "read", words, state["h"])], [:])
    }
    let start = g.select("start", read.sequences["h"], axis: "seq", index: read.end)
    let written = g.embedding("answer words", answer, table: "words.weight")
    let write = g.recurrence("write", over: "out", carrying: ["h": start]) { g, state in
      (["h": layer(&g, "write", written, state["h"])], [:])
    }
    g.output("scores", .nextToken, of: .decoder, g.linear("scores", write.sequences["h"]))
    return g
  }

  /// An encoder-decoder whose two halves count positions differently, under names that no library uses.
  private static var oddlyNamed: Graph {
    let sizes = ["words": 7, "places": 8, "embed": 6, "heads": 2, "head": 3]
    var axes = ["words.weight": ["words", "embed"], "places.weight": ["places", "embed"]]
    for half in ["self", "cross"] {
      for name in ["q", "k", "v"] { axes["\(half).\(name).weight"] = ["embed", "heads", "head"] }
      axes["\(half).o.weight"] = ["heads", "head", "embed"]
    }
    var g = Graph(parameterAxes: axes, sizes: sizes)
    func attend(_ name: String, _ x: Value, _ source: Value, _ mask: Value?, isCausal: Bool) -> Value {
      let mixed = g.attention(
        name, q: g.linear("\(name).q", x), k: g.linear("\(name).k", source), v: g.linear("\(name).v", source),
        mask: mask, scale: 0.5, visibility: isCausal ? .causal : .all, isCached: isCausal)
      return g.add("\(name).sum", x, g.linear("\(name).o", mixed))
    }
    func embed(_ name: String, _ ids: Value, _ places: Value) -> Value {
      g.add(
        "\(name).placed", g.embedding("\(name).words", ids, table: "words.weight"),
        g.embedding("\(name).row", places, table: "places.weight"))
    }
    let said = g.input("said", .tokens, axes: ["batch", "seq"], bound: "words")
    let mask = g.input("said so far", .mask(over: "seq"), axes: ["batch", "seq"], default: .constant(1))
    let saidPlaces = g.input("said where", .positions(.counted(from: 0)), axes: ["batch", "seq"], bound: "places")
    let answer = g.input("answer", .tokens, of: .decoder, axes: ["batch", "out"], bound: "words")
    let places = g.input("where", .positions(.counted(from: 2)), of: .decoder, axes: ["batch", "out"], bound: "places")
    let memory = embed("said words", said, saidPlaces)
    let x = attend(
      "self", embed("answer words", answer, places), embed("answer keys", answer, places), nil, isCausal: true)
    let y = attend("cross", x, memory, mask, isCausal: false)
    g.output("scores", .nextToken, of: .decoder, g.linear("scores", y, weight: "words.weight"))
    return g
  }

  private func ids(_ rows: [[Int]]) -> Tensor {
    Tensor(dtype: .i64, shape: [rows.count, rows[0].count]) { bytes in
      rows.joined().map(Int64.init).withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  /// Parameters that differ from element to element and from name to name.
  private struct Numbers: ParameterSource {
    let graph: Graph

    func parameter(named name: String) throws -> Tensor {
      let shape = (graph.parameterAxes[name] ?? []).map { graph.sizes[$0] ?? 0 }
      let seed = name.utf8.reduce(0) { ($0 * 31 + Int($1)) % 1009 }
      let values = (0..<shape.reduce(1, *)).map { Double(($0 * 37 + seed) % 101) / 101 - 0.5 }
      return Tensor(dtype: .f64, shape: shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
    }
  }
}
