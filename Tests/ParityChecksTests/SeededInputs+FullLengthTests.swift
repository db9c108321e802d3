import Architectures
import GraphRuntime
import ModelConversion
import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import ParityChecks

@Suite struct FullLengthInputs {
  /// The graph of a model of any size; nothing is stored of it.
  private func graph(
    _ architecture: any Architecture.Type, _ sizes: [String: Int], _ others: [String: Hyperparameter] = [:],
    parts: Set<String> = []
  ) throws -> Graph {
    var values = Hyperparameters()
    for (name, size) in sizes { values.set(name, .int(size), origin: "test") }
    for (name, value) in others { values.set(name, value, origin: "test") }
    values.parts = parts
    try architecture.complete(&values)
    return try architecture.graph(values)
  }

  private func bert(vocab: Int, positions: Int = 512, width: Int = 64, blocks: Int = 2) throws -> Graph {
    try graph(
      BERT.self,
      [
        "vocab": vocab, "positions": positions, "token_types": 2, "embed": width, "heads": 4, "block": blocks,
        "ff": 4 * width,
      ], ["activation": .string("gelu_erf"), "layer_norm_epsilon": .double(1e-12)])
  }

  private func gpt2(vocab: Int = 50257, positions: Int = 1024, width: Int = 768, blocks: Int = 12) throws -> Graph {
    try graph(
      GPT2.self,
      ["vocab": vocab, "positions": positions, "embed": width, "heads": 12, "block": blocks, "ff": 4 * width],
      [
        "activation": .string("gelu_tanh"), "layer_norm_epsilon": .double(1e-5), "scale_attn_weights": .bool(true),
        "scale_attn_by_inverse_layer_idx": .bool(false), "tied_head": .bool(true),
      ], parts: ["lm"])
  }

  private func coverage(_ graph: Graph, seed: UInt64 = 1) throws -> InputCoverage {
    try InputCoverage(graph, SeededInputs.batches(for: graph, seed: seed))
  }

  @Test(arguments: Fixtures.models) func everyRowOfASmallModelIsRead(_ model: String) throws {
    let graph = try Model.open(Fixtures.path("models/\(model)")).mapped().graph()
    for seed in [1, 2, 99] as [UInt64] {
      let coverage = try coverage(graph, seed: seed)
      #expect(coverage.partial.isEmpty, "\(coverage.partial)")
      #expect(!coverage.tables.isEmpty && coverage.shallow.isEmpty)
    }
  }

  @Test func everyPositionOfBERTAndGPT2IsRead() throws {
    for (graph, limit) in [(try bert(vocab: 30522), 512), (try gpt2(), 1024)] {
      let tables = try coverage(graph).tables
      let positions = try #require(tables.first { $0.name == "embeddings.position.weight" })
      #expect(positions.rows == limit && positions.read == limit)
      let batches = SeededInputs.batches(for: graph, seed: 1)
      let widths = batches.compactMap { $0.inputs["input_ids"]?.shape.last }
      #expect(widths.max() == limit && widths.count { $0 == limit } == 1)
    }
  }

  @Test(arguments: [31, 1000, 4096]) func everyTokenOfATableUpToSomeThousandsIsRead(_ vocab: Int) throws {
    #expect(try coverage(bert(vocab: vocab)).partial.isEmpty)
    #expect(try coverage(bert(vocab: vocab, positions: 7)).partial.isEmpty)
    #expect(try coverage(gpt2(vocab: vocab, width: 24)).partial.isEmpty)
  }

  @Test func ofALargeTableAShareIsReadAndSaid() throws {
    let partial = try coverage(bert(vocab: 30522)).partial
    #expect(partial.map(\.name) == ["embeddings.word.weight"])
    #expect(partial[0].rows == 30522 && (1024...1300).contains(partial[0].read))
  }

  @Test func theCostOfALargeModelIsBounded() throws {
    let graph = try gpt2()
    let batches = SeededInputs.batches(for: graph, seed: 1)
    #expect(try coverage(graph).shallow == ["full length"])
    // Tokens that go through all twelve blocks: no more than without the row of full length.
    let whole = batches.filter { $0.firstStates == nil }.compactMap { $0.inputs["input_ids"]?.elementCount }
    #expect(whole.reduce(0, +) == 114)
    let full = try #require(batches.last)
    let nodes = full.scoped(graph).outputs.flatMap { $0.values.map(\.node) }
    #expect(graph.nodes(neededFor: nodes).allSatisfy { !graph.nodes[$0].name.hasPrefix("block.1.") })
  }

  @Test func everyDistanceOfT5IsReadOnBothSides() throws {
    let graph = try graph(
      T5.self,
      [
        "vocab": 32128, "embed": 32, "heads": 2, "head": 16, "encoder_block": 1, "decoder_block": 1, "ff": 64,
        "buckets": 32, "max_distance": 128,
      ],
      [
        "activation": .string("relu"), "layer_norm_epsilon": .double(1e-6), "tied_head": .bool(true),
        "task": .string("lm"),
      ], parts: ["decoder", "lm"])
    let tables = try coverage(graph).tables
    let biases = tables.filter { $0.name.hasSuffix("relative_bias.weight") }
    // The first row of the encoder's keys ahead is one that no distance selects.
    #expect(biases.map(\.rows) == [31, 32] && biases.map(\.read) == [31, 32])
    let batches = SeededInputs.batches(for: graph, seed: 1)
    let short = batches.filter { !$0.name.hasPrefix("full length") }
    let partial = try InputCoverage(graph, short).partial
    #expect(partial.contains { $0.name == "encoder.relative_bias.weight" })
    #expect(partial.contains { $0.name == "decoder.relative_bias.weight" })
  }

