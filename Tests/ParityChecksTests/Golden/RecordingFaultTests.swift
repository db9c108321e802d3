import Architectures
import GraphRuntime
import ModelConversion
import TensorData
import TensorGraph
import TestSupport
import Testing
import WeightFiles

@testable import ParityChecks

/// Goldens of code that read or saw something else than the model is meant to.
///
/// The model is sound, and the reports tell what was different. The second table of docs/BLAME.md is made on the way; `RECORD=1` writes it.
@Suite struct RecordingFaultTests {
  private static let faults: [(FaultKind, String, Diagnosis.Kind)] = [
    (.maskIgnored, "bert-mlm-12-layers", .mask), (.maskIgnored, "gpt2-lm", .mask), (.maskIgnored, "t5-v10", .mask),
    (.positionOffset, "bert-mlm-12-layers", .positions), (.positionOffset, "gpt2-lm", .positions),
    (.tokenTypesIgnored, "bert-mlm-12-layers", .tokenTypes), (.causality, "gpt2-lm", .mask),
    (.causality, "t5-v10", .mask), (.relativeDirection, "t5-v10", .relativeBuckets),
  ]

  @Test func recordingsThatReadOtherwiseAreToldAsTheDocumentationSays() throws {
    var lines = ["| fault | model | recorded value | what the report says |", "| --- | --- | --- | --- |"]
    for (kind, name, diagnosis) in Self.faults {
      let folder = Fixtures.path("models/\(name)")
      let model = try Model.open(folder).mapped()
      let golden = try GoldenFile(Checkpoint.open("\(folder)/golden_f64.npz"))
      let faults = try FaultList.faults(in: model, atMost: .max, seed: 1).filter { $0.kind == kind }
        // The decoder's mask is not recorded: ignoring it changes nothing.
        .filter { $0.detail != "decoder_attention_mask" }
      #expect(!faults.isEmpty)
      for fault in faults {
        let (target, sentence) = try told(fault, of: model, golden, diagnosis)
        if fault.detail == faults.first?.detail {
          lines.append(
            "| \(kind.rawValue.split(separator: "_").joined(separator: " ")): \(fault.detail) | \(name) | `\(target)` | "
              + "\(sentence) |")
        }
      }
    }
    try DocumentedTable("recordings").expect(lines)
  }

  /// What the best suspect of the first part is called, after the recording with a fault was judged.
  private func told(
    _ fault: Fault, of model: MappedModel, _ golden: GoldenFile, _ kind: Diagnosis.Kind
  ) throws -> (target: String, sentence: String) {
    let faulty = try FaultyModel(fault, in: model)
    let graph = try model.graph()
    let names = golden.outputs.keys.filter { graph.output($0) != nil }
    let outputs = try GraphExecutor(faulty.graph, parameters: faulty, precision: .f64)
      .run(inputs: faulty.inputs(golden.inputs), outputs: names.sorted())
    let members = golden.inputs.map { ("in_\($0)", $1) } + outputs.map { ("out_\($0)", $1) }
    let report = try GoldenCheck.run(model, recordedGolden(members))
    #expect(report.verdict == .fail, "\(fault)")
    let section = try #require(report.suspects.first, "\(fault)")
    let best = try #require(section.suspects.first, "\(fault)")
    #expect(best.isEnough && best.cause.diagnosis.kind == kind, "\(fault): \(section.suspects)")
    return (section.target, best.cause.diagnosis.sentence)
  }

  @Test func positionsOverTheKeptTokensAreTold() throws {
    let folder = Fixtures.path("models/gpt2-lm")
    let model = try Model.open(folder).mapped()
    // Padding on the left; the recording counted positions over all tokens.
    let ids = Tensor(.i64, [2, 4], [0, 0, 5, 9, 7, 3, 2, 8] as [Int64])
    let mask = Tensor(.i64, [2, 4], [0, 0, 1, 1, 1, 1, 1, 1] as [Int64])
    let kept = Tensor(.i64, [2, 4], [0, 0, 0, 1, 0, 1, 2, 3] as [Int64])
    let executor = try GraphExecutor(model.graph(), parameters: model, precision: .f64)
    let outputs = try executor.run(inputs: ["input_ids": ids, "attention_mask": mask], outputs: ["hidden_states"])
    var members = [("in_input_ids", ids), ("in_attention_mask", mask), ("in_position_ids", kept)]
    members += outputs.map { ("out_\($0)", $1) }
    let report = try GoldenCheck.run(model, recordedGolden(members))
    let best = try #require(report.suspects.first?.suspects.first)
    #expect(best.isEnough && best.cause.diagnosis.sentence.contains("padding included"), "\(best)")
  }
}
