import TensorData

/// What one layout makes of a stored name, and how the other layouts spell the same.
public struct TensorMeaning: Sendable {
  /// A parameter that the tensor holds.
  public struct Held: Sendable {
    /// The canonical name with its indices.
    public let name: String
    /// The canonical axes.
    public let axes: [String]
    /// The row of the layout.
    public let row: LayoutRow
    let indices: [String: Int]
  }

  /// The same parameters in another layout.
  public struct Spelling: Sendable {
    /// `bert.tf1`.
    public let layout: String
    /// The stored name; several are joined by commas.
    public let name: String
    /// The stored axes.
    public let axes: String
    /// What has to be done with the tensor that was asked for.
    public let recipe: String
  }

  /// The architecture.
  public let architecture: any Architecture.Type
  /// The layout in which the name stands.
  public let layout: Layout
  /// The parameters that it holds; empty if none needs it.
  public let parameters: [Held]
  /// Why no parameter needs it, or nil.
  public let reason: String?

  /// What every layout that knows the name makes of it.
  ///
  /// - Parameter name: a stored name.
  /// - Returns: a meaning for each layout.
  public static func all(of name: String) -> [TensorMeaning] {
    let info = TensorInfo(name: name, dtype: .f32, shape: [])
    let stored = StoredNames([info])
    let found = all(of: stored)
    return found.isEmpty ? all(of: stored.joined) : found
  }

  private static func all(of names: StoredNames) -> [TensorMeaning] {
    var found: [TensorMeaning] = []
    for architecture in ArchitectureRegistry.all {
      for layout in architecture.layouts {
        switch LayoutIndex(layout, names: names).place(at: 0, of: names) {
        case .rows(let rows, let indices, _):
          found.append(TensorMeaning(architecture, layout, rows.map { layout.rows[$0] }, indices))
        case .copy(let row, let indices):
          found.append(TensorMeaning(architecture, layout, [layout.rows[row]], indices))
        case .accounted(let rule):
          found.append(
            TensorMeaning(
              architecture: architecture, layout: layout, parameters: [], reason: layout.accounted[rule].reason))
        case .leftover(let leftover):
          guard !leftover.variables.isEmpty else { continue }
          found.append(
            TensorMeaning(architecture: architecture, layout: layout, parameters: [], reason: leftover.reason))
        case nil: break
        }
      }
    }
    return found
  }

  /// The names of all tables, with 0 for every index.
  public static var knownNames: [String] {
    ArchitectureRegistry.all.flatMap { $0.layouts.flatMap { $0.rows.map { $0.names[0].filled([:]) } } }
  }

  /// A name with every number made 0, to be compared with `knownNames`.
  public static func numberless(_ name: String) -> String {
    NameSkeleton.digitless(name).replacing("#", with: "0")
  }

  private init(_ architecture: any Architecture.Type, _ layout: Layout, _ rows: [LayoutRow], _ indices: [String: Int]) {
    self.init(
      architecture: architecture, layout: layout,
      parameters: rows.map { row in
        let axes = architecture.parameters.first { $0.name == row.canonical }?.axes ?? []
        return Held(name: row.canonical.filled(indices), axes: axes, row: row, indices: indices)
      }, reason: nil)
  }

  private init(architecture: any Architecture.Type, layout: Layout, parameters: [Held], reason: String?) {
    self.architecture = architecture
    self.layout = layout
    self.parameters = parameters
    self.reason = reason
  }

  /// Whether both say the same of the name.
  public func isSame(as other: TensorMeaning) -> Bool {
    architecture.name == other.architecture.name && reason == other.reason
      && parameters.map(\.name) == other.parameters.map(\.name)
      && parameters.map(\.row.axes) == other.parameters.map(\.row.axes)
  }

  /// The same parameters in every layout of the architecture.
  public var spellings: [Spelling] {
    architecture.layouts.map { other in
      let rows = parameters.compactMap { held in
        other.rows.first { $0.canonical == held.row.canonical }.map { (held, $0) }
      }
      var names: [String] = []
      for (held, row) in rows {
        let name = row.names[0].filled(held.indices, scope: other.scopes.values.min() ?? "model")
        if !names.contains(name) { names.append(name) }
      }
      let axes = rows.first?.1.axes
      return Spelling(
        layout: "\(architecture.name).\(other.name)", name: names.isEmpty ? "-" : names.joined(separator: ", "),
        axes: axes.map { "\($0)" } ?? "-", recipe: recipe(rows))
    }
  }

  private func recipe(_ rows: [(Held, LayoutRow)]) -> String {
    guard let (held, row) = rows.first else { return "it has no place for this" }
    if held.row.axes == row.axes, rows.allSatisfy({ $0.0.row.at == $0.1.at }) { return "as it is" }
    let from = held.row.axes.names
    let to = row.axes.names
    var steps: [String] = []
    if !held.row.at.isEmpty, row.at.isEmpty { steps.append("split") }
    if held.row.at.isEmpty, !row.at.isEmpty { steps.append("fuse") }
    if !row.stacked.isEmpty, held.row.stacked.isEmpty { steps.append("stack") }
    if row.stacked.isEmpty, !held.row.stacked.isEmpty { steps.append("take one layer") }
    let common = from.filter(to.contains)
    if common != to.filter(from.contains) { steps.append("transpose") }
    return steps.isEmpty ? "reshape" : steps.joined(separator: ", ")
  }
}
