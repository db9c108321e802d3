import GraphRuntime
import Glibc
import TensorData
import TensorGraph
import TestSupport
import Testing

@Suite struct RelativeBiasTests {
  /// The bucket of each key for one query, found by giving bucket b the bias b.
  private func buckets(
    _ precision: Precision, queries: Int, count: Int, maxDistance: Int, isBidirectional: Bool
  ) throws -> [[Int]] {
    let table = Tensor(.f32, [count, 2], (0..<count * 2).map { Float($0) })
    let probe = OperationProbe(
      parameterAxes: ["y.weight": ["buckets", "heads"]], sizes: ["buckets": count, "heads": 2],
      tensors: ["y.weight": table]
    ) { graph in
      let x = graph.input("x", .features, axes: ["batch", "seq"])
      _ = graph.relativeBias("y", queries: x, isBidirectional: isBidirectional, maxDistance: maxDistance)
    }
    let found = try probe.value(precision, [Tensor(.i64, [1, queries], [Int64](repeating: 0, count: queries))])
    #expect(found.shape == [2, queries, queries])
    let values = try found.doubles()
    let plane = queries * queries
    // The second head has the odd numbers.
    #expect((0..<plane).allSatisfy { values[plane + $0] == values[$0] + 1 })
    return (0..<queries).map { i in (0..<queries).map { j in Int(values[i * queries + j]) / 2 } }
  }

  /// The rule of mesh-tensorflow's `_relative_position_bucket`, in float32 as the published implementations compute it.
  private func rule(_ distance: Int, count: Int, maxDistance: Int, isBidirectional: Bool) -> Int {
    var (bucket, count, steps) = (0, count, -distance)
    if isBidirectional {
      count /= 2
      if steps < 0 { bucket += count }
      steps = abs(steps)
    } else {
      steps = max(steps, 0)
    }
    let exact = count / 2
    if steps < exact { return bucket + steps }
    let ratio = logf(Float(steps) / Float(exact)) / Float(log(Double(maxDistance) / Double(exact)))
    return bucket + min(count - 1, exact + Int(ratio * Float(count - exact)))
  }

  @Test(arguments: Precision.allCases, [true, false])
  func everyDistanceFallsIntoThePublishedBucket(_ precision: Precision, _ isBidirectional: Bool) throws {
    for (count, maxDistance) in [(32, 128), (32, 20), (16, 64), (8, 20), (12, 50)] {
      let found = try buckets(
        precision, queries: 150, count: count, maxDistance: maxDistance, isBidirectional: isBidirectional)
      for i in 0..<150 {
        for j in 0..<150 {
          let expected = rule(j - i, count: count, maxDistance: maxDistance, isBidirectional: isBidirectional)
          #expect(found[i][j] == expected, "distance \(j - i), \(count) buckets, up to \(maxDistance)")
        }
      }
    }
  }

  @Test(arguments: Precision.allCases)
  func bucketsBeginExactlyAtWholePowers(_ precision: Precision) throws {
    // Where logarithms round to the wrong side of a whole number: bucket b begins at the first distance n with
    // n^d >= exact^(d-e) maxDistance^e, d = count - exact and e = b - exact; in whole numbers there is nothing to round.
    for (count, maxDistance) in [(9, 128), (19, 16), (36, 32), (8, 108), (11, 160), (12, 96), (7, 24), (20, 40)] {
      let exact = count / 2
      let steps = count - exact
      let found =
        try buckets(
          precision, queries: maxDistance + 2, count: count, maxDistance: maxDistance, isBidirectional: false
        )[maxDistance + 1].reversed() as [Int]
      for distance in exact..<maxDistance + 2 {
        let isReached = { (e: Int) in
          power(distance, steps) >= power(exact, steps - e) * power(maxDistance, e)
        }
        let expected = exact + ((1..<steps).last(where: isReached) ?? 0)
        #expect(found[distance] == expected, "distance \(distance), \(count) buckets, up to \(maxDistance)")
      }
    }
  }

  private func power(_ base: Int, _ exponent: Int) -> UInt128 { (0..<exponent).reduce(1) { p, _ in p * UInt128(base) } }

  @Test(arguments: Precision.allCases)
  func theBucketsOfT5BeginWhereTheyShould(_ precision: Precision) throws {
    // 32 buckets up to distance 128, as every released T5 has them: the first distance of each bucket.
    let both = try buckets(precision, queries: 130, count: 32, maxDistance: 128, isBidirectional: true)
    let last = both[129].reversed() as [Int]
    #expect(starts(last) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91])
    #expect(starts(both[0]) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91])
    #expect(both[0][1] == 17 && both[1][0] == 1 && both[0][129] == 31 && both[129][0] == 15)
    let one = try buckets(precision, queries: 130, count: 32, maxDistance: 128, isBidirectional: false)
    #expect(
      starts(one[129].reversed() as [Int]) == Array(0...16) + [
        19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113,
      ]
    )
    #expect(one[0].allSatisfy { $0 == 0 })
  }

  private func starts(_ buckets: [Int]) -> [Int] {
    buckets.indices.filter { $0 == 0 || buckets[$0] != buckets[$0 - 1] }
  }

  @Test(arguments: Precision.allCases)
  func degenerateTablesDoNotTrap(_ precision: Precision) throws {
    for (count, maxDistance) in [(1, 128), (2, 128), (3, 1), (8, 2), (8, 0)] {
      for isBidirectional in [true, false] {
        let found = try buckets(
          precision, queries: 9, count: count, maxDistance: maxDistance, isBidirectional: isBidirectional)
        #expect(found.joined().allSatisfy { (0..<count).contains($0) })
      }
    }
  }
}
