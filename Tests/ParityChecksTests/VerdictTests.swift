import Testing

@testable import ParityChecks

@Suite struct Verdicts {
  @Test func oneFailureFailsAllAndOneDoubtLeavesAllInDoubt() {
    #expect(Verdict.combined([.pass, .pass]) == .pass)
    #expect(Verdict.combined([.pass, .inconclusive, .pass]) == .inconclusive)
    #expect(Verdict.combined([.inconclusive, .fail, .pass]) == .fail)
    #expect(Verdict.combined([.fail, .inconclusive]) == .fail)
  }

  @Test func nothingComparedIsNoPass() {
    #expect(Verdict.combined([]) == .inconclusive)
  }
}

@Suite struct Tolerances {
  @Test func measuredNoiseDecidesUnlessTheUserDoes() {
    let measured = Tolerance()
    #expect(!measured.isChosen)
    #expect(measured.budget(of: "logits", noise: 1e-5, scale: 1, isFloat64: false) == Tolerance.noiseFactor * 1e-5)
    // Noise below one unit in the last place is no measurement.
    #expect(measured.budget(of: "logits", noise: 0, scale: 2, isFloat64: false) == Tolerance.noiseFactor * 2 * 0x1p-23)
    #expect(measured.budget(of: "logits", noise: 1e-5, scale: 3, isFloat64: true) == 3e-12)
  }

  @Test func chosenBoundsAddUp() {
    #expect(Tolerance(absolute: 0.5).budget(of: "logits", noise: 9, scale: 4, isFloat64: false) == 0.5)
    #expect(Tolerance(relative: 0.25).budget(of: "logits", noise: 9, scale: 4, isFloat64: true) == 1)
    let both = Tolerance(absolute: 0.5, relative: 0.25)
    #expect(both.isChosen && both.budget(of: "logits", noise: 9, scale: 4, isFloat64: false) == 1.5)
    #expect(Tolerance(absolute: 0).isChosen)
  }
}
