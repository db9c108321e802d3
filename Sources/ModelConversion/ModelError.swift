/// A model cannot be opened, planned or written for a reason that lies in neither one file nor one layout.
public struct ModelError: Error, CustomStringConvertible {
  /// What kind of failure it is; the command line turns it into an exit code.
  public enum Kind: Sendable {
    /// The input is no valid model.
    case invalid
    /// The conversion that was asked for does not exist.
    case cannotConvert
    /// A cast would make finite values infinite.
    case outOfRange
    /// Files cannot be read or written.
    case io
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