  @Test func paddingIsNotCountedAsRead() throws {
    let graph = try bert(vocab: 31, positions: 8)
    func ids(_ numbers: [Int64]) -> Tensor { Tensor(.i64, [1, numbers.count], numbers) }
    let batch = SeededInputs.Batch(
      name: "one", inputs: ["input_ids": ids([5, 6, 7]), "attention_mask": ids([1, 1, 0])])
    let tables = try InputCoverage(graph, [batch]).tables
    #expect(
      tables.map(\.name) == ["embeddings.word.weight", "embeddings.token_type.weight", "embeddings.position.weight"])
    #expect(tables.map(\.read) == [2, 1, 2] && tables.map(\.rows) == [31, 2, 8])
  }

  // MARK: What is read is compared

  /// A table whose row is another one where it is read: a runtime that looks up the wrong row, whatever is stored.
  private struct WrongRow: ParameterSource {
    let model: MappedModel
    let table: String
    let row: Int

    func parameter(named name: String) throws -> Tensor {
      let tensor = try model.parameter(named: name)
      guard name == table else { return tensor }
      var values = try tensor.contiguous().floats()
      // One number alone: what is added to all of them a layer norm takes away.
      values[row * (values.count / tensor.shape[0])] += 0.25
      return Tensor(.f32, tensor.shape, values)
    }
  }

  private func fails(_ model: MappedModel, _ table: String, _ row: Int, from batches: [SeededInputs.Batch]) throws
    -> Bool
  {
    let gate = try OutputGate(model.graph(), model, batches: batches, tolerance: Tolerance(), threads: 1)
    let wrong = WrongRow(model: model, table: table, row: row)
    return try gate.judge(try model.graph(), wrong).flatMap(\.outputs).contains { $0.verdict == .fail }
  }

  private func synthetic(
    _ architecture: any Architecture.Type, _ sizes: [String: Int], _ others: [String: Hyperparameter] = [:],
    parts: Set<String> = []
  ) throws -> MappedModel {
    var values = Hyperparameters()
    for (name, size) in sizes { values.set(name, .int(size), origin: "test") }
    for (name, value) in others { values.set(name, value, origin: "test") }
    values.parts = parts
    try architecture.complete(&values)
    var random = SplitMix64(seed: 7)
    return try SampleModels.model(architecture, values, &random)
  }

  @Test func aFaultAtTheLastPositionAloneIsCaught() throws {
    let model = try synthetic(
      BERT.self,
      ["vocab": 37, "positions": 512, "token_types": 2, "embed": 12, "heads": 2, "block": 1, "ff": 16],
      ["activation": .string("gelu_erf"), "layer_norm_epsilon": .double(1e-12)])
    let batches = SeededInputs.batches(for: try model.graph(), seed: 1)
    let short = batches.filter { !$0.name.hasPrefix("full length") }
    for row in [48, 300, 511] {
      #expect(try fails(model, "embeddings.position.weight", row, from: batches), "position \(row)")
      #expect(try !fails(model, "embeddings.position.weight", row, from: short), "position \(row)")
    }
  }

  @Test func aFaultOfOneTokenAloneIsCaught() throws {
    let model = try synthetic(
      BERT.self,
      ["vocab": 700, "positions": 16, "token_types": 3, "embed": 12, "heads": 2, "block": 1, "ff": 16],
      ["activation": .string("gelu_erf"), "layer_norm_epsilon": .double(1e-12)])
    let batches = SeededInputs.batches(for: try model.graph(), seed: 1)
    for (table, row) in [
      ("embeddings.word.weight", 0), ("embeddings.word.weight", 699), ("embeddings.token_type.weight", 2),
    ] { #expect(try fails(model, table, row, from: batches), "\(table) \(row)") }
  }

  @Test func aFaultOfOneDistanceAloneIsCaughtOnEitherSide() throws {
    let model = try Model.open(Fixtures.path("models/t5-v10")).mapped()
    let graph = try model.graph()
    let batches = SeededInputs.batches(for: graph, seed: 1)
    for side in ["encoder", "decoder"] {
      let node = try #require(graph.nodes.first { $0.name == "\(side).relative_bias" })
      let rows = try #require(graph.sizes["buckets"])
      for row in try #require(node.op.reachableBuckets(of: rows)).sorted() {
        #expect(try fails(model, "\(side).relative_bias.weight", row, from: batches), "\(side) \(row)")
      }
    }
  }

  @Test func whatGoesIntoTheFirstBlockIsEnoughToSeeARow() throws {
    let model = try synthetic(
      BERT.self,
      ["vocab": 37, "positions": 64, "token_types": 2, "embed": 12, "heads": 2, "block": 3, "ff": 16],
      ["activation": .string("gelu_erf"), "layer_norm_epsilon": .double(1e-12)])
    let full = try #require(SeededInputs.batches(for: try model.graph(), seed: 1).last)
    let cut = SeededInputs.Batch(name: full.name, inputs: full.inputs, firstStates: .encoder)
    let gate = try OutputGate(model.graph(), model, batches: [cut], tolerance: Tolerance(), threads: 1)
    let outputs = try gate.judge(try model.graph(), model).flatMap(\.outputs)
    #expect(outputs.map(\.name) == ["hidden_states[0]", "hidden_states[1]"])
    #expect(outputs.allSatisfy { $0.verdict == .pass })
    #expect(try fails(model, "embeddings.position.weight", 63, from: [cut]))
  }
}
