import GraphRuntime
import TensorData
import TensorGraph
import TestSupport
import Testing

/// Float32 runs whose values are moved at random.
@Suite struct RoundingPerturbationTests {
  private let inputs = ["input_ids": ids([[1, 5, 2, 10, 7], [3, 3, 0, 9, 4]])]

  private func logits(_ precision: Precision, seed: UInt32?) throws -> Tensor {
    let perturbation = seed.map(RoundingPerturbation.init)
    let executor = try SmallModel.decoder().executor(precision)
    return try #require(executor.run(inputs: inputs, outputs: ["logits"], perturbation: perturbation)["logits"])
  }

  @Test func theSeedDecides() throws {
    #expect(sameBits(try logits(.f32, seed: 1), try logits(.f32, seed: 1)))
    #expect(!sameBits(try logits(.f32, seed: 1), try logits(.f32, seed: 2)))
    #expect(!sameBits(try logits(.f32, seed: 1), try logits(.f32, seed: nil)))
  }

  @Test func valuesMoveByRoundingOnly() throws {
    let truth = try logits(.f64, seed: nil).doubles()
    for seed in 1...8 as ClosedRange<UInt32> {
      let errors = try worstUlps(try logits(.f32, seed: seed), truth)
      #expect(errors > 0 && errors <= 64)
    }
  }

  @Test func oneNodeMovesByAtMostTwoUnitsInTheLastPlace() throws {
    let executor = try SmallModel.decoder().executor(.f32)
    func embedded(_ perturbation: RoundingPerturbation?) throws -> [Float] {
      var value: [Float] = []
      _ = try executor.run(inputs: inputs, outputs: ["logits"], perturbation: perturbation) { node, tensor in
        if value.isEmpty, case .embedding = node.op {
          value = tensor.elements(as: Float.self)
        }
      }
      return value
    }
    let plain = try embedded(nil)
    let moved = try embedded(RoundingPerturbation(seed: 7))
    #expect(plain.count == moved.count && !plain.isEmpty)
    let steps = zip(plain, moved).map { abs($1 - $0) / $0.ulp }
    #expect(steps.allSatisfy { $0 <= 2 })
    // Both directions and no move at all occur.
    #expect(zip(plain, moved).contains { $0 < $1 } && zip(plain, moved).contains { $0 > $1 })
  }

  @Test func float64IsLeftAlone() throws {
    #expect(sameBits(try logits(.f64, seed: 1), try logits(.f64, seed: nil)))
  }
}
