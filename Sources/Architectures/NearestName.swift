/// Finds the name that a misspelt one most likely meant.
public enum NearestName {
  /// The candidate with the smallest edit distance (insertions, deletions, substitutions, swaps of neighbours), if that
  /// is at most a third of the name.
  ///
  /// - Parameters:
  ///   - name: what was found.
  ///   - candidates: what could have been meant.
  /// - Returns: the nearest candidate, or nil if none is near.
  public static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
    let bytes = Array(name.utf8)
    var best: (distance: Int, name: String)?
    for candidate in candidates {
      let limit = min(best?.distance ?? Int.max, max(2, bytes.count / 3) + 1)
      guard let distance = distance(bytes, Array(candidate.utf8), below: limit) else { continue }
      best = (distance, candidate)
    }
    return best?.name
  }

  private static func distance(_ a: [UInt8], _ b: [UInt8], below limit: Int) -> Int? {
    guard abs(a.count - b.count) < limit else { return nil }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
        row.append(cost)
      }
      guard row.contains(where: { $0 < limit }) else { return nil }
      (beforeLast, last) = (last, row)
    }
    return last[b.count] < limit ? last[b.count] : nil
  }
}
