import Architectures
import ModelConversion
import TensorData
import WeightFiles

/// The tables of `inspect`: modules with equal layers rolled up, and one row for each tensor.
struct InspectTables {
  /// How many rows the table of modules has unless a depth was asked for.
  static let rowLimit = 48

  private let report: InspectReport
  private let remarks: TensorRemarks

  init(_ report: InspectReport) {
    self.report = report
    remarks = TensorRemarks(report.summary)
  }

  private var items: ModelSummary.Items { report.summary.items }

  // MARK: The table of modules

  /// The table of modules, and whether rows were left out of it.
  ///
  /// - Parameter indent: what stands before a name for each level.
  /// - Returns: the table, and whether it was cut.
  func modules(indent: String) -> (table: TextTable, isShortened: Bool) {
    let items = items
    let isMapped = report.summary.mapped != nil
    let tree = ModuleTree(
      report.selected.map { index in
        let (info, parameters) = items.count(at: index)
        return ModuleTree.Leaf(
          name: info.name, dtype: info.dtype, shape: info.shape, parameterCount: parameters,
          byteCount: info.byteCount, remark: isMapped ? remarks.remark(on: items[index]) : "")
      })
    let order: ModuleTree.Order =
      switch report.sort {
      case "name": .name
      case "params": .parameters
      default: .given
      }
    let rows: [ModuleTree.Row]
    if let depth = report.depth {
      rows = tree.rows(depth < tree.depth ? .parts(depth) : .everyTensor, order: order)
    } else {
      rows = tree.rowsThatFit(InspectTables.rowLimit, order: order)
    }
    let isShortened = report.depth == nil && rows.count > InspectTables.rowLimit
    var table = TextTable([
      .init(title: "module"), .init(title: "params", alignment: .right), .init(title: "%", alignment: .right),
      .init(title: "bytes", alignment: .right), .init(title: "dtype"), .init(title: "shape"), .init(title: "note"),
    ])
    let total = report.summary.uniqueParameters
    for row in rows.prefix(isShortened ? InspectTables.rowLimit : rows.count) {
      table.append(cells(row, indent, of: total))
    }
    return (table, isShortened)
  }

  private func cells(_ row: ModuleTree.Row, _ indent: String, of total: Int) -> [String] {
    let times = row.count > 1 ? "\(row.count) x " : ""
    let counts = row.parameterCount > 0 || row.byteCount == 0
    return [
      String(repeating: indent, count: row.level) + (row.label.isEmpty ? "(no name)" : row.label),
      counts ? times + NumberText.grouped(row.parameterCount) : "-",
      counts ? NumberText.percent(row.count * row.parameterCount, of: total) : "-",
      times + NumberText.bytes(row.byteCount),
      row.dtypes.map(\.rawValue).joined(separator: ", "),
      row.shapes.map { "\($0)" }.joined(separator: " + "),
      row.remark,
    ]
  }

  // MARK: The tables of tensors

  /// One row for each tensor with everything that is known of it, for other programs.
  var flat: TextTable {
    let names = ["name", "dtype", "shape", "elements", "parameters", "bytes", "file", "offset", "stored_bytes"]
    let statistics = report.showsStatistics ? ["min", "max", "mean", "std", "zeros", "nan", "inf"] : []
    var table = TextTable((names + ["use", "maps_to"] + statistics).map { TextTable.Column(title: $0) })
    for index in report.selected {
      let (item, stored) = (items[index], items[index].stored)
      var cells = [
        stored.info.name, stored.info.dtype.rawValue, "\(stored.info.shape)", "\(stored.info.elementCount)",
        "\(item.parameterCount)", "\(stored.info.byteCount)", stored.path, "\(stored.byteOffset)",
        "\(stored.storedByteCount)", TensorRemarks.word(for: item.use),
        remarks.targets(of: item).joined(separator: " "),
      ]
      if report.showsStatistics { cells += self.cells(report.statistics[index]) { $0.description } }
      table.append(cells)
    }
    return table
  }

  /// One row for each tensor with its statistics, for people.
  var statistics: TextTable {
    var table = TextTable(
      [.init(title: "tensor"), .init(title: "dtype"), .init(title: "shape")]
        + ["min", "max", "mean", "std", "zeros", "NaN", "Inf"].map { .init(title: $0, alignment: .right) })
    for index in report.selected {
      let info = items[index].stored.info
      table.append(
        [info.name, info.dtype.rawValue, "\(info.shape)"]
          + cells(report.statistics[index]) { NumberText.short($0, digits: 4) })
    }
    return table
  }

  private func cells(_ found: TensorStatistics?, _ number: (Double) -> String) -> [String] {
    guard let found else { return Array(repeating: "", count: 7) }
    return [found.minimum, found.maximum, found.mean, found.standardDeviation].map { $0.map(number) ?? "" }
      + [found.zeros, found.nans, found.infinities].map { "\($0)" }
  }
}

/// What is said of each stored tensor beside its numbers.
struct TensorRemarks {
  private let ranks: [String: Int]
  private let tied: [String: [String]]

  init(_ summary: ModelSummary) {
    var ranks: [String: Int] = [:]
    for (rank, parameter) in (summary.mapped?.parameters ?? []).enumerated() { ranks[parameter.name] = rank }
    self.ranks = ranks
    tied = Dictionary(grouping: summary.ties, by: \.target).mapValues { $0.map(\.parameter) }
  }

  /// The kind of use in one word, for other programs.
  static func word(for use: TensorUse?) -> String {
    switch use {
    case .parameters: "parameter"
    case .copy: "copy"
    case .accounted: "buffer"
    case .carried: "carried"
    case .unmapped: "unmapped"
    case nil: "unknown"
    }
  }

  /// The canonical parameters that the tensor holds or repeats, in the order of the architecture.
  func targets(of item: ModelSummary.Item) -> [String] {
    switch item.use {
    case .parameters(let names): names.sorted { (ranks[$0] ?? 0, $0) < (ranks[$1] ?? 0, $1) }
    case .copy(let name): [name]
    default: []
    }
  }

  /// The remark for people; the same for the same tensor of every layer.
  func remark(on item: ModelSummary.Item) -> String {
    switch item.use {
    case .parameters:
      let names = targets(of: item)
      if names.count > 1 { return "fused " + TensorRemarks.differences(names).joined(separator: "|") }
      let others = names.flatMap { tied[$0] ?? [] }
      return others.isEmpty ? "" : "tied: also " + others.joined(separator: ", ")
    case .copy(let name): return "copy of \(name)"
    case .accounted(let reason): return reason
    case .carried: return "goes along under its own name"
    case .unmapped: return "no place in the layout"
    case nil: return ""
    }
  }

  /// The parts in which names differ: `q`, `k`, `v`.
  private static func differences(_ names: [String]) -> [String] {
    let parts = names.map { $0.split(separator: ".").map(String.init) }
    guard let first = parts.first, parts.allSatisfy({ $0.count == first.count }) else { return names }
    return parts.map { own in
      own.indices.filter { index in parts.contains { $0[index] != first[index] } }.map { own[$0] }
        .joined(separator: ".")
    }
  }
}
