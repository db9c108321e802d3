import ModelConversion
import TestSupport
import Testing

@testable import ParityChecks

/// Every bug of the table fails and everything harmless passes, on a model of each architecture.
@Suite struct SensitivityTableTests {
  @Test(arguments: ["bert-pretraining", "gpt2-lm", "t5-v10"])
  func everyBugFailsAndEveryHarmlessChangePasses(model: String) throws {
    let (output, rows) = try SensitivityTable.rows(Model.open(Fixtures.path("models/\(model)")).mapped())
    #expect(output.hasSuffix("logits"))
    #expect(rows.count { !$0.isBug } >= 3 && rows.count(where: \.isBug) >= 10)
    for row in rows { #expect(row.verdict == (row.isBug ? .fail : .pass), "\(model): \(row.change)") }
  }

  @Test func fixedTolerancesMissBugsAndFailGoodFiles() throws {
    let (_, rows) = try SensitivityTable.rows(Model.open(Fixtures.path("models/gpt2-lm")).mapped())
    #expect(rows.contains { !$0.isBug && $0.difference > 1e-5 && $0.verdict == .pass })
    #expect(rows.contains { $0.isBug && ($0.divergence ?? 1) <= 0.015 && $0.cosine >= 0.99 && $0.error < 1e-2 })
  }
}
