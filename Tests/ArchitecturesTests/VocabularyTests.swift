import Architectures
import StrictJSON
import TensorData
import TestSupport
import Testing

@Suite struct VocabularyTests {
  private func model(_ vocabulary: (Int, Double)?, configured: Int = 5) throws -> MappedModel {
    var random = SplitMix64(seed: 3)
    var source = MemorySource()
    let sizes = ["vocab": 5, "embed": 4, "block": 1, "heads": 2, "head": 2, "ff": 6, "positions": 3, "qkv": 3]
    for row in GPT2.layouts[0].rows where row.canonical != "lm_head.weight" && row.canonical != "score.weight" {
      source.add(row.names[0].filled(["block": 0]), random.tensor(row.axes.shape(sizes) ?? []))
    }
    var request = MappingRequest()
    let config: JSONValue = ["model_type": "gpt2", "n_head": 2, "vocab_size": .number(JSONNumber(configured))]
    request.configs = [ConfigFile(name: "config.json", object: config.object ?? JSONObject())]
    request.vocabulary = vocabulary.map { ($0.0, $0.1) }
    return try ModelMapper.map(source, request)
  }

  @Test func rowsAreCutOff() throws {
    let whole = try model(nil).parameter(named: "embeddings.word.weight").doubles()
    let cut = try model((3, 0))
    #expect(cut.values.int("vocab") == 3)
    #expect(try cut.parameter(named: "embeddings.word.weight").shape == [3, 4])
    #expect(try cut.parameter(named: "embeddings.word.weight").doubles() == Array(whole.prefix(12)))
    #expect(cut.notes == ["the vocabulary changes from 5 to 3: 2 rows are cut off"])
  }

  @Test func rowsOfAStatedValueAreAdded() throws {
    let whole = try model(nil).parameter(named: "embeddings.word.weight").doubles()
    let padded = try model((7, -1.5))
    #expect(try padded.parameter(named: "embeddings.word.weight").doubles() == whole + Array(repeating: -1.5, count: 8))
    #expect(try padded.parameter(named: "embeddings.position.weight").shape == [3, 4])
    let targets = try GPT2.layouts[0].targets(of: padded)
    let word = try #require(targets.first { $0.pieces[0].parameter == "embeddings.word.weight" })
    #expect(word.shape == [7, 4])
    #expect(try word.tensor(from: padded, dtype: .f32).doubles() == whole + Array(repeating: -1.5, count: 8))
  }

  @Test func aConfigurationThatSaysLessIsAnErrorUnlessTheNumberIsGiven() throws {
    let error = #expect(throws: LayoutError.self) { try model(nil, configured: 4) }
    #expect(error?.hint?.contains("--vocab N") == true)
    #expect(try model((4, 0), configured: 4).values.int("vocab") == 4)
  }
}
