/// What became of every byte of the source.
public struct Ledger: Sendable {
  /// What became of a tensor.
  public enum Fate: String, Sendable, CaseIterable {
    /// It is one tensor of the output.
    case mapped
    /// It is spread over several tensors of the output.
    case split
    /// It is a part of a tensor of the output.
    case merged
    /// It repeats another tensor's values and is left out.
    case tied
    /// It holds a constant that files of the output's layout leave out.
    case constant
    /// The output's layout has no place for it, and the user allowed that.
    case lost
    /// No parameter needs it, and it is left out: a buffer, an optimiser slot.
    case buffer
    /// It has no place, and goes along under its own name because the user said so.
    case carried
    /// It has no place, and the user allowed that.
    case unmapped
  }

  /// One tensor of the source.
  public struct Entry: Sendable {
    /// Its name.
    public let name: String
    /// Its bytes.
    public let byteCount: Int
    /// What became of it.
    public let fate: Fate
    /// The tensors of the output that hold it, or why it is left out.
    public let detail: String
  }

  /// Every tensor of the source, in stored order.
  public let entries: [Entry]

  /// The number of tensors and bytes of one fate.
  public func total(_ fate: Fate) -> (tensors: Int, bytes: Int) {
    let found = entries.filter { $0.fate == fate }
    return (found.count, found.reduce(0) { $0 + $1.byteCount })
  }

  /// All bytes of the source; the sum over the fates is the same number.
  public var byteCount: Int { entries.reduce(0) { $0 + $1.byteCount } }
}
