import Architectures
import Testing

@Suite struct TensorMeaningTests {
  @Test func aFusedTensorHoldsThreeParameters() throws {
    let meanings = TensorMeaning.all(of: "h.3.attn.c_attn.weight").filter { $0.layout.name == "hf" }
    let meaning = try #require(meanings.first)
    #expect(meaning.parameters.map(\.name) == ["q", "k", "v"].map { "block.3.attention.\($0).weight" })
    let recipes = Dictionary(uniqueKeysWithValues: meaning.spellings.map { ($0.layout, $0.recipe) })
    #expect(recipes["gpt2.hf"] == "as it is")
    #expect(recipes["gpt2.flax"] == "transpose")
    #expect(recipes["gpt2.tf1"] == "reshape")
  }

  @Test func everySpellingOfEveryRowMeansTheSame() throws {
    for meaning in TensorMeaning.all(of: "bert/encoder/layer_2/attention/self/query/kernel") {
      for spelling in meaning.spellings {
        let back = TensorMeaning.all(of: spelling.name).contains { other in
          "bert.\(other.layout.name)" == spelling.layout
            && other.parameters.map(\.name) == ["block.2.attention.q.weight"]
        }
        #expect(back, "\(spelling.layout): \(spelling.name)")
      }
    }
  }

  @Test func aBufferIsExplained() {
    let meaning = TensorMeaning.all(of: "h.0.attn.bias").first
    #expect(meaning?.parameters.isEmpty == true)
    #expect(meaning?.reason == "causal mask buffer")
  }

  @Test func anUnknownNameMeansNothing() {
    #expect(TensorMeaning.all(of: "encoder.layer.1.foo").isEmpty)
  }
}
