import TensorData

// A layout as text: what `tfconv layouts show` prints and `convert --map` reads. `LayoutTextReader` is the other direction.

extension Layout {
  /// The table as text, one line for each row, which `LayoutTextReader` reads back.
  ///
  /// ```
  /// layout gpt2.hf
  /// tied drop
  /// block.{block}.attention.q.weight = h.{block}.attn.c_attn.weight : embed (qkv heads head) at qkv=0
  ///   alias old.{block}.name
  /// ignore h.{block}.attn.bias holds lower_triangle because causal mask buffer
  /// ```
  ///
  /// - Parameter architecture: the architecture that the layout stores.
  /// - Returns: lines that end in a line break.
  public func text(_ architecture: any Architecture.Type) -> String {
    var lines = [
      "layout \(architecture.name).\(name)",
      "source \(source)",
      "config \(config.fileName)",
      "tied \(tied.rawValue)",
    ]
    if let prefixedBy {
      // Without the line a reader takes what the known layout of that name has.
      let known = architecture.layout(named: name).map { $0.prefixedBy } ?? []
      if !prefixedBy.isEmpty || known != [] {
        lines.append((["prefix with"] + prefixedBy.sorted()).joined(separator: " "))
      }
    } else {
      lines.append("prefix always")
    }
    lines += scopes.sorted { $0.key < $1.key }.map { "scope \($0.key) = \($0.value)" }
    lines.append("")
    for row in rows { lines += row.lines }
    if !accounted.isEmpty { lines.append("") }
    lines += accounted.map(\.line)
    return lines.joined(separator: "\n") + "\n"
  }
}

extension LayoutRow {
  fileprivate var lines: [String] {
    var line = "\(canonical) = \(names[0]) : \(axes)"
    for (axis, position) in at.sorted(by: { $0.key < $1.key }) { line += " at \(axis)=\(position)" }
    if let repeated { line += " repeated \(repeated)" }
    if let absence { line += " absent \(absence.setting)=\(absence.value)" }
    return [line] + names.dropFirst().map { "  alias \($0)" }
      + copies.map { copy in
        "  copy \(copy.isWritten ? "written " : "")\(copy.name)\(copy.part.map { " in \($0)" } ?? "")"
      }
  }
}

extension AccountedTensor {
  fileprivate var line: String {
    let place = extent == .whole ? "" : "\(extent.rawValue) "
    let form = written.map { " written \($0.dtype.rawValue) : \($0.axes)" } ?? ""
    return "ignore \(place)\(name) holds \(value.text)\(form) because \(reason)"
  }
}

extension KnownValue {
  /// The value as a layout's text names it.
  var text: String {
    switch self {
    case .range: "range"
    case .lowerTriangle: "lower_triangle"
    case .constant(let value): "constant=\(value)"
    case .anything: "anything"
    }
  }

  /// Reads such a name; nil if it is none.
  init?(text: String) {
    switch text {
    case "range": self = .range
    case "lower_triangle": self = .lowerTriangle
    case "anything": self = .anything
    default:
      guard text.hasPrefix("constant="), let value = Double(text.dropFirst(9)) else { return nil }
      self = .constant(value)
    }
  }
}
