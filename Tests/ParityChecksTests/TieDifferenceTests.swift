import Architectures
import ModelConversion
import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

@testable import ParityChecks

/// Ties that one of two models stores and the other shares, in both directions: what counts is what the values make of it.
///
/// Public reports: transformers#38870 (tied parameters mishandled), llama.cpp#12567 (GPT-2 without `output.weight`),
/// transformers#48154 (T5 without `shared.weight`).
@Suite struct TieDifferences {
  let folder = TemporaryFolder()

  private func side(_ path: String) throws -> ParitySide {
    let model = try Model.open(path)
    var request = MappingRequest()
    request.configs = model.configs
    return ParitySide(name: path, source: model.checkpoint, request: request)
  }

  /// A model of the fixtures that stores a head equal to its embedding and says that it is not tied.
  private func storingTwice(
    _ name: String, as folderName: String = "twice", head: String, embedding: String,
    changing change: (inout ModelCopy) throws -> Void = { _ in }
  ) throws -> ParitySide {
    var copy = try ModelCopy(name)
    copy[head] = copy[embedding]
    copy.config["tie_word_embeddings"] = .bool(false)
    try change(&copy)
    return try side(copy.write(folderName, in: folder))
  }

  private static let tied = [
    ("gpt2-lm", "lm_head.weight", "transformer.wte.weight"),
    ("bert-mlm", "cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"),
  ]

  @Test(arguments: tied) func aHeadStoredEqualToTheEmbeddingIsTheSameFunction(
    _ model: String, _ head: String, _ embedding: String
  ) throws {
    let shared = try side(Fixtures.path("models/\(model)"))
    let twice = try storingTwice(model, head: head, embedding: embedding)
    for (first, second) in [(shared, twice), (twice, shared), (twice, twice)] {
      let report = try ParityCheck.compare(first, second)
      #expect(report.verdict == .pass, "\(report.weights.filter { !$0.agrees }) \(report.notes)")
      #expect(report.notes.contains { $0.hasSuffix("the same function, stored twice") } == (first.name != second.name))
      let difference = try ModelDifference(first, second)
      #expect(difference.isIdentical)
      #expect(difference.ties.allSatisfy { $0.hasSuffix("the same function, stored twice") })
      #expect(difference.ties.count == (first.name == second.name ? 0 : 1))
    }
  }

  @Test(arguments: tied) func aHeadThatDiffersInOneValueIsAnotherFunction(
    _ model: String, _ head: String, _ embedding: String
  ) throws {
    let shared = try side(Fixtures.path("models/\(model)"))
    let changed = try storingTwice(model, head: head, embedding: embedding) { copy in
      copy.edit(head) { $0[7] += 0.25 }
    }
    for (first, second) in [(shared, changed), (changed, shared)] {
      #expect(try ParityCheck.compare(first, second).verdict == .fail)
      let difference = try ModelDifference(first, second)
      #expect(!difference.isIdentical)
      #expect(difference.ties.contains { $0.hasSuffix("stores others") })
    }
  }

  @Test func aT5ThatScalesItsLogitsIsAnotherFunctionThoughTheHeadIsEqual() throws {
    let shared = try side(Fixtures.path("models/t5-v10"))
    let unscaled = try storingTwice("t5-v10", head: "lm_head.weight", embedding: "shared.weight") {
      $0.config["scale_decoder_outputs"] = .bool(false)
    }
    let report = try ParityCheck.compare(shared, unscaled)
    #expect(report.verdict == .fail)
    #expect(report.weights.allSatisfy { $0.agrees })
    #expect(report.notes.contains { $0.hasSuffix("stores them again") })
    #expect(try !ModelDifference(shared, unscaled).isIdentical)
    let scaled = try storingTwice("t5-v10", as: "scaled", head: "lm_head.weight", embedding: "shared.weight") {
      $0.config["scale_decoder_outputs"] = .bool(true)
    }
    #expect(try ParityCheck.compare(shared, scaled).verdict == .pass)
    #expect(try ModelDifference(scaled, shared).isIdentical)
  }

  @Test func embeddingsOfEitherSideStoredAgainAreTheSameFunction() throws {
    let shared = try side(Fixtures.path("models/t5-v10"))
    var copy = try ModelCopy("t5-v10")
    copy["encoder.embed_tokens.weight"] = copy["shared.weight"]
    copy["decoder.embed_tokens.weight"] = copy["shared.weight"]
    let thrice = try side(copy.write("thrice", in: folder))
    #expect(try ParityCheck.compare(shared, thrice).verdict == .pass)
    #expect(try ParityCheck.compare(thrice, shared).verdict == .pass)
  }

  @Test func aGoldenOfEitherModelFitsTheOther() throws {
    let shared = try side(Fixtures.path("models/gpt2-lm"))
    let twice = try storingTwice("gpt2-lm", head: "lm_head.weight", embedding: "transformer.wte.weight")
    for (maker, judged) in [(shared, twice), (twice, shared)] {
      let model = try ModelMapper.map(maker.source, maker.request)
      let path = folder.file("\(maker.name == shared.name ? "shared" : "twice").npz")
      let outputs = OutputSet(replace: false)
      _ = try WeightFormat.npz.write(
        GoldenMaker.entries(model, tool: "test"), metadata: [], to: path, in: outputs)
      try outputs.commit()
      let golden = try GoldenFile(Checkpoint.open(path))
      let report = try GoldenCheck.run(ModelMapper.map(judged.source, judged.request), golden)
      #expect(report.verdict == .pass)
      #expect(try #require(report.sketches).changed.isEmpty)
    }
  }
}
