import GraphRuntime
import Glibc
import TensorData
import TensorGraph
import TestSupport
import Testing

@Suite struct LookupTests {
  private func embedding(_ table: Tensor) -> OperationProbe {
    OperationProbe(
      parameterAxes: ["y.weight": ["vocab", "embed"]], sizes: ["vocab": table.shape[0], "embed": table.shape[1]],
      tensors: ["y.weight": table]
    ) { graph in
      let ids = graph.input("input_ids", .tokens, axes: ["batch", "seq"])
      _ = graph.embedding("y", ids)
    }
  }

  @Test(arguments: Precision.allCases)
  func rowsAreChosenFromTablesOfAnyTypeAndOrientation(_ precision: Precision) throws {
    let table = Tensor(.f32, [4, 3], (0..<12).map { Float($0) })
    let ids = Tensor(.i32, [2, 3], [3, 0, 0, 1, 2, 3] as [Int32])
    let expected: [Double] = [9, 10, 11, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    for dtype in [DType.f32, .f16, .bf16, .f64] {
      let cast = try Cast.convert(table, to: dtype)
      for table in [cast, cast.permuted([1, 0]).contiguous().permuted([1, 0])] {
        let found = try embedding(table).value(precision, [ids])
        #expect(found.shape == [2, 3, 3])
        #expect(found.dtype == precision.dtype)
        #expect(try found.doubles() == expected)
      }
    }
  }

  @Test(arguments: Precision.allCases)
  func anIdOutsideTheTableIsNamedWithItsPlace(_ precision: Precision) throws {
    let table = Tensor(.f32, [4, 3], (0..<12).map { Float($0) })
    for (id, word) in [(4, "4"), (-1, "-1")] {
      let ids = Tensor(.i64, [1, 3], [Int64(0), 1, Int64(id)])
      let error = #expect(throws: RuntimeError.self) { try embedding(table).value(precision, [ids]) }
      #expect(
        error?.description == "input_ids[0, 2] is \(word), but y.weight has 4 rows, so the largest index is 3")
    }
  }

  private func loss(isShifted: Bool) -> OperationProbe {
    OperationProbe { graph in
      let logits = graph.input("logits", .features, axes: ["batch", "seq", "vocab"])
      let labels = graph.input("labels", .labels, axes: ["batch", "seq"])
      _ = graph.crossEntropy("loss", logits: logits, labels: labels, isShifted: isShifted)
    }
  }

  @Test(arguments: Precision.allCases)
  func crossEntropyIsTheMeanOverTheLabelsThatCount(_ precision: Precision) throws {
    // Powers 1, 2, 5 of e: probabilities 1/8, 2/8, 5/8; then a uniform row of three.
    let row = [0, log(2.0), log(5.0)]
    let logits = Tensor(.f64, [1, 3, 3], row + [7, 7, 7] + row.map { $0 + 50 })
    func value(_ labels: [Int64], isShifted: Bool = false) throws -> Double {
      try loss(isShifted: isShifted).value(precision, [logits, Tensor(.i64, [1, 3], labels)]).doubles()[0]
    }
    let tolerance = precision == .f64 ? 1e-14 : 4e-6
    #expect(try abs(value([0, 1, 2]) - (log(8) + log(3) + log(1.6)) / 3) < tolerance)
    #expect(try abs(value([-100, 1, 0]) - (log(3) + log(8)) / 2) < tolerance)
    // Shifted: row 0 is judged by label 1, row 1 by label 2; the last row and the first label do not count.
    #expect(try abs(value([0, 2, 1], isShifted: true) - (log(1.6) + log(3)) / 2) < tolerance)
    #expect(try value([-100, -100, -100]).isNaN)
    let error = #expect(throws: RuntimeError.self) { try value([0, 3, 0]) }
    #expect(error?.description == "labels[0, 1] is 3, but logits has 3 rows, so the largest index is 2")
  }

  @Test(arguments: Precision.allCases)
  func shiftingStaysWithinEachSequence(_ precision: Precision) throws {
    // The last row of each sequence would give NaN.
    let row = [0, log(2.0), log(5.0)]
    let last = [Double.nan, .nan, .nan]
    let logits = Tensor(.f64, [2, 2, 3], row + last + row + last)
    let labels = Tensor(.i64, [2, 2], [Int64(2), 0, 1, 2])
    let found = try loss(isShifted: true).value(precision, [logits, labels]).doubles()[0]
    #expect(abs(found - (log(8) + log(1.6)) / 2) < 4e-7)
  }

  @Test func aLossHasNoAxes() throws {
    let logits = Tensor(.f32, [1, 1, 2], [0, 0] as [Float])
    let found = try loss(isShifted: false).value(.f32, [logits, Tensor(.i64, [1, 1], [Int64(0)])])
    #expect(found.shape == [])
    #expect(try abs(found.doubles()[0] - log(2)) < 1e-7)
  }
}
