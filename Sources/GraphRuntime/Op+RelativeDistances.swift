public import TensorGraph

/// Which rows of a table of relative distances are selected by distances that occur.
extension Op {
  /// The rows that the distances within a text select.
  ///
  /// - Parameters:
  ///   - length: how many places the text has.
  ///   - buckets: how many rows the table has.
  /// - Returns: the rows, or nil if the operation has no such table.
  public func buckets(within length: Int, of buckets: Int) -> Set<Int>? {
    guard case .relativeBias(let isBidirectional, let maxDistance) = self else { return nil }
    func bucket(_ distance: Int) -> Int {
      Float64Backend.relativeBucket(
        distance, isBidirectional: isBidirectional, buckets: buckets, maxDistance: maxDistance)
    }
    return Set((0..<max(length, 0)).flatMap { [bucket($0), bucket(-$0)] })
  }

  /// The rows that some distance selects: the first row of the keys ahead is one that none does.
  ///
  /// - Parameter buckets: how many rows the table has.
  /// - Returns: the rows, or nil if the operation has no such table.
  public func reachableBuckets(of buckets: Int) -> Set<Int>? {
    guard case .relativeBias(_, let maxDistance) = self else { return nil }
    // All distances from the largest on share a row. Up to there every row begins at some distance; those of a table
    // with a larger range than any text has are told as what they are: not read.
    return self.buckets(within: min(maxDistance, Op.longestDistance) + 1, of: buckets)
  }

  /// Distances beyond this occur in no text that could be run.
  private static var longestDistance: Int { 1 << 16 }
}
