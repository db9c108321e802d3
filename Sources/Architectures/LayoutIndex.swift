/// Finds the rows of one layout that a stored name belongs to, in time that does not grow with the table.
struct LayoutIndex: Sendable {
  /// What a layout makes of one stored name.
  enum Place: Sendable {
    /// The rows that the name fits; several if the tensor is fused, or if other names decide which one it is.
    case rows([Int], indices: [String: Int], hasPrefix: Bool?)
    /// A further copy of the parameter of that row.
    case copy(Int, indices: [String: Int])
    /// A tensor that no parameter needs; the entry of `Layout.accounted`.
    case accounted(Int)
    /// What training left behind beside the weights.
    case leftover(OptimizerName)
  }

  private enum Entry: Sendable {
    case row(Int, NameTemplate)
    case copy(Int, NameTemplate)
    case accounted(Int, NameTemplate)

    var template: NameTemplate {
      switch self {
      case .row(_, let template), .copy(_, let template), .accounted(_, let template): template
      }
    }
  }

  private var entries: [String: [Entry]] = [:]
  private struct Part: Sendable {
    var accounted: Int
    var extent: AccountedTensor.Extent
    var text: String
  }

  private var parts: [Part] = []
  /// How many there are of what the layout's names count.
  private var sizes: [String: Int] = [:]

  /// Makes the index of a layout for one file; what no name of the file has a key of is left out.
  ///
  /// - Parameters:
  ///   - layout: the layout.
  ///   - names: all stored names; they tell the sizes that stand in other names.
  init(_ layout: Layout, names: StoredNames) {
    func read(_ template: NameTemplate) -> NameTemplate { names.isJoined ? template.joined : template }
    for (index, row) in layout.rows.enumerated() {
      for name in row.names.map(read) { add(.row(index, name), name, names) }
      for name in row.copies.map({ read($0.name) }) { add(.copy(index, name), name, names) }
    }
    for (index, accounted) in layout.accounted.enumerated() {
      let name = read(accounted.name)
      if accounted.extent == .whole {
        add(.accounted(index, name), name, names)
      } else {
        parts.append(Part(accounted: index, extent: accounted.extent, text: name.filled([:])))
      }
    }
    let counted = entries.values.reduce(into: Set<String>()) { $0.formUnion($1.flatMap(\.template.counts)) }
    for axis in counted { sizes[axis] = size(of: axis, in: names) }
  }

  private mutating func add(_ entry: Entry, _ template: NameTemplate, _ names: StoredNames) {
    for key in NameSkeleton.keys(of: template) where names.keys.contains(key) {
      entries[key, default: []].append(entry)
    }
  }

  /// The size of an axis that stands in names.
  ///
  /// Names that no template with the size could have either give it by their largest index. If there are none, the
  /// smallest number in names that only templates with the size can have is the one of index 0. If there are none of
  /// those either, nothing follows the counted tensors, and the largest index gives the size after all.
  private func size(of axis: String, in names: StoredNames) -> Int {
    var certain: Int?
    var shifted: Int?
    var likely = 0
    let isPossible = possibleKinds(names)
    for position in names.names.indices where isPossible[names.kindOfName[position]] && !names.isOutside(position) {
      let (name, keys) = (names.readings[position], names.kinds[names.kindOfName[position]])
      let templates = keys.flatMap { entries[$0] ?? [] }.map(\.template)
      let counting = templates.filter { $0.counts.contains(axis) }
      for template in templates where !template.counts.contains(axis) {
        guard let index = template.match(name)?.indices[axis] else { continue }
        likely = max(likely, index + 1)
        if counting.isEmpty { certain = max(certain ?? 0, index + 1) }
      }
      guard counting.count == templates.count else { continue }
      for count in counting.compactMap({ $0.count(of: axis, inFirst: name) }) { shifted = min(shifted ?? count, count) }
    }
    return certain ?? shifted ?? likely
  }

  /// For each kind of names whether some of them may have a place.
  func possibleKinds(_ names: StoredNames) -> [Bool] {
    names.kinds.indices.map { kind in
      if names.isLeftover[kind] || names.kinds[kind].contains(where: { entries[$0] != nil }) { return true }
      // Names of a kind have all in common but their digits.
      let name = names.readings[names.firstOfKind[kind]]
      return parts.contains { part in
        part.text.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } || isPart(part, of: name)
      }
    }
  }

  private func isPart(_ part: Part, of name: String) -> Bool {
    guard name.utf8.count > part.text.utf8.count else { return false }
    return part.extent == .ending
      ? name.utf8.suffix(part.text.utf8.count).elementsEqual(part.text.utf8) : name.utf8.starts(with: part.text.utf8)
  }

  /// What the layout makes of a stored name.
  ///
  /// - Parameters:
  ///   - position: the position of the name.
  ///   - names: all stored names.
  /// - Returns: the rows, or what else it is; nil if nothing.
  func place(at position: Int, of names: StoredNames) -> Place? {
    let (name, kind) = (names.readings[position], names.kindOfName[position])
    if !names.isOutside(position), let place = place(of: name, names.kinds[kind]) { return place }
    guard names.isLeftover[kind], let leftover = OptimizerName(name) else { return nil }
    let isKnown = leftover.variables.isEmpty || leftover.variables.contains(where: isVariable)
    return isKnown ? .leftover(leftover) : nil
  }

  /// Whether a name is that of a parameter or of a further copy of one.
  private func isVariable(_ name: String) -> Bool {
    switch place(of: name, NameSkeleton.keys(of: name)) {
    case .rows, .copy: true
    case .accounted, .leftover, nil: false
    }
  }

  private func place(of name: String, _ keys: [String]) -> Place? {
    var rows: [Int] = []
    var found: (indices: [String: Int], hasPrefix: Bool?)?
    for entry in keys.flatMap({ entries[$0] ?? [] }) {
      switch entry {
      case .row(let row, let template):
        guard let match = template.match(name, sizes: sizes) else { continue }
        rows.append(row)
        // Of two rows for one name, one may have a number where the other has an index.
        let indices = match.indices.merging(found?.indices ?? [:]) { $1 }
        found = (indices, template.optionalPrefix.isEmpty ? nil : match.hasPrefix)
      case .copy(let row, let template):
        if let match = template.match(name, sizes: sizes) { return .copy(row, indices: match.indices) }
      case .accounted(let index, let template):
        if template.match(name, sizes: sizes) != nil { return .accounted(index) }
      }
    }
    if let found { return .rows(rows, indices: found.indices, hasPrefix: found.hasPrefix) }
    return parts.first { isPart($0, of: name) }.map { .accounted($0.accounted) }
  }
}
