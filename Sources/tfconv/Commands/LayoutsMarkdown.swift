import Architectures
import TensorData

/// Every layout as Markdown: the text of docs/LAYOUTS.md.
enum LayoutsMarkdown {
  /// The document.
  static var text: String {
    var lines = [
      "# Layouts", "",
      "Made from the tables in `Sources/Architectures` by `tfconv layouts --markdown`; a test keeps it current.", "",
      "A layout is the table of names and axis orders in which one framework stores one architecture. Axes are written",
      "outermost first; names in parentheses share one stored dimension; a number is an axis of that size. In names,",
      "`{block}` is an index, `[prefix.]` may be absent, `<model>` is any scope; `docs/ADDING-A-LAYOUT.md` has the rest.",
      "",
    ]
    for architecture in ArchitectureRegistry.all {
      for layout in architecture.layouts { lines += section(architecture, layout) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func section(_ architecture: any Architecture.Type, _ layout: Layout) -> [String] {
    let lost = layout.lost(architecture)
    var lines = [
      "## \(architecture.name).\(layout.name)", "",
      "Source: \(layout.source). Configuration: `\(layout.config.fileName)`.",
    ]
    lines.append("A tied head is \(tied(layout.tied)).")
    if !lost.isEmpty {
      lines.append(
        "There is no place for \(lost.map { "`\($0)`" }.joined(separator: ", ")): `--allow-lossy` leaves it out.")
    }
    lines += ["", "| parameter | stored as | axes | part |", "|---|---|---|---|"]
    for row in layout.rows {
      let names = row.names.map { "`\($0)`" }.joined(separator: ", or ")
      let copies = row.copies.map { ", \($0.isWritten ? "and" : "also") `\($0.name)`" }.joined()
      let part = row.at.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
      let repeated = row.repeated.map { "repeated over \($0)" } ?? ""
      let absence = row.absence.map { "\($0.value == 0 ? "0" : "\($0.value)") if left out, `\($0.setting)`" } ?? ""
      let remarks = [part + repeated, absence].filter { !$0.isEmpty }.joined(separator: "; ")
      lines.append("| `\(row.canonical)` | \(names)\(copies) | `\(row.axes)` | \(remarks) |")
    }
    for item in layout.accounted {
      let place = item.extent == .whole ? "" : "\(item.extent.rawValue) "
      lines.append("| - | \(place)`\(item.name)` | | \(item.reason) |")
    }
    return lines + [""]
  }

  private static func tied(_ policy: TiedPolicy) -> String {
    switch policy {
    case .keep: "stored if the source stored it"
    case .drop: "left out"
    case .materialize: "stored"
    }
  }
}
