/// A model cannot be mapped: what is wrong, item by item, and what to do.
public struct LayoutError: Error, CustomStringConvertible {
  /// What kind of failure it is; the command line turns it into an exit code.
  public enum Kind: Sendable {
    /// The file and its configuration contradict each other: invalid input.
    case contradiction
    /// Tensors have no place, or places have no tensor; the architecture or layout is unknown or ambiguous.
    case unmapped
    /// A hyper-parameter is needed and nothing gives it.
    case missingHyperparameter
    /// The target layout cannot say what the source says.
    case notRepresentable
  }

  /// The kind of failure.
  public var kind: Kind
  /// One sentence.
  public var message: String
  /// The items, a line each.
  public var details: [String]
  /// What to do, or nil.
  public var hint: String?

  /// Takes the four fields.
  public init(_ kind: Kind, _ message: String, details: [String] = [], hint: String? = nil) {
    self.kind = kind
    self.message = message
    self.details = details
    self.hint = hint
  }

  /// The sentence, the items and the advice.
  public var description: String {
    ([message] + details.map { "  " + $0 } + [hint].compactMap { $0 }).joined(separator: "\n")
  }
}
