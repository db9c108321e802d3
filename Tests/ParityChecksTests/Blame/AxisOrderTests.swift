import TensorData
import TestSupport
import Testing

@testable import ParityChecks

/// Orders of axes: what a reader finds, and back.
@Suite struct AxisOrderTests {
  private static let shape = [3, 4, 6]
  private static let reference = Tensor(.f32, shape, (0..<72).map { Float($0) })

  @Test func undoingAnOrderGivesTheReferenceBack() {
    let orders = AxisOrder.all(["embed", "heads", "head"], Self.shape)
    // Five permutations, and two ways to interleave the halves of a head.
    #expect(orders.count == 7)
    for order in orders {
      let found = order.applied(to: Self.reference).reshaped(Self.shape)
      #expect(!found.isBitEqual(to: Self.reference), "\(order.found)")
      #expect(TensorSample.holdsSame(order.undone(on: found), Self.reference), "\(order.found)")
    }
  }

  @Test func theOrderOfATransposedMatrixIsNamedFirst() throws {
    let first = try #require(AxisOrder.all(["rows", "columns"], [3, 5]).first)
    #expect(first.diagnosis.kind == .transposed)
    #expect(first.found == "columns rows")
  }

  @Test func axesOfOneElementHaveNoOrder() {
    #expect(AxisOrder.all(["one", "rows"], [1, 5]).isEmpty)
    #expect(AxisOrder.permutations(3).first == [0, 1, 2])
    #expect(Set(AxisOrder.permutations(4)).count == 24)
  }
}
