import Testing
import TextGeneration

/// A model that says what a script tells it to, and remembers what it was given.
private struct ScriptedModel: StepModel {
  /// The next token of each row, step by step.
  var script: [[Int]]
  var steps: [GenerationStep] = []

  mutating func logits(appending step: GenerationStep) throws -> [[Float]] {
    let tokens = script[steps.count]
    steps.append(step)
    return tokens.map { token in (0..<10).map { $0 == token ? 1 : 0 } }
  }
}

@Suite struct TextGeneratorTests {
  @Test func rowsThatHaveEndedAreFilledUntilTheLastEnds() throws {
    var model = ScriptedModel(script: [[3, 4, 1], [1, 5, 6], [7, 2, 8]])
    var sampler = Sampler.greedy
    let generator = try TextGenerator(maxNewTokens: 9, endTokens: [1, 2], padToken: 0)
    let rows = try generator.generate(
      Prompt(leftPadding: [[5, 6], [7, 8], [9]], with: 0), with: &model, sampler: &sampler)
    #expect(rows == [[5, 6, 3, 1, 0], [7, 8, 4, 5, 2], [0, 9, 1, 0, 0]])
    #expect(model.steps.count == 3)
  }

  @Test func eachStepGivesTheNewPositionsAlone() throws {
    var model = ScriptedModel(script: [[3, 4], [5, 6], [7, 8]])
    var sampler = Sampler.greedy
    let generator = try TextGenerator(maxNewTokens: 3, endTokens: [])
    _ = try generator.generate(Prompt(leftPadding: [[5, 6, 7], [9]], with: 0), with: &model, sampler: &sampler)
    #expect(
      model.steps == [
        GenerationStep(
          ids: [[5, 6, 7], [0, 0, 9]], mask: [[true, true, true], [false, false, true]],
          positions: [[0, 1, 2], [0, 0, 0]]),
        GenerationStep(ids: [[3], [4]], mask: [[true], [true]], positions: [[3], [1]]),
        GenerationStep(ids: [[5], [6]], mask: [[true], [true]], positions: [[4], [2]]),
      ])
  }

  @Test func withoutAPadTokenTheFirstEndTokenFills() throws {
    var model = ScriptedModel(script: [[1, 4], [3, 4], [3, 2]])
    var sampler = Sampler.greedy
    let generator = try TextGenerator(maxNewTokens: 9, endTokens: [2, 1])
    #expect(
      try generator.generate(Prompt(ids: [[5], [6]]), with: &model, sampler: &sampler) == [
        [5, 1, 2, 2], [6, 4, 4, 2],
      ])
  }

  @Test func theNumberOfNewTokensIsALimit() throws {
    var model = ScriptedModel(script: [[3], [4]])
    var sampler = Sampler.greedy
    let generator = try TextGenerator(maxNewTokens: 2, endTokens: [1])
    #expect(try generator.generate(Prompt(ids: [[5]]), with: &model, sampler: &sampler) == [[5, 3, 4]])
    #expect(model.steps.count == 2)
    #expect(throws: GenerationError.self) { try TextGenerator(maxNewTokens: 0, endTokens: []) }
  }

  @Test func theLastTokenNeedsNoPosition() throws {
    var sampler = Sampler.greedy
    let prompt = try Prompt(leftPadding: [[5], [6, 7]], with: 0)
    var model = ScriptedModel(script: [[3, 3], [3, 3]])
    let fits = try TextGenerator(maxNewTokens: 2, endTokens: [], positionLimit: 3)
    #expect(try fits.generate(prompt, with: &model, sampler: &sampler).map(\.count) == [4, 4])

    let tooLong = try TextGenerator(maxNewTokens: 3, endTokens: [], positionLimit: 3)
    #expect(throws: GenerationError.tooLong(row: 1, promptLength: 2, newTokens: 3, limit: 3)) {
      try tooLong.generate(prompt, with: &model, sampler: &sampler)
    }
    let endless = try TextGenerator(maxNewTokens: .max, endTokens: [], positionLimit: 3)
    let error = #expect(throws: GenerationError.self) {
      try endless.generate(prompt, with: &model, sampler: &sampler)
    }
    #expect(error?.description.contains("does not fit the 3 positions") == true)
  }

  @Test func aPromptPaddedAtItsEndIsRefused() throws {
    var model = ScriptedModel(script: [])
    var sampler = Sampler.greedy
    let generator = try TextGenerator(maxNewTokens: 2, endTokens: [])
    let prompt = try Prompt(ids: [[5, 6], [7, 0]], mask: [[true, true], [true, false]])
    let error = #expect(throws: GenerationError.self) {
      try generator.generate(prompt, with: &model, sampler: &sampler)
    }
    #expect(
      error?.description == "row 1 of the prompt is padded at its end, where the new tokens go: pad it on the left")
  }

  @Test func aModelThatLosesRowsIsFoundOut() throws {
    var model = ScriptedModel(script: [[3]])
    var sampler = Sampler.greedy
    let generator = try TextGenerator(maxNewTokens: 2, endTokens: [])
    #expect(throws: GenerationError.self) {
      try generator.generate(Prompt(ids: [[5], [6]]), with: &model, sampler: &sampler)
    }
  }
}
