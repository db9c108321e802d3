import Architectures
import ModelConversion
import TensorData
import WeightFiles

/// The page that `inspect` prints: a head that says what the model is, and a table of what is in it.
struct InspectText {
  /// Columns of the lines behind the labels.
  private static let width = 84

  /// A label and the lines that belong to it.
  private typealias Field = (label: String, lines: [String])

  private let report: InspectReport
  private var summary: ModelSummary { report.summary }
  private var checkpoint: Checkpoint { report.summary.model.checkpoint }

  init(_ report: InspectReport) { self.report = report }

  /// The page for a terminal.
  var text: String {
    var text = ""
    for (label, lines) in fields(width: InspectText.width) {
      for (index, line) in lines.enumerated() {
        text += (index == 0 ? label : "").padded(to: 14) + line.escapingControlCharacters() + "\n"
      }
    }
    return text + "\n" + table(indent: "  ") { $0.text() }
  }

  /// The page as Markdown.
  var markdown: String {
    var table = TextTable([.init(title: ""), .init(title: summary.model.name)])
    for (label, lines) in fields(width: .max) {
      for (index, line) in lines.enumerated() { table.append([index == 0 ? label : "", line]) }
    }
    return table.markdown() + "\n" + self.table(indent: "\u{A0}\u{A0}") { $0.markdown() }
  }

  private func table(indent: String, _ format: (TextTable) -> String) -> String {
    let tables = InspectTables(report)
    if report.showsStatistics { return format(tables.statistics) }
    let (table, isShortened) = tables.modules(indent: indent)
    return format(table) + (isShortened ? "\nThe list is cut; --depth 100 or --format csv shows every tensor.\n" : "")
  }

  private func fields(width: Int) -> [Field] {
    var fields: [Field] = [("model", [model]), ("layout", layout)]
    if let mapped = summary.mapped { fields.append(("architecture", architecture(mapped, width: width))) }
    fields.append(("parameters", parameters))
    fields.append(("dtypes", [types]))
    fields += uses
    if !checkpoint.metadata.isEmpty { fields.append(("metadata", metadata)) }
    let notes = report.notes
    if !notes.isEmpty { fields.append(("notes", InspectText.limited(notes))) }
    if let problem = summary.problem { fields.append(("problem", lines(of: problem))) }
    fields.append(("checks", checks))
    if !report.filters.isEmpty {
      let shown = "\(report.selected.count) of \(summary.items.count) tensors match"
      fields.append(("filter", ["\(report.filters.joined(separator: ", ")): \(shown)"]))
    }
    return fields
  }

  // MARK: What it is

  private var model: String {
    let files = checkpoint.files.count
    var sizes = NumberText.bytes(summary.byteCount)
    if summary.isCompressed {
      sizes += " (\(NumberText.bytes(summary.storedByteCount)) compressed)"
    }
    return "\(summary.model.name)   \(checkpoint.format.name), \(files) file\(files == 1 ? "" : "s"), "
      + "\(NumberText.grouped(summary.items.count)) tensor\(summary.items.count == 1 ? "" : "s"), \(sizes)"
  }

  private var layout: [String] {
    let count = summary.items.count
    if let mapped = summary.mapped {
      let matched = summary.matchedNames
      let exact = matched == count ? "exact" : "\(count - matched) left over"
      let prefix = mapped.hasPrefix.map { $0 ? ", with the base model's prefix" : ", without prefix" } ?? ""
      return ["\(mapped.architecture.name).\(mapped.layout.name)   \(exact), \(matched)/\(count) names\(prefix)"]
    }
    if summary.isRecognised, let nearest = summary.nearest {
      let names = "\(nearest.name)   \(nearest.matched)/\(count) names"
      guard summary.problem == nil, let failure = summary.failure else { return ["\(names), but see problem"] }
      return ["\(names), but \(failure.message)"] + [failure.hint].compactMap { $0 }
    }
    var lines = ["not recognised" + (summary.failure.map { ": \($0.message)" } ?? "")]
    if let nearest = summary.nearest {
      if let failure = summary.failure, !failure.message.contains(nearest.name) {
        lines.append("nearest: \(nearest.name), \(nearest.matched)/\(count) names")
      }
      lines += nearest.unknown.prefix(3).map { "not in \(nearest.name): \($0)" }
    }
    return lines
  }

  private func architecture(_ mapped: MappedModel, width: Int) -> [String] {
    let parts = mapped.values.parts.sorted()
    var lines = [mapped.architecture.name + (parts.isEmpty ? "" : "   parts: \(parts.joined(separator: ", "))")]
    for (origin, values) in HyperparameterOrder.byOrigin(mapped.values) {
      let text = "\(origin): " + values.map { $0.joiningWords() }.joined(separator: " ")
      let wrapped = text.wrapped(width: width).map { $0.separatingWords() }
      lines += wrapped.enumerated().map { $0 == 0 ? $1 : "  " + $1 }
    }
    return lines
  }

  private var parameters: [String] {
    let unique = NumberText.grouped(summary.uniqueParameters)
    guard summary.mapped != nil else { return ["\(unique) elements in all tensors, whatever they are used for"] }
    guard !summary.ties.isEmpty else { return ["\(unique) unique, nothing is tied"] }
    let ties = Dictionary(grouping: summary.ties, by: \.target).sorted { $0.key < $1.key }
    return ["\(unique) unique   (\(NumberText.grouped(summary.parametersWithTies)) if tied ones are counted)"]
      + ties.map { target, ties in "tied: " + ([target] + ties.map(\.parameter)).joined(separator: " = ") }
  }

