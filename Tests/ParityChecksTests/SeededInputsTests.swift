import Architectures
import ModelConversion
import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import ParityChecks

@Suite struct SeededInputSets {
  private func batches(_ model: String, seed: UInt64) throws -> [SeededInputs.Batch] {
    SeededInputs.batches(for: try Model.open(Fixtures.path("models/\(model)")).mapped().graph(), seed: seed)
  }

  @Test(arguments: ["bert-mlm", "gpt2-lm", "t5-v10"]) func oneSeedGivesOneSetOfInputs(model: String) throws {
    let first = try batches(model, seed: 5)
    let second = try batches(model, seed: 5)
    #expect(first.map(\.name) == second.map(\.name))
    for (a, b) in zip(first, second) {
      #expect(a.inputs.keys.sorted() == b.inputs.keys.sorted())
      for (name, tensor) in a.inputs { #expect(b.inputs[name]?.isBitEqual(to: tensor) == true, "\(a.name) \(name)") }
    }
    let other = try batches(model, seed: 6)
    let ids = try #require(first[0].inputs["input_ids"])
    #expect(other[0].inputs["input_ids"]?.isBitEqual(to: ids) == false)
  }

  @Test func theFirstIDsOfSeedOneNeverChange() throws {
    let ids = try #require(batches("gpt2-lm", seed: 1)[0].inputs["input_ids"])
    #expect(ids.shape == [3, 13])
    #expect(Array(ids.elements(as: Int64.self).prefix(6)) == [27, 44, 18, 53, 33, 82])
  }

  @Test(arguments: Fixtures.models) func everyIDIsInRangeAndEveryRowHoldsAToken(model: String) throws {
    let graph = try Model.open(Fixtures.path("models/\(model)")).mapped().graph()
    for batch in SeededInputs.batches(for: graph, seed: 3) {
      let mask = try #require(batch.inputs["attention_mask"])
      let width = mask.shape[1]
      let marks = mask.elements(as: Int64.self)
      for row in 0..<mask.shape[0] { #expect(marks[(row * width)..<((row + 1) * width)].contains(1)) }
      for input in graph.inputs {
        guard let tensor = batch.inputs[input.name], let bound = input.bound.flatMap({ graph.sizes[$0] }) else {
          continue
        }
        #expect(tensor.elements(as: Int64.self).allSatisfy { (0..<Int64(bound)).contains($0) }, "\(batch.name)")
      }
    }
  }

  @Test func paddingIsTriedOnBothSidesAndPositionsCountTokens() throws {
    let batches = try batches("gpt2-lm", seed: 1)
    #expect(batches.map(\.name) == ["padded on the right", "padded on the left", "a single token", "full length"])
    let left = batches[1].inputs
    let mask = try #require(left["attention_mask"]).elements(as: Int64.self)
    #expect(mask[0] == 0 && mask[12] == 1)
    let positions = try #require(left["position_ids"]).elements(as: Int64.self)
    #expect(positions[0] == 0 && positions[4] == 0 && positions[5] == 1)
    #expect(batches[2].inputs["input_ids"]?.shape == [1, 1])
    // As long as there are positions, and as many rows as it takes to read every token.
    #expect(batches[3].inputs["input_ids"]?.shape == [2, 41])
    #expect(batches[3].inputs["position_ids"] == nil && batches[3].firstStates == nil)
  }
}

extension SeededInputSets {
  /// A model with an input of every role, none of them under a name that a library uses.
  private func oddlyNamed(_ rule: PositionRule) -> Graph {
    var graph = Graph(parameterAxes: [:], sizes: ["words": 31, "places": 40, "kinds": 3, "columns": 4, "hidden": 5])
    _ = graph.input("a", .tokens, axes: ["rows", "steps"], bound: "words")
    _ = graph.input("b", .mask(over: "steps"), axes: ["rows", "steps"], default: .constant(1))
    _ = graph.input("c", .positions(rule), axes: ["rows", "steps"], bound: "places")
    _ = graph.input("d", .segments, axes: ["rows", "steps"], default: .constant(0), bound: "kinds")
    _ = graph.input("e", .features, axes: ["rows", "columns"])
    _ = graph.input("f", .state, axes: ["rows", "hidden"])
    _ = graph.input("g", .labels, axes: ["rows"], bound: "kinds")
    return graph
  }

  @Test func rolesDecideWhatIsDrawnWhateverTheNames() throws {
    let batches = SeededInputs.batches(for: oddlyNamed(.counted(from: 2)), seed: 1)
    for batch in batches {
      #expect(Set(batch.inputs.keys).union(["c"]) == ["a", "b", "c", "d", "e", "f"], "\(batch.name)")
      #expect(batch.inputs["e"]?.shape == [try #require(batch.inputs["a"]).shape[0], 4])
      #expect(batch.inputs["f"]?.dtype == .f32)
      #expect(Set(try #require(batch.inputs["e"]).doubles()).count > 2)
    }
    // The table has 40 rows, of which BART leaves the first two.
    #expect(batches[3].inputs["a"]?.shape == [1, 38])
    let left = try #require(batches[1].inputs["c"]).elements(as: Int64.self)
    #expect(Array(left.prefix(6)) == [2, 2, 2, 2, 2, 3])
  }

  @Test func paddingHasItsIDWherePositionsFollowFromIt() throws {
    for batch in SeededInputs.batches(for: oddlyNamed(.keptOnly(from: 2)), seed: 1) {
      #expect(batch.inputs["c"] == nil)
      let marks = try #require(batch.inputs["b"]).elements(as: Int64.self)
      let ids = try #require(batch.inputs["a"]).elements(as: Int64.self)
      #expect(zip(ids, marks).allSatisfy { $1 == 1 || $0 == 1 }, "\(batch.name)")
    }
  }

  @Test func anEncoderDecoderGetsAShorterAndALongerDecoder() throws {
    let lengths = try batches("t5-v10", seed: 1).compactMap { batch -> (encoder: Int, decoder: Int)? in
      guard let encoder = batch.inputs["input_ids"], let decoder = batch.inputs["decoder_input_ids"] else { return nil }
      return (encoder.shape[1], decoder.shape[1])
    }
    #expect(lengths.contains { $0.encoder > $0.decoder } && lengths.contains { $0.encoder < $0.decoder })
  }
}
