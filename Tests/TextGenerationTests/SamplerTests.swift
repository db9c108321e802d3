import Testing

@testable import TextGeneration

@Suite struct SamplerTests {
  @Test func greedyTakesTheFirstOfTheBest() throws {
    var sampler = Sampler.greedy
    #expect(try sampler.token([1, 7, 3, 7]) == 1)
    #expect(try sampler.token([-.infinity, -.infinity]) == 0)
    #expect(try sampler.token([0, .infinity, .infinity]) == 1)
    #expect(try sampler.token([-0.0, 0.0]) == 0)
  }

  @Test func notANumberIsNeverChosen() {
    var sampler = Sampler.greedy
    #expect(throws: GenerationError.logits(problem: "the logit of token 2 is NaN")) {
      try sampler.token([1, 2, .nan])
    }
    #expect(throws: GenerationError.logits(problem: "there are no logits")) { try sampler.token([]) }
  }

  @Test func eachTokenHasTheIntervalOfItsProbability() {
    let probabilities = [0.5, 0, 0.125, 0.375]
    let tokens = (0..<8).map { Sampler.token(at: Double($0) / 8, in: probabilities) }
    #expect(tokens == [0, 0, 0, 0, 2, 3, 3, 3])
    #expect(Sampler.token(at: 0.5.nextDown, in: probabilities) == 0)
    #expect(Sampler.token(at: 0.625.nextDown, in: probabilities) == 2)
  }

  @Test func aSumRoundedBelowOneEndsAtTheLastPossibleToken() {
    #expect(Sampler.token(at: 1.0.nextDown, in: [0.25, 0.5, 0]) == 1)
  }

  /// Computed with an independent program from the same definitions.
  @Test func aSeedFixesTheTokensOfEachRow() throws {
    let settings = try SamplingSettings(temperature: 0.8)
    let logits: [Float] = [0, 1, 2, -1, 1.5]
    let expected = [
      [1, 2, 4, 2, 2, 4, 2, 1, 4, 4, 4, 2, 4, 0, 4, 4, 4, 2, 4, 2, 1, 2, 2, 4],
      [4, 2, 2, 2, 2, 2, 4, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 4, 1, 2],
    ]
    var together = Sampler(settings, seed: 42)
    var found: [[Int]] = [[], []]
    for _ in 0..<24 { for row in 0..<2 { found[row].append(try together.token(logits, row: row)) } }
    #expect(found == expected)

    var second = Sampler(settings, seed: 42)
    #expect(try (0..<24).map { _ in try second.token(logits, row: 1) } == expected[1])
  }

  @Test func removedTokensAreNeverDrawn() throws {
    var sampler = Sampler(try SamplingSettings(temperature: 5, topK: 2), seed: 1)
    let drawn = try Set((0..<500).map { _ in try sampler.token([1, 4, 0, 3, 2]) })
    #expect(drawn == [1, 3])
  }
}