  private var types: String {
    let total = summary.byteCount
    return summary.types.map {
      "\($0.dtype.rawValue) \(NumberText.bytes($0.bytes)) (\(NumberText.percent($0.bytes, of: total)) %, "
        + "\(NumberText.grouped($0.tensors)) tensor\($0.tensors == 1 ? "" : "s"))"
    }.joined(separator: " · ")
  }

  // MARK: What else is in it

  /// Buffers, optimiser slots and further copies, by reason.
  private var uses: [Field] {
    guard summary.mapped != nil else { return [] }
    var reasons: [String] = []
    var groups: [String: (tensors: Int, bytes: Int, names: [String])] = [:]
    for item in summary.items {
      let reason: String
      switch item.use {
      case .accounted(let text): reason = text
      case .copy(let name): reason = "copy of \(name)"
      case .carried: reason = "goes along under its own name"
      case .unmapped: reason = "no place in the layout"
      case .parameters, nil: continue
      }
      if groups[reason] == nil { reasons.append(reason) }
      var group = groups[reason] ?? (0, 0, [])
      group.tensors += 1
      group.bytes += item.stored.info.byteCount
      let pattern = item.stored.info.name.starringNumbers()
      if !group.names.contains(pattern) { group.names.append(pattern) }
      groups[reason] = group
    }
    let lines = reasons.compactMap { reason in
      groups[reason].map { group in
        let more = group.names.count > 3 ? " and \(group.names.count - 3) more" : ""
        return "\(group.tensors) tensor\(group.tensors == 1 ? "" : "s"), \(NumberText.bytes(group.bytes)): \(reason) ("
          + group.names.prefix(3).joined(separator: ", ") + more + ")"
      }
    }
    return lines.isEmpty ? [] : [("others", lines)]
  }

  private var metadata: [String] {
    InspectText.limited(
      checkpoint.metadata.map { entry in
        let text = "\(entry.key) = \(entry.value)"
        return text.unicodeScalars.count <= InspectText.width
          ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(InspectText.width - 1))) + "…"
      })
  }

  private var checks: [String] {
    guard let check = report.check else {
      return ["header and sizes are sound; --check reads every byte"]
    }
    var lines: [String] = []
    let zeros = check.zeroTensors
    if !zeros.isEmpty {
      let names = zeros.prefix(3).joined(separator: ", ") + (zeros.count > 3 ? " and \(zeros.count - 3) more" : "")
      lines.append("all zero, which need not be wrong: \(zeros.count) tensor\(zeros.count == 1 ? "" : "s") (\(names))")
    }
    guard !check.defects.isEmpty else {
      let index = checkpoint.path.hasSuffix(".json") ? " · index and shards agree" : ""
      return ["passed: all \(check.readable) tensors can be read · no NaN, no infinity\(index)"] + lines
    }
    lines.insert(
      "FAILED: \(check.defects.count) defect\(check.defects.count == 1 ? "" : "s"), "
        + "\(check.readable) of \(summary.items.count) tensors can be read", at: 0)
    return lines + InspectText.limited(check.defects.map(\.text))
  }

  private func lines(of error: LayoutError) -> [String] {
    [error.message] + InspectText.limited(error.details).map { "  " + $0 }
  }

  private static func limited(_ lines: [String]) -> [String] {
    lines.count <= 12 ? lines : Array(lines.prefix(11)) + ["and \(lines.count - 11) more; --format json has all"]
  }
}

/// The order in which hyper-parameters are listed: sizes as people ask for them, then the rest by name.
enum HyperparameterOrder {
  private static let first = [
    "block", "encoder_block", "decoder_block", "embed", "heads", "head", "ff", "vocab", "positions", "token_types",
    "labels", "buckets", "max_distance", "activation", "layer_norm_epsilon",
  ]

  /// Every hyper-parameter with its name, in order.
  static func sorted(_ values: Hyperparameters?) -> [(name: String, entry: Hyperparameters.Entry)] {
    guard let values else { return [] }
    let rest = values.entries.keys.filter { !first.contains($0) }.sorted()
    return (first + rest).compactMap { name in values.entries[name].map { (name, $0) } }
  }

  /// The hyper-parameters grouped by where they came from: a file with its keys, shapes, defaults.
  static func byOrigin(_ values: Hyperparameters) -> [(origin: String, values: [String])] {
    var groups: [(origin: String, values: [String])] = []
    for (name, entry) in sorted(values) {
      var origin = entry.origin
      var text = "\(name) \(entry.value)"
      if let colon = origin.firstRange(of: ": ") {
        let detail = String(origin[colon.upperBound...])
        if detail != name { text += " (\(detail))" }
        origin = String(origin[..<colon.lowerBound])
      }
      if let index = groups.firstIndex(where: { $0.origin == origin }) {
        groups[index].values.append(text + ",")
      } else {
        groups.append((origin, [text + ","]))
      }
    }
    return groups.map { group in
      var values = group.values
      values[values.count - 1].removeLast()
      return (group.origin, values)
    }
  }
}

extension ModelSummary {
  /// How many stored names have a place in the layout.
  var matchedNames: Int {
    items.count { item in
      switch item.use {
      case .carried, .unmapped: false
      case .parameters, .copy, .accounted, nil: true
      }
    }
  }
}

extension String {
  /// The text with every run of digits made a star: `h.*.attn.bias`.
  fileprivate func starringNumbers() -> String {
    var result = ""
    for scalar in unicodeScalars {
      guard ("0"..."9").contains(scalar) else {
        result.unicodeScalars.append(scalar)
        continue
      }
      if result.last != "*" { result += "*" }
    }
    return result
  }

  /// The text as one word, which is not torn apart when lines are wrapped.
  fileprivate func joiningWords() -> String { split(separator: " ").joined(separator: "\u{A0}") }

  /// The text of `joiningWords` with plain spaces again.
  fileprivate func separatingWords() -> String { split(separator: "\u{A0}").joined(separator: " ") }
}
