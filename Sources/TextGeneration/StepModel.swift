/// The positions that one step of generation adds to every row.
public struct GenerationStep: Sendable, Hashable {
  /// The token ids, `[row][new position]`.
  public let ids: [[Int]]
  /// Whether later positions may see them, `[row][new position]`.
  public let mask: [[Bool]]
  /// The position ids, `[row][new position]`; models with relative positions do not need them.
  public let positions: [[Int]]

  /// Takes the three fields.
  public init(ids: [[Int]], mask: [[Bool]], positions: [[Int]]) {
    self.ids = ids
    self.mask = mask
    self.positions = positions
  }
}

/// A decoder that is run step by step and remembers the steps before.
///
/// An encoder-decoder has read the text for its encoder before the first step.
public protocol StepModel {
  /// Runs new positions.
  ///
  /// - Parameter step: the positions; every step has the same number of rows.
  /// - Returns: the logits of the token after the last position, `[row][vocabulary]`.
  /// - Throws: what running the model throws.
  mutating func logits(appending step: GenerationStep) throws -> [[Float]]
}
