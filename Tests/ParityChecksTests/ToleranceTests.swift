import Testing

@testable import ParityChecks

/// What passes: multiples of the noise, or what the user chose for all outputs or for one.
@Suite struct ToleranceTests {
  @Test func measuredNoiseDecidesUnlessTheUserChooses() {
    let tolerance = Tolerance()
    #expect(!tolerance.isChosen && tolerance.bounds(of: "logits") == nil)
    #expect(
      tolerance.budget(of: "logits", noise: 1e-6, scale: 1, isFloat64: false) == Tolerance.noiseFactor * 1e-6)
    #expect(
      tolerance.budget(of: "logits", noise: 0, scale: 2, isFloat64: false) == Tolerance.noiseFactor * 0x1p-22)
  }

  @Test func aBoundOfOneOutputLeavesTheOthersToTheNoise() {
    var tolerance = Tolerance()
    tolerance.taps["logits"] = Tolerance.Bounds(absolute: 0.5, relative: 0.25)
    #expect(tolerance.isChosen)
    #expect(tolerance.budget(of: "logits", noise: 1, scale: 2, isFloat64: false) == 1)
    #expect(tolerance.bounds(of: "last_hidden_state") == nil)
  }

  @Test func aBoundOfAStackHoldsForItsLayersUnlessOneHasItsOwn() {
    var tolerance = Tolerance(absolute: 3)
    tolerance.taps["hidden_states"] = Tolerance.Bounds(absolute: 2)
    tolerance.taps["hidden_states[1]"] = Tolerance.Bounds(absolute: 1)
    #expect(tolerance.bounds(of: "hidden_states[0]")?.absolute == 2)
    #expect(tolerance.bounds(of: "hidden_states[1]")?.absolute == 1)
    #expect(tolerance.bounds(of: "logits")?.absolute == 3)
  }
}
