import Architectures
import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import ParityChecks

/// Synthetic models prove the mapping between every two layouts, and would show a wrong one.
@Suite struct MappingProbeTests {
  /// Three layouts of each architecture; `scripts/test` probes every pair with the optimised program.
  @Test(arguments: ArchitectureRegistry.all.map { $0.name })
  func pairsOfLayoutsKeepEveryBitAndEveryOutput(name: String) throws {
    let architecture = try #require(ArchitectureRegistry.named(name))
    let every = MappingProbe.pairs(of: architecture)
    #expect(every.count == architecture.layouts.count * (architecture.layouts.count - 1))
    let first = Set(architecture.layouts.prefix(3).map(\.name))
    let pairs = every.filter { first.contains($0.from.name) && first.contains($0.to.name) }
    let reports = try MappingProbe.run(architecture, pairs: pairs, seed: 1)
    #expect(reports.count == 6)
    for report in reports {
      for one in report.cases {
        if case .failed(let why) = one.outcome {
          Issue.record("\(report.from) -> \(report.to), \(one.variant): \(why)")
        }
      }
      #expect(
        report.verdict == (report.hasCommonModels ? .pass : .inconclusive), "\(name) \(report.from) -> \(report.to)")
    }
  }

  @Test func theVariantsHaveEveryPartOfEveryArchitecture() throws {
    for architecture in ArchitectureRegistry.all {
      let parts = Set(architecture.parameters.compactMap(\.part))
      let probed = try ProbeVariant.all(of: architecture).reduce(into: Set<String>()) { $0.formUnion($1.values.parts) }
      #expect(parts.subtracting(probed).isEmpty, "\(architecture.name)")
    }
  }

  @Test func everyVariantIsHeldByTheBestKnownLayout() throws {
    for architecture in ArchitectureRegistry.all {
      for variant in try ProbeVariant.all(of: architecture) {
        let synthetic = try SyntheticModel(variant, seed: 1, scale: 1)
        #expect(synthetic.model.layout.name == architecture.layouts[0].name, "\(variant.name)")
        let isSameGraph = try synthetic.model.graph().description == architecture.graph(variant.values).description
        #expect(isSameGraph)
      }
    }
  }

  @Test func sizesThatTheArchitectureLeavesFreeArePairwiseCoprime() throws {
    for architecture in ArchitectureRegistry.all {
      let holes = Set(architecture.parameters.flatMap(\.name.holes))
      for variant in try ProbeVariant.all(of: architecture) {
        let free = ["vocab", "heads", "head", "ff", "positions", "token_types", "labels", "buckets"] + holes
        let sizes = free.compactMap { name in variant.values.int(name).map { (name, $0) } }
        for (index, a) in sizes.enumerated() {
          for b in sizes[(index + 1)...] {
            #expect(divisor(a.1, b.1) == 1, "\(variant.name): \(a) and \(b)")
          }
        }
      }
    }
  }

  @Test func oneSeedGivesOneModelAndAnotherSeedAnother() throws {
    let variant = try ProbeVariant.all(of: GPT2.self)[0]
    let name = "block.0.attention.q.weight"
    let first = try SyntheticModel(variant, seed: 5, scale: 1).model.parameter(named: name)
    #expect(first.isBitEqual(to: try SyntheticModel(variant, seed: 5, scale: 1).model.parameter(named: name)))
    #expect(!first.isBitEqual(to: try SyntheticModel(variant, seed: 6, scale: 1).model.parameter(named: name)))
  }

  private func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
}
