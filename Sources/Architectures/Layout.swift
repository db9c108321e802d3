public import TensorData

/// How one layout stores one parameter: the names it goes by and the axes it has there.
public struct LayoutRow: Sendable {
  /// The canonical name of the parameter.
  public let canonical: NameTemplate
  /// The stored name; the first is the one that is written, the others are older spellings that are read.
  public let names: [NameTemplate]
  /// The stored axes.
  public let axes: Axes
  /// The position on stored axes that the parameter does not have: its part of a fused tensor.
  public let at: [String: Int]
  /// Names of further copies of the same values, which files may also store.
  public let copies: [NameTemplate]

  /// Makes a row of a layout table.
  ///
  /// - Parameters:
  ///   - canonical: the canonical name.
  ///   - name: the stored name.
  ///   - axes: the stored axes.
  ///   - at: the part of a fused tensor.
  ///   - aliases: older spellings.
  ///   - copies: further copies of the same values.
  public init(
    _ canonical: NameTemplate, _ name: NameTemplate, _ axes: Axes, at: [String: Int] = [:],
    aliases: [NameTemplate] = [], copies: [NameTemplate] = []
  ) {
    self.canonical = canonical
    self.names = [name] + aliases
    self.axes = axes
    self.at = at
    self.copies = copies
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
  /// The stored name; `*` at the front stands for any beginning.
  public let name: NameTemplate
  /// Whether only the end of the name is given.
  public let isSuffix: Bool
  /// What it is, for the ledger: "causal mask buffer".
  public let reason: String
  /// What it must hold.
  public let value: KnownValue

  /// A tensor whose whole name is known.
  public init(_ name: NameTemplate, _ reason: String, value: KnownValue) {
    self.name = name
    self.isSuffix = false
    self.reason = reason
    self.value = value
  }

  /// Every tensor whose name ends this way (optimiser slots).
  public init(suffix: NameTemplate, _ reason: String) {
    self.name = suffix
    self.isSuffix = true
    self.reason = reason
    self.value = .anything
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
  /// Parts of a model whose presence makes the optional prefix be written.
  public let prefixedBy: Set<String>

  /// Makes a layout.
  ///
  /// - Parameters:
  ///   - name: the name used on the command line.
  ///   - source: the code whose files look like this.
  ///   - config: how the hyper-parameters are written down.
  ///   - prefixedBy: parts whose presence makes the optional prefix be written.
  ///   - accounted: tensors that are recognised although no parameter needs them.
  ///   - rows: the table.
  public init(
    _ name: String, source: String, config: ConfigDialect, prefixedBy: Set<String> = [],
    accounted: [AccountedTensor] = [], rows: [LayoutRow]
  ) {
    self.name = name
    self.source = source
    self.rows = rows
    self.accounted = accounted
    self.config = config
    self.prefixedBy = prefixedBy
  }
}
