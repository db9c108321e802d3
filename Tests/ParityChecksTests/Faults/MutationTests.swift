import Architectures
import ModelConversion
import TensorData
import TestSupport
import Testing

@testable import ParityChecks

/// Faults of every kind are found, and those that survive survive for a reason.
@Suite struct MutationTests {
  @Test func everyKindOfFaultIsInjectedAndCaughtSomewhere() throws {
    var injected: Set<FaultKind> = []
    for (index, architecture) in ArchitectureRegistry.all.enumerated() {
      let variants = try ProbeVariant.all(of: architecture)
      // The first variant has eleven blocks; another has a head of its own, if any has.
      for variant in [variants[0], variants[1]] {
        let check = MutationCheck(subjects: try [1, 5].map { try subject(variant, scale: $0) })
        let faults = try FaultList.faults(in: check.subjects[0].model, atMost: 1, seed: UInt64(index))
        let report = try check.report(variant.name, faults)
        for trial in report.trials {
          #expect(
            trial.fate != .missed, "\(architecture.name) \(variant.name): \(trial.fault.kind) \(trial.fault.detail)")
          if trial.fate == .caught { injected.insert(trial.fault.kind) }
        }
      }
    }
    #expect(Set(FaultKind.allCases).subtracting(injected).isEmpty)
  }

  @Test func aKeyBiasCancelsInTheSoftmax() throws {
    let check = MutationCheck(subjects: [try subject(ProbeVariant.all(of: BERT.self)[1], scale: 1)])
    let bias = "block.1.attention.k.bias"
    let trial = try #require(
      try check.trial(Fault(kind: .negatedBias, detail: bias, change: .parameters([bias: .times(-1)]))))
    #expect(trial.inWeights && !trial.inOutputs && trial.fate == .caught)
    #expect(trial.fateOfOutputs == .invisible(Invisibility.keyBias.sentence))
    let other = "block.1.attention.q.bias"
    let seen = try #require(
      try check.trial(Fault(kind: .negatedBias, detail: other, change: .parameters([other: .times(-1)]))))
    #expect(seen.inOutputs && seen.fateOfOutputs == .caught)
  }

  @Test func rowsThatNoInputSelectsCannotShowInOutputs() throws {
    func numbers(_ values: [Int64]) -> Tensor { Tensor(.i64, [1, values.count], values) }
    let batch = SeededInputs.Batch(
      name: "four tokens",
      inputs: ["input_ids": numbers([1, 2, 3, 4]), "token_type_ids": numbers([0, 1, 2, 2])])
    let check = MutationCheck(subjects: [try subject(ProbeVariant.all(of: BERT.self)[3], scale: 1, [batch])])
    let table = "embeddings.token_type.weight"
    func fate(row: Int) throws -> FaultTrial.Fate? {
      try check.trial(Fault(kind: .droppedRow, detail: table, change: .parameters([table: .dropped(row: row)])))?
        .fateOfOutputs
    }
    #expect(try fate(row: 3) == .invisible(Invisibility.unusedRows.sentence))
    #expect(try fate(row: 2) == .caught)
  }

  @Test func aFaultThatChangesNothingIsNoFault() throws {
    let check = MutationCheck(subjects: [try subject(ProbeVariant.all(of: GPT2.self)[1], scale: 1)])
    let name = "final_norm.bias"
    #expect(try check.trial(Fault(kind: .scaled, detail: name, change: .parameters([name: .times(1)]))) == nil)
  }

  @Test func aSubtleEpsilonIsSeenInFloat64WhereFloat32HidesIt() throws {
    let check = MutationCheck(subjects: [try subject(ProbeVariant.all(of: T5.self)[0], scale: 20)])
    let fault = try #require(
      try FaultList.faults(in: check.subjects[0].model, atMost: 9, seed: 1).first {
        $0.kind == .epsilon && $0.detail.hasPrefix("1e-12")
      })
    let trial = try #require(try check.trial(fault))
    #expect(!trial.inWeights && trial.inFunction == true && trial.fate == .caught)
  }

  @Test(arguments: ["bert-pretraining", "gpt2-lm", "t5-v11"])
  func theScoreOfEveryFixtureIsFull(model: String) throws {
    let mapped = try Model.open(Fixtures.path("models/\(model)")).mapped()
    let report = try ModelMutation.run(mapped, mapped, name: model, atMost: 1)
    #expect(report.visible > 15 && report.caught == report.visible)
    for trial in report.trials where trial.fate == .missed {
      Issue.record("\(model) missed \(trial.fault.kind) \(trial.fault.detail)")
    }
  }

  @Test func modelsThatDifferFromTheStartHaveNoScore() throws {
    let first = try Model.open(Fixtures.path("models/gpt2-lm")).mapped()
    let second = try Model.open(Fixtures.path("models/gpt2-lm-scaled")).mapped()
    #expect(throws: (any Error).self) { try ModelMutation.run(first, second, name: "two", atMost: 1) }
  }

  private func subject(
    _ variant: ProbeVariant, scale: Float, _ batches: [SeededInputs.Batch]? = nil
  ) throws -> MutationCheck.Subject {
    let synthetic = try SyntheticModel(variant, seed: 9, scale: scale)
    let graph = try synthetic.model.graph()
    return MutationCheck.Subject(
      model: synthetic.model,
      gate: try OutputGate(
        graph, synthetic.model, batches: batches ?? SeededInputs.batches(for: graph, seed: 9), tolerance: Tolerance(),
        threads: nil))
  }
}
