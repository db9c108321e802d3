import StrictJSON
import Testing
import TextGeneration

@Suite struct SamplingSettingsTests {
  @Test func probabilitiesAreThoseOfTransformers() throws {
    let cases = try RecordedFixture.cases("generation/warpers.json")
    #expect(cases.count == 48)
    for recorded in cases {
      let settings = try SamplingSettings(
        temperature: try #require(recorded["temperature"]?.double), topK: recorded["top_k"]?.int,
        topP: try #require(recorded["top_p"]?.double))
      let logits = try #require(recorded["logits"]?.array).compactMap(\.double).map { Float($0) }
      let expected = try #require(recorded["probabilities"]?.array).compactMap(\.double)
      let found = try settings.distribution(logits)
      #expect(found.map { $0 == 0 } == expected.map { $0 == 0 })
      for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-14 * max(a, b)) }
    }
  }

  @Test func equalLogitsShareAlike() throws {
    #expect(try SamplingSettings().distribution([3, 3, 3, 3]) == [0.25, 0.25, 0.25, 0.25])
    #expect(try SamplingSettings().distribution([3, -.infinity, 3]) == [0.5, 0, 0.5])
  }

  @Test func allThatEqualTheLastOfTopKStay() throws {
    #expect(
      try SamplingSettings(topK: 2).distribution([1, 5, 1, 1, -2]).map { $0 > 0 } == [
        true, true, true, true, false,
      ])
    #expect(try SamplingSettings(topK: 1).distribution([1, 5, 5]) == [0, 0.5, 0.5])
  }

  /// Four quarters: the sums from the low end are 0.25, 0.5, 0.75; those up to 1 - p go, lower ids first.
  @Test func topPRemovesTheTailUpToItsSumInclusive() throws {
    let logits: [Float] = [0, 0, 0, 0]
    #expect(try SamplingSettings(topP: 0.75).distribution(logits).map { $0 > 0 } == [false, true, true, true])
    #expect(try SamplingSettings(topP: 0.5).distribution(logits) == [0, 0, 0.5, 0.5])
    #expect(try SamplingSettings(topP: 0.51).distribution(logits).map { $0 > 0 } == [false, true, true, true])
    #expect(try SamplingSettings(topP: 1e-9).distribution(logits) == [0, 0, 0, 1])
  }

  @Test func topPIsTakenOfWhatTopKLeft() throws {
    // After top-k two halves are left; before it the best token alone would have had only a third.
    let settings = try SamplingSettings(topK: 2, topP: 0.5)
    #expect(try settings.distribution([0, 0, -1, -1]).filter { $0 > 0 } == [1])
  }

  @Test func aTinyTemperatureDoesNotOverflow() throws {
    #expect(try SamplingSettings(temperature: .leastNonzeroMagnitude).distribution([-3e38, 3e38, 1]) == [0, 1, 0])
  }

  @Test(arguments: [0, -1, .infinity, .nan] as [Double])
  func temperatureMustBeFiniteAndAboveZero(temperature: Double) {
    let error = #expect(throws: GenerationError.self) { try SamplingSettings(temperature: temperature) }
    #expect(error?.description.hasPrefix("temperature is \(temperature); it must be a finite number above 0") == true)
  }

  @Test(arguments: [0, -0.5, 1.0001, .nan] as [Double])
  func topPMustBeAboveZeroAndAtMostOne(topP: Double) {
    #expect(throws: GenerationError.setting(name: "top-p", value: "\(topP)", expected: "above 0 and at most 1")) {
      try SamplingSettings(topP: topP)
    }
  }

  @Test func topKMustBeAtLeastOne() {
    #expect(throws: GenerationError.setting(name: "top-k", value: "0", expected: "at least 1")) {
      try SamplingSettings(topK: 0)
    }
  }

  @Test(arguments: [[], [.nan, 1], [1, .infinity], [-.infinity, -.infinity]] as [[Float]])
  func logitsWithoutADistributionAreRefused(logits: [Float]) {
    #expect(throws: GenerationError.self) { try SamplingSettings().distribution(logits) }
  }
}
