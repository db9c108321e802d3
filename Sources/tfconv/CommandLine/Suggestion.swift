/// Finds the name that was probably meant by a mistyped one.
enum Suggestion {
  /// The candidate nearest to `word`, or nil if none is near: fewer than half of its letters and at most three edits.
  ///
  /// A candidate that begins with `word` counts as near. Of equally near ones the first is returned.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    let near = candidates.map { candidate in (candidate, distance: distance(word, candidate)) }
      .filter { candidate, distance in distance <= 3 && distance * 2 < max(word.count, candidate.count) }
      .min { $0.distance < $1.distance }
    return near?.0 ?? candidates.first { word.count >= 2 && $0.hasPrefix(word) }
  }

  /// The Damerau-Levenshtein distance in its optimal string alignment form: insertions, deletions, substitutions and
  /// exchanges of neighbours that turn `a` into `b`, no part being edited twice.
  static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1] + [Int](repeating: 0, count: b.count)
      for j in b.indices {
        row[j + 1] = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
        }
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
