import Architectures
import ModelConversion
import StrictJSON
import TensorData
import TestSupport
import Testing

@testable import ParityChecks

/// The order of the checks and what becomes of them in the report.
@Suite struct ParityReports {
  let folder = TemporaryFolder()

  private func side(_ path: String) throws -> ParitySide {
    let model = try Model.open(path)
    var request = MappingRequest()
    request.configs = model.configs
    return ParitySide(name: path, source: model.checkpoint, request: request)
  }

  private func fixture(_ name: String) throws -> ParitySide { try side(Fixtures.path("models/\(name)")) }

  @Test func weightsAloneRunNothing() throws {
    var options = ParityOptions()
    options.weightsOnly = true
    let report = try ParityCheck.compare(fixture("t5-v10"), fixture("t5-v10"), options: options)
    #expect(report.verdict == .pass && report.runs.isEmpty && report.inputs.isEmpty)
  }

  @Test func everyOutputOfEveryBatchIsCompared() throws {
    let report = try ParityCheck.compare(fixture("t5-v10"), fixture("t5-v10"))
    #expect(report.verdict == .pass && report.runs.count == report.inputs.count)
    let names = Set(report.runs.flatMap { $0.outputs.map(\.name) })
    #expect(names.isSuperset(of: ["logits", "encoder_last_hidden_state", "decoder_hidden_states[4]"]))
    #expect(report.layouts == ("t5.hf", "t5.hf"))
  }

  @Test func aHeadOfOnlyOneModelFails() throws {
    var copy = try ModelCopy("gpt2-model")
    copy.config["architectures"] = ["GPT2LMHeadModel"]
    let report = try ParityCheck.compare(fixture("gpt2-model"), side(copy.write(in: folder)))
    #expect(report.notCompared == ["logits"] && report.verdict == .fail)
  }

  @Test func hyperParametersThatDifferAreNotes() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.config["layer_norm_epsilon"] = .number(JSONNumber(0.1))
    let path = try copy.write(in: folder)
    let report = try ParityCheck.compare(fixture("gpt2-lm"), side(path))
    #expect(report.verdict == .fail)
    #expect(report.notes.count == 1)
    #expect(report.notes[0].hasPrefix("layer_norm_epsilon is 1e-05 in "))
    #expect(report.notes[0].hasSuffix("and 0.1 in \(path) (config.json: layer_norm_epsilon)"))
  }

  @Test func errorsSayWhichSideTheyAreAbout() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy["transformer.wpe.weight"] = nil
    let path = try copy.write(in: folder)
    let error = #expect(throws: LayoutError.self) { try ParityCheck.compare(fixture("gpt2-lm"), side(path)) }
    #expect(error?.message.hasPrefix("\(path): ") == true)
  }

  @Test func aParameterThatIsMissingOnPurposeCannotBeRun() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy["transformer.wpe.weight"] = nil
    var second = try side(copy.write(in: folder))
    second.request.allowedMissing = ["transformer.wpe.weight"]
    let report = try ParityCheck.compare(second, second)
    #expect(report.verdict == .inconclusive && report.skipped?.contains("embeddings.position.weight") == true)
    #expect(try ParityCheck.compare(fixture("gpt2-lm"), second).verdict == .fail)
  }

  @Test func aModelNobodyKnowsIsComparedByName() throws {
    var source = MemorySource()
    source.add("w", Tensor(.f32, [1], [1] as [Float]))
    let unknown = ParitySide(name: "x", source: source, request: MappingRequest())
    let report = try ParityCheck.compare(unknown, unknown)
    #expect(report.verdict == .inconclusive && report.layouts == (nil, nil) && report.skipped != nil)
    var options = ParityOptions()
    options.weightsOnly = true
    #expect(try ParityCheck.compare(unknown, unknown, options: options).verdict == .pass)
  }
}
