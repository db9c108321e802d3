/// Finds the rows of one layout that a stored name belongs to, in time that does not grow with the table.
struct LayoutIndex: Sendable {
  /// What a layout makes of one stored name.
  enum Place: Sendable {
    /// The parameters that the tensor holds; several if it is fused.
    case rows([Int], indices: [String: Int], hasPrefix: Bool?)
    /// A further copy of the parameter of that row.
    case copy(Int, indices: [String: Int])
    /// A tensor that no parameter needs; the entry of `Layout.accounted`.
    case accounted(Int)
  }

  private enum Entry: Sendable {
    case row(Int, NameTemplate)
    case copy(Int, NameTemplate)
    case accounted(Int, NameTemplate)
  }

  private var entries: [String: [Entry]] = [:]
  private var suffixes: [(accounted: Int, suffix: String)] = []

  init(_ layout: Layout) {
    for (index, row) in layout.rows.enumerated() {
      for name in row.names { add(.row(index, name), name) }
      for name in row.copies { add(.copy(index, name), name) }
    }
    for (index, accounted) in layout.accounted.enumerated() {
      if accounted.isSuffix {
        suffixes.append((index, accounted.name.filled([:])))
      } else {
        add(.accounted(index, accounted.name), accounted.name)
      }
    }
  }

  private mutating func add(_ entry: Entry, _ template: NameTemplate) {
    for skeleton in template.skeletons { entries[skeleton, default: []].append(entry) }
  }

  /// Whether some name of that skeleton has a place.
  func mayPlace(skeleton: String) -> Bool { !suffixes.isEmpty || entries[skeleton] != nil }

  /// What the layout makes of the name; nil if nothing.
  ///
  /// - Parameters:
  ///   - name: a stored name.
  ///   - skeleton: its skeleton, where that is known already.
  /// - Returns: the rows, or what else it is.
  func place(of name: String, skeleton: String? = nil) -> Place? {
    var rows: [Int] = []
    var found: (indices: [String: Int], hasPrefix: Bool?)?
    for entry in entries[skeleton ?? NameTemplate.skeleton(of: name)] ?? [] {
      switch entry {
      case .row(let row, let template):
        guard let match = template.match(name) else { continue }
        rows.append(row)
        found = (match.indices, template.optionalPrefix.isEmpty ? nil : match.hasPrefix)
      case .copy(let row, let template):
        if let match = template.match(name) { return .copy(row, indices: match.indices) }
      case .accounted(let index, let template):
        if template.match(name) != nil { return .accounted(index) }
      }
    }
    if let found { return .rows(rows, indices: found.indices, hasPrefix: found.hasPrefix) }
    return suffixes.first { name.utf8.count > $0.suffix.utf8.count && name.hasSuffix($0.suffix) }.map {
      .accounted($0.accounted)
    }
  }
}
