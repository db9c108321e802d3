import Foundation
import GraphRuntime
import ModelConversion
import ParityChecks
import TestSupport
import Testing
import WeightFiles

/// Every model of fixtures/models against what transformers computed: the float64 oracle, the float32 runtime, generation.
@Suite struct FixtureReplay {
  static let models = Fixtures.models

  @Test(arguments: models) func theOracleAgreesWithTransformersInFloat64(model: String) throws {
    let report = try check(model, "golden_f64.npz")
    #expect(!report.outputs.isEmpty)
    for output in report.outputs {
      #expect(
        output.verdict == .pass, "\(model) \(output.name): \(output.difference / output.scale) of the largest value")
    }
    #expect(report.notCompared.isEmpty, "\(model): \(report.notCompared)")
  }

  @Test(arguments: models) func float32AgreesWithTransformersWithinTheMeasuredNoise(model: String) throws {
    let report = try check(model, "golden_f32.npz")
    for output in report.outputs {
      #expect(output.verdict == .pass, "\(model) \(output.name): \(output.ratio) of the budget")
    }
  }

  @Test(arguments: Fixtures.models(with: "golden_generate.npz"))
  func greedyGenerationGivesTheRecordedIDs(model: String) throws {
    let report = try check(model, "golden_generate.npz")
    #expect(report.generation?.verdict == .pass, "\(String(describing: report.generation))")
  }

  private func check(_ model: String, _ golden: String) throws -> GoldenReport {
    let folder = Fixtures.path("models/\(model)")
    let file = try GoldenFile(Checkpoint.open("\(folder)/\(golden)"))
    return try GoldenCheck.run(Model.open(folder).mapped(), file)
  }
}
