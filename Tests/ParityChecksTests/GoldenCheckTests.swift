import ModelConversion
import TensorData
import TestSupport
import Testing
import WeightFiles

@testable import ParityChecks

@Suite struct GoldenFiles {
  private func members(_ path: String) throws -> [(String, Tensor)] {
    let file = try Checkpoint.open(Fixtures.path(path))
    return try file.tensors.map { ($0.name, try file.tensor(named: $0.name)) }
  }

  @Test func membersAreSortedByTheBeginningOfTheirNames() throws {
    let one = Tensor(.f32, [1], [1] as [Float])
    let file = try recordedGolden([("in_input_ids", one), ("out_logits", one), ("out_pooler", one), ("version", one)])
    #expect(file.inputs.keys.sorted() == ["input_ids"])
    #expect(file.outputs.keys.sorted() == ["logits", "pooler"])
    #expect(file.others == ["version"])
  }

  @Test func whatTheModelDoesNotHaveIsListedAndNeverAPass() throws {
    let model = try Model.open(Fixtures.path("models/gpt2-lm")).mapped()
    var members = try members("models/gpt2-lm/golden_f32.npz").filter { $0.0.hasPrefix("in_") }
    members.append(("out_attentions", Tensor(.f32, [1], [1] as [Float])))
    members.append(("in_head_mask", Tensor(.f32, [1], [1] as [Float])))
    let report = try GoldenCheck.run(model, recordedGolden(members))
    #expect(report.outputs.isEmpty && report.verdict == .inconclusive)
    #expect(report.notCompared.map(\.name) == ["in_head_mask", "out_attentions"])
  }

  @Test func aFloat64RecordingIsHeldToFloat64() throws {
    let model = try Model.open(Fixtures.path("models/bert-qa")).mapped()
    var members = try members("models/bert-qa/golden_f64.npz")
    #expect(try GoldenCheck.run(model, recordedGolden(members)).verdict == .pass)
    let index = try #require(members.firstIndex { $0.0 == "out_start_logits" })
    var values = members[index].1.elements(as: Double.self)
    values[0] *= 1 + 1e-9
    members[index].1 = Tensor(.f64, members[index].1.shape, values)
    #expect(try GoldenCheck.run(model, recordedGolden(members)).verdict == .fail)
    #expect(try GoldenCheck.run(model, recordedGolden(members), tolerance: Tolerance(relative: 1e-6)).verdict == .pass)
  }

  @Test func theLayersOfAStackAreJudgedOneByOne() throws {
    let model = try Model.open(Fixtures.path("models/gpt2-lm")).mapped()
    var members = try members("models/gpt2-lm/golden_f32.npz")
    let index = try #require(members.firstIndex { $0.0 == "out_hidden_states" })
    let stack = members[index].1
    let honest = try GoldenCheck.run(model, recordedGolden(members))
    #expect(honest.verdict == .pass)
    let layers = honest.outputs.filter { $0.name.hasPrefix("hidden_states[") }
    #expect(layers.count == stack.shape[0])
    // An error of the first layer that is within the budget of the last, which is larger.
    let first = try #require(layers.first)
    let last = try #require(layers.last)
    #expect(last.budget > 2 * first.budget)
    var values = stack.elements(as: Float.self)
    values[0] += Float(1.5 * first.budget)
    members[index].1 = Tensor(.f32, stack.shape, values)
    let report = try GoldenCheck.run(model, recordedGolden(members))
    #expect(report.outputs.filter { $0.verdict == .fail }.map(\.name) == ["hidden_states[0]"])
  }

  @Test func anotherShapeThanTheModelsIsAnError() throws {
    let model = try Model.open(Fixtures.path("models/gpt2-lm")).mapped()
    let members = try members("models/gpt2-lm/golden_f32.npz").map { name, tensor in
      name == "out_logits" ? (name, tensor.reshaped([60, 97])) : (name, tensor)
    }
    let error = #expect(throws: ParityError.self) { try GoldenCheck.run(model, recordedGolden(members)) }
    #expect(error?.description == "out_logits is recorded with the shape [60, 97], the model gives [5, 12, 97]")
  }
}

@Suite struct GenerationComparisons {
  private func recorded() throws -> (inputs: [String: Tensor], ids: Tensor) {
    let file = try GoldenFile(Checkpoint.open(Fixtures.path("models/gpt2-lm/golden_generate.npz")))
    return (file.inputs, try #require(file.outputs["generated"]))
  }

  private func compare(_ inputs: [String: Tensor], _ recorded: Tensor) throws -> GenerationComparison {
    let model = try Model.open(Fixtures.path("models/gpt2-lm")).mapped()
    return try GenerationComparison(model, inputs: inputs, recorded: recorded, threads: nil)
  }

  @Test func recordedIDsAreGeneratedAgain() throws {
    let (inputs, ids) = try recorded()
    let comparison = try compare(inputs, ids)
    #expect(comparison.verdict == .pass && comparison.firstDifference == nil)
  }

  @Test func theFirstDifferenceIsNamed() throws {
    let (inputs, ids) = try recorded()
    var numbers = ids.elements(as: Int64.self)
    numbers[9] += 1
    let comparison = try compare(inputs, Tensor(.i64, ids.shape, numbers))
    #expect(comparison.verdict == .fail)
    #expect(comparison.firstDifference.map { [$0.row, $0.position] } == [0, 9])
  }

  @Test func aRowThatIsMissingIsADifference() throws {
    let (inputs, ids) = try recorded()
    let twice = inputs.mapValues { tensor in
      let row = tensor.elements(as: Int64.self)
      return Tensor(.i64, [2, row.count], row + row)
    }
    let comparison = try compare(twice, ids)
    #expect(comparison.verdict == .fail)
    #expect(comparison.firstDifference.map { [$0.row, $0.position] } == [1, 0])
  }

  @Test func whatCannotBeContinuedIsAnError() throws {
    let (inputs, ids) = try recorded()
    #expect(throws: ParityError.self) { try compare([:], ids) }
    let prompt = try #require(inputs["input_ids"])
    let error = #expect(throws: ParityError.self) { try compare(inputs, prompt) }
    #expect(error?.description == "out_generated has 6 ids in a row, no more than the prompt's 6")
  }
}
