/// Finds the name that a misspelt one most likely meant.
public enum NearestName {
  /// The candidate nearest to a name: at most a third of its letters apart, or two, and fewer than half.
  ///
  /// If none is that near, a candidate that begins with the name. Of equally near ones the first.
  ///
  /// - Parameters:
  ///   - name: what was found.
  ///   - candidates: what could have been meant.
  /// - Returns: the nearest candidate, or nil if none is near.
  public static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
    let bytes = Array(name.utf8)
    var best: (distance: Int, name: String)?
    var extended: String?
    for candidate in candidates {
      let other = Array(candidate.utf8)
      let limit = min(best?.distance ?? Int.max, max(2, bytes.count / 3) + 1, (max(bytes.count, other.count) + 1) / 2)
      if let distance = distance(bytes, other, below: limit) { best = (distance, candidate) }
      if extended == nil, bytes.count >= 2, other.starts(with: bytes) { extended = candidate }
    }
    return best?.name ?? extended
  }

  /// The number of insertions, deletions, substitutions and swaps of neighbours that turn one text into the other (the
  /// Damerau-Levenshtein distance in its optimal string alignment form), or nil if it is not below the limit.
  static func distance(_ a: [UInt8], _ b: [UInt8], below limit: Int) -> Int? {
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
