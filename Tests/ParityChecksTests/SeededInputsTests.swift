import Architectures
import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import ParityChecks

/// The inputs that follow from a seed.
@Suite struct SeededInputsTests {
  @Test func oneSeedGivesOneSetOfInputs() throws {
    for architecture in ArchitectureRegistry.all {
      let graph = architecture.graph(try ProbeVariant.all(of: architecture)[0].values)
      let first = SeededInputs.batches(for: graph, seed: 3)
      let again = SeededInputs.batches(for: graph, seed: 3)
      let other = SeededInputs.batches(for: graph, seed: 4)
      for (a, b) in zip(first, again) {
        #expect(a.inputs.keys.sorted() == b.inputs.keys.sorted())
        for (name, tensor) in a.inputs { #expect(b.inputs[name].map(tensor.isBitEqual) == true) }
      }
      #expect(
        zip(first, other).contains { a, b in
          a.inputs["input_ids"].map { !$0.isBitEqual(to: b.inputs["input_ids"] ?? $0) } == true
        })
    }
  }

  @Test func theyTryPaddingOnEitherSideOneTokenAndTheFullLength() throws {
    let graph = BERT.graph(try ProbeVariant.all(of: BERT.self)[0].values)
    let batches = SeededInputs.batches(for: graph, seed: 1)
    let masks = try batches.compactMap { try $0.inputs["attention_mask"]?.doubles() }
    #expect(masks.contains { $0.first == 1 && $0.last == 0 } || masks.contains { $0.contains(0) && $0.first == 1 })
    #expect(masks.contains { $0.first == 0 })
    let shapes = batches.compactMap { $0.inputs["input_ids"]?.shape }
    #expect(shapes.contains([1, 1]))
    #expect(shapes.contains([1, graph.sizes["positions"] ?? 0]))
    #expect(batches.allSatisfy { $0.inputs["token_type_ids"] != nil })
  }

  @Test func anEncoderDecoderGetsAShorterAndALongerDecoder() throws {
    let graph = T5.graph(try ProbeVariant.all(of: T5.self)[0].values)
    let lengths = SeededInputs.batches(for: graph, seed: 1).compactMap { batch -> (Int, Int)? in
      guard let encoder = batch.inputs["input_ids"], let decoder = batch.inputs["decoder_input_ids"] else { return nil }
      return (encoder.shape[1], decoder.shape[1])
    }
    #expect(lengths.contains { $0.0 > $0.1 } && lengths.contains { $0.0 < $0.1 })
  }
}
