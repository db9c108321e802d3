public import TensorData

/// How one layout stores one parameter: the names it goes by and the axes it has there.
public final class LayoutRow: Sendable {
  /// The canonical name of the parameter.
  public let canonical: NameTemplate
  /// The stored name; the first is the one that is written, the others are older spellings that are read.
  public let names: [NameTemplate]
  /// The stored axes.
  public let axes: Axes
  /// The position on stored axes that the parameter does not have: its part of a fused tensor.
  public let at: [String: Int]
  /// The axis over which the layout repeats the parameter, in its axes or in its name, or nil.
  public let repeated: String?
  /// The axes of the canonical name that stand in the stored axes: those of a stacked layout.
  public let stacked: [String]
  /// Further copies of the same values, which files may also store.
  public let copies: [LayoutCopy]
  /// What the parameter holds where the layout's files leave it out, or nil if they never do.
  public let absence: Absence?

  /// Makes a row of a layout table.
  ///
  /// - Parameters:
  ///   - canonical: the canonical name.
  ///   - name: the stored name.
  ///   - axes: the stored axes.
  ///   - at: the part of a fused tensor.
  ///   - repeated: the axis over which the layout repeats the parameter.
  ///   - aliases: older spellings.
  ///   - copies: further copies of the same values.
  ///   - absence: what the parameter holds where files leave it out.
  public init(
    _ canonical: NameTemplate, _ name: NameTemplate, _ axes: Axes, at: [String: Int] = [:],
    repeated: String? = nil, aliases: [NameTemplate] = [], copies: [LayoutCopy] = [], absence: Absence? = nil
  ) {
    self.absence = absence
    self.canonical = canonical
    self.names = [name] + aliases
    self.axes = axes
    self.at = at
    self.repeated = repeated
    self.copies = copies
    let inName = name.holes
    stacked = canonical.holes.filter { !inName.contains($0) && axes.names.contains($0) }
  }
}

/// A further copy of a parameter's values in the same file.
public struct LayoutCopy: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The stored name.
  public let name: NameTemplate
  /// Whether the layout's own files always have it; otherwise it is only read.
  public let isWritten: Bool
  /// The part of the model whose files have it, or nil for all.
  public let part: String?

  /// A copy that is read, but not written.
  public init(stringLiteral text: String) {
    name = NameTemplate(stringLiteral: text)
    isWritten = false
    part = nil
  }

  /// A copy that is always written.
  ///
  /// - Parameters:
  ///   - name: the stored name.
  ///   - part: the part of the model whose files have it.
  public init(written name: NameTemplate, part: String? = nil) {
    self.name = name
    self.isWritten = true
    self.part = part
  }
}

/// What a tensor without a parameter must hold, where that is known.
public enum KnownValue: Sendable, Hashable {
  /// 0, 1, 2 …, in any shape.
  case range
  /// A lower triangle of ones over the last two axes.
  case lowerTriangle
  /// One number.
  case constant(Double)
  /// Anything: the tensor is never used.
  case anything
}

/// A stored tensor that no parameter needs: a buffer, an optimiser slot, a leftover.
public struct AccountedTensor: Sendable {
  /// How much of the name is given.
  public enum Extent: String, Sendable {
    /// All of it.
    case whole
    /// Its beginning.
    case beginning
    /// Its end.
    case ending
  }

  /// The stored name, or the part of it that is given.
  public let name: NameTemplate
  /// How much of the name is given.
  public let extent: Extent
  /// What it is, for the ledger: "causal mask buffer".
  public let reason: String
  /// What it must hold.
  public let value: KnownValue
  /// The element type and axes with which the layout's own files have it, or nil if they can do without.
  public let written: (dtype: DType, axes: Axes)?

  /// A tensor whose whole name is known.
  ///
  /// - Parameters:
  ///   - name: the stored name.
  ///   - reason: what it is.
  ///   - value: what it must hold.
  ///   - written: the element type and axes with which it is always written.
  public init(
    _ name: NameTemplate, _ reason: String, value: KnownValue, written: (dtype: DType, axes: Axes)? = nil
  ) {
    self.name = name
    self.extent = .whole
    self.reason = reason
    self.value = value
    self.written = written
  }

  /// Every tensor whose name ends this way (optimiser slots).
  public init(suffix: NameTemplate, _ reason: String) {
    self.init(part: suffix, .ending, reason)
  }

  /// Every tensor whose name begins this way (optimiser state).
  public init(prefix: NameTemplate, _ reason: String) {
    self.init(part: prefix, .beginning, reason)
  }

  private init(part: NameTemplate, _ extent: Extent, _ reason: String) {
    name = part
    self.extent = extent
    self.reason = reason
    value = .anything
    written = nil
  }
}

/// A layout: the table of names and axis orders in which one framework stores one architecture.
public struct Layout: Sendable {
  /// The name used on the command line: `hf`.
  public let name: String
  /// The code whose files look like this, for people.
  public let source: String
  /// The rows.
  public let rows: [LayoutRow]
  /// Tensors that are recognised although no parameter needs them.
  public let accounted: [AccountedTensor]
  /// How the hyper-parameters are written down.
  public let config: ConfigDialect
  /// Parts of a model whose presence makes the optional prefix be written; nil if it always is.
  public let prefixedBy: Set<String>?
  /// What is written for `<model>` in names, by the model's task.
  public let scopes: [String: String]
  /// What the layout's own loader expects of a tied head.
  public let tied: TiedPolicy

  /// Makes a layout.
  ///
  /// - Parameters:
  ///   - name: the name used on the command line.
  ///   - source: the code whose files look like this.
  ///   - config: how the hyper-parameters are written down.
  ///   - prefixedBy: parts whose presence makes the optional prefix be written; nil if it always is.
  ///   - scopes: what is written for `<model>`, by task.
  ///   - tied: what the loader expects of a tied head.
  ///   - accounted: tensors that are recognised although no parameter needs them.
  ///   - rows: the table.
  public init(
    _ name: String, source: String, config: ConfigDialect, prefixedBy: Set<String>? = [],
    scopes: [String: String] = [:], tied: TiedPolicy = .drop, accounted: [AccountedTensor] = [], rows: [LayoutRow]
  ) {
    self.name = name
    self.source = source
    self.rows = rows
    self.accounted = accounted
    self.config = config
    self.prefixedBy = prefixedBy
    self.scopes = scopes
    self.tied = tied
  }

  /// Whether files of this layout have a place for a parameter.
  ///
  /// - Parameter canonical: its canonical name, without indices.
  /// - Returns: whether there is a row for it.
  public func holds(_ canonical: NameTemplate) -> Bool { rows.contains { $0.canonical == canonical } }

  /// Whether names of a model with these parts begin with the optional prefix.
  public func hasPrefix(_ parts: Set<String>) -> Bool { prefixedBy.map { !parts.isDisjoint(with: $0) } ?? true }
}
