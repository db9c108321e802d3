/// A way to read all names of a file in which one layout explains more of them than as they are stored.
///
/// Paths are joined anew (`NameReading`), and one prefix is taken off, whatever it is: it is found by what remains. All
/// names that have a place must have the same prefix; one that few share could make a tensor of the user's a parameter.
struct NameWrapping: Sendable {
  /// The prefix that every name with a place has, as a reading spells it; empty if there is none.
  let prefix: String
  /// Prefixes after which other tensors of the file are the same parameters once more.
  let rivals: [String]

  /// More prefixes than these are not tried for one layout.
  private static let maximumPrefixes = 4

  /// The readings of a file's names and where each kind of them could be cut.
  struct Cuts {
    let names: StoredNames
    /// For each kind, every prefix of its first name that ends with a slash, with the keys of the rest.
    fileprivate let ofKind: [[(prefix: String, keys: [String])]]
    fileprivate let countOfKind: [Int]

    /// Cuts the names of a file.
    ///
    /// - Parameters:
    ///   - stored: the names as they are stored.
    ///   - ignored: names that do not count.
    init(_ stored: StoredNames, ignoring ignored: Set<String>) {
      let names = stored.joined
      self.names = names
      ofKind = names.firstOfKind.map { position in
        let name = names.readings[position]
        return name.indices.filter { name[$0] == "/" }.map { slash in
          let start = name.index(after: slash)
          return (String(name[..<start]), NameSkeleton.keys(of: String(name[start...])))
        }
      }
      var counts = Array(repeating: 0, count: ofKind.count)
      for (name, kind) in zip(names.names, names.kindOfName) where !ignored.contains(name) { counts[kind] += 1 }
      countOfKind = counts
    }
  }

  /// The reading of a file's names in which a layout explains most of them.
  ///
  /// - Parameters:
  ///   - layout: the layout.
  ///   - cuts: the names.
  ///   - ignored: names that do not count.
  /// - Returns: the reading, and what the layout makes of it.
  static func best(
    of layout: Layout, _ cuts: Cuts, ignoring ignored: Set<String>
  ) -> (wrapping: NameWrapping, names: StoredNames, match: LayoutMatch) {
    let joined = LayoutMatch(layout, cuts.names)
    var best = (wrapping: NameWrapping(prefix: "", rivals: []), names: cuts.names, match: joined)
    for prefix in prefixes(of: layout, cuts, above: joined.matched) {
      let names = cuts.names.dropping(prefix: prefix)
      let match = LayoutMatch(layout, names)
      if match.matched > best.match.matched { best = (NameWrapping(prefix: prefix, rivals: []), names, match) }
    }
    guard !best.wrapping.prefix.isEmpty else { return best }
    let rivals = rivals(of: best.wrapping.prefix, best.names, best.match, ignored)
    best.wrapping = NameWrapping(prefix: best.wrapping.prefix, rivals: rivals)
    return best
  }

  /// The prefixes after which most names have a key of the layout: more than as they are; of equal ones the shortest first.
  private static func prefixes(of layout: Layout, _ cuts: Cuts, above count: Int) -> [String] {
    var known: Set<String> = []
    for row in layout.rows {
      for name in row.names + row.copies.map(\.name) { known.formUnion(NameSkeleton.keys(of: name.joined)) }
    }
    var votes: [String: Int] = [:]
    for (kind, cut) in cuts.ofKind.enumerated() {
      for (prefix, keys) in cut where keys.contains(where: known.contains) {
        votes[prefix, default: 0] += cuts.countOfKind[kind]
      }
    }
    let ranked = votes.sorted { a, b in
      (-a.value, a.key.utf8.count, a.key) < (-b.value, b.key.utf8.count, b.key)
    }
    return ranked.prefix(maximumPrefixes).map(\.key)
  }

  /// Other prefixes after which at least half of the placed names occur again.
  private static func rivals(
    of prefix: String, _ names: StoredNames, _ match: LayoutMatch, _ ignored: Set<String>
  ) -> [String] {
    let unknown = Set(match.unknown)
    let placed = Set(
      names.names.indices.filter { !names.isOutside($0) && !unknown.contains($0) }.map { names.readings[$0] })
    var counts: [String: Int] = [:]
    for position in match.unknown where names.isOutside(position) && !ignored.contains(names.names[position]) {
      let name = names.readings[position]
      if placed.contains(name) { counts["", default: 0] += 1 }
      for slash in name.indices where name[slash] == "/" {
        let start = name.index(after: slash)
        if placed.contains(String(name[start...])) { counts[String(name[..<start]), default: 0] += 1 }
      }
    }
    return counts.filter { 2 * $0.value >= placed.count }.keys.sorted()
  }

  /// What a user should know of the reading.
  ///
  /// - Parameters:
  ///   - layout: the layout, called `bert.hf`.
  ///   - name: what it is called.
  ///   - names: the names.
  ///   - placed: the positions of the names that have a place.
  /// - Returns: a sentence.
  func note(_ layout: Layout, named name: String, _ names: StoredNames, placed: [Int]) -> String {
    let readings = placed.map { NameReading(names.names[$0]) }
    var changes: [String] = []
    let joiner = placed.lazy.compactMap { NameReading.joiner(of: names.names[$0]) }.first
    if !prefix.isEmpty { changes.append("without \(NameWrapping.spelled(prefix, joiner)) before them") }
    let wrappers = readings.flatMap(\.wrappers).uniqued()
    if !wrappers.isEmpty { changes.append("without \(wrappers.joined(separator: ", ")) in them") }
    let own = layout.rows.lazy.compactMap { NameReading.joiner(of: $0.names[0].filled([:])) }.first
    if let joiner, let own, joiner != own { changes.append("with their parts joined by \(own) instead of \(joiner)") }
    let ownEnding = layout.rows.first.map { NameReading($0.names[0].filled([:])).ending } ?? ""
    let endings = readings.map(\.ending).uniqued().filter { !$0.isEmpty && $0 != ownEnding }
    if !endings.isEmpty { changes.append("without \(endings.joined(separator: ", ")) behind them") }
    if !ownEnding.isEmpty, readings.contains(where: \.ending.isEmpty) {
      changes.append("with \(ownEnding) behind them")
    }
    if changes.isEmpty { changes.append("with their paths joined anew") }
    return "names are read as those of \(name) \(changes.joined(separator: ", "))"
  }

  /// A prefix of readings as the file spells it, as far as one character joins all its names.
  static func spelled(_ prefix: String, _ joiner: String?) -> String {
    guard let joiner, joiner.utf8.count == 1 else { return prefix }
    return prefix.replacing("/", with: joiner)
  }
}
