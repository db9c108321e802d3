/// A comparison that cannot be made: what was expected and what was found.
public struct ParityError: Error, CustomStringConvertible {
  /// One sentence.
  public let description: String

  /// Takes the sentence.
  public init(_ description: String) { self.description = description }
}
