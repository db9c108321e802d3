import Architectures
import ModelConversion
import TensorData
import TestSupport
import Testing

@testable import ParityChecks

@Suite struct WeightComparisons {
  let folder = TemporaryFolder()

  /// The findings about a changed copy of a model that do not agree.
  private func differences(_ model: String, _ change: (inout ModelCopy) throws -> Void) throws -> [WeightFinding] {
    var copy = try ModelCopy(model)
    try change(&copy)
    let second = try Model.open(copy.write(in: folder)).mapped()
    return try WeightComparison.compare(Model.open(Fixtures.path("models/\(model)")).mapped(), second).filter {
      !$0.agrees
    }
  }

  private func explanation(_ finding: WeightFinding?) -> String? {
    if case .differs(let explanation) = finding?.relation { explanation } else { nil }
  }

  @Test(arguments: Fixtures.models) func aModelAgreesWithItself(model: String) throws {
    let mapped = try Model.open(Fixtures.path("models/\(model)")).mapped()
    let findings = try WeightComparison.compare(mapped, mapped)
    #expect(findings.allSatisfy { $0.relation == .equal })
    #expect(findings.map(\.name) == mapped.parameters.map(\.name))
  }

  @Test func whatIsRecognisedIsSaid() throws {
    let query = "bert.encoder.layer.2.attention.self.query.weight"
    let transposed = try differences("bert-mlm") { $0.transpose(query) }
    #expect(transposed.map(\.name) == ["block.2.attention.q.weight"])
    #expect(transposed[0].stored == (query, query))
    #expect(explanation(transposed[0])?.hasPrefix("it is transposed: ") == true)
  }

  @Test func theValuesOfAnotherParameterAreRecognised() throws {
    let found = try differences("bert-mlm") { copy in
      copy["bert.encoder.layer.2.output.dense.weight"] = copy["bert.encoder.layer.0.output.dense.weight"]
    }
    #expect(
      explanation(found.first)
        == "it holds the values of block.0.ff.down.weight (stored as bert.encoder.layer.0.output.dense.weight)")
  }

  @Test func theNegativeIsRecognised() throws {
    let found = try differences("t5-v10") { copy in
      copy.edit("encoder.final_layer_norm.weight") { values in values = values.map { -$0 } }
    }
    #expect(explanation(found.first) == "it is the negative of what it should be")
  }

  @Test func anUnknownDifferenceIsMeasured() throws {
    let found = try differences("gpt2-lm") { copy in
      copy.edit("transformer.wpe.weight") { values in
        values[33 * 2 + 4] += 0.5
        values[33 * 7 + 1] -= 0.25
      }
    }
    #expect(found.count == 1)
    #expect(
      explanation(found[0])?.hasPrefix("it differs in rows 2, 7, embed channels 1, 4 only, which resembles") == true)
    #expect(found[0].diagnosis?.certainty == .measured)
    #expect(found[0].differing == 2 && found[0].worst == [2, 4] && abs(found[0].difference - 0.5) < 1e-6)
  }

  @Test func aCastIsJudgedByWhatRoundingGives() throws {
    let name = "transformer.h.0.attn.c_proj.weight"
    let rounded = try differences("gpt2-lm") { copy in
      copy[name] = try copy[name].map { try Cast.convert($0, to: .bf16) }
    }
    #expect(rounded.isEmpty)
    let both = TemporaryFolder()
    var copy = try ModelCopy("gpt2-lm")
    copy.transpose(name)
    copy[name] = try copy[name].map { try Cast.convert($0, to: .f16) }
    let second = try Model.open(copy.write(in: both)).mapped()
    let found = try WeightComparison.compare(Model.open(Fixtures.path("models/gpt2-lm")).mapped(), second)
    #expect(explanation(found.first { !$0.agrees })?.hasPrefix("it is transposed: ") == true)
  }

  @Test func aTiedHeadThatIsStoredChangesNothing() throws {
    let found = try differences("gpt2-lm") { $0["lm_head.weight"] = $0["transformer.wte.weight"] }
    #expect(found.isEmpty)
  }

  @Test func namesAreComparedByTheirBytes() throws {
    var first = MemorySource()
    var second = MemorySource()
    first.add("a", Tensor(.u8, [2], [1, 2] as [UInt8]))
    first.add("\u{E9}", Tensor(.u8, [1], [1] as [UInt8]))
    second.add("a", Tensor(.u8, [2], [1, 3] as [UInt8]))
    second.add("e\u{301}", Tensor(.u8, [1], [1] as [UInt8]))
    let findings = try WeightComparison.compareByName(first, second)
    #expect(findings.map(\.agrees) == [false, false, false])
    #expect(findings[0].worst == [1] && findings[0].difference == 1)
    #expect(findings[1].relation == .absent(inFirst: false) && findings[2].relation == .absent(inFirst: true))
  }
}
