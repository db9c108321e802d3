import TensorGraph
import Testing

/// What text, injected mistakes and diagnoses are told of each operation.
@Suite struct OpTraitsTests {
  private static let samples: [Op] =
    [
      .input, .embedding, .linear, .add, .multiply, .scale(0.5), .layerNorm(epsilon: 1e-5), .rmsNorm(epsilon: 1e-6),
      .relativeBias(isBidirectional: true, maxDistance: 128), .select(axis: "seq", index: 0), .last(padding: 3),
      .crossEntropy(isShifted: true), .contract, .concat(axis: "all"), .slice(axis: "seq", from: 2, count: 3),
      .softmax(hasMask: true), .reverse(axis: "seq", hasMask: false), .mean(axis: "seq", hasMask: true), .choose,
      .sinusoid(SinusoidOptions(isInterleaved: true)), .relativeShift(isBidirectional: true), .step(axis: "seq"),
      .carried,
    ] + Activation.allCases.map { .activation($0) }
    + [
      Visibility.all, .causal, .window(before: 4, after: 0), .blocks(of: 8),
    ].map { .attention(AttentionOptions(scale: 0.25, visibility: $0, hasMask: true)) }

  @Test func noTwoOperationsReadAlike() {
    let texts = Self.samples.map(\.traits.text)
    #expect(Set(texts).count == texts.count, "\(texts)")
    #expect(texts.allSatisfy { !$0.isEmpty })
  }

  @Test func aMistakeIsTheSameOperationWithAnotherConstant() {
    for op in Self.samples {
      for constant in op.traits(headSize: 16).constants {
        #expect(Set(constant.mistakes.map(\.words)).count == constant.mistakes.count, "\(op)")
        for mistake in constant.mistakes {
          #expect(mistake.op != op, "\(op): \(mistake.words)")
          #expect(mistake.op.traits.name == op.traits.name)
          let wrong = mistake.op.traits.constant(constant.kind)
          #expect(wrong?.value != constant.value, "\(op): \(mistake.words)")
          // Nothing else changes.
          for other in op.traits.constants where other.kind != constant.kind && other.kind != .structure {
            #expect(mistake.op.traits.constant(other.kind)?.value == other.value)
          }
        }
      }
    }
  }

  @Test func whatAQuerySeesIsWrittenDown() {
    func text(_ visibility: Visibility) -> String {
      Op.attention(AttentionOptions(scale: 1, visibility: visibility, hasGlobals: true, isCached: true)).traits.text
    }
    #expect(text(.all) == "attention scale=1.0 global cached")
    #expect(text(.window(before: 4, after: 2)) == "attention scale=1.0 window=4+2 global cached")
    #expect(text(.blocks(of: 8)) == "attention scale=1.0 blocks=8 global cached")
  }

  @Test func aFactorOfOneHeadIsNotMistaken() {
    let op = Op.attention(AttentionOptions(scale: 0.5))
    #expect(op.traits.constant(.attentionScale)?.mistakes.isEmpty == true)
    #expect(
      op.traits(headSize: 4).constant(.attentionScale)?.mistakes.map(\.op) == [
        .attention(AttentionOptions(scale: 1)), .attention(AttentionOptions(scale: 0.25)),
      ])
  }
}
