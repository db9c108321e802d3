/// A batch of token rows of one length, with a mark on each position whether it holds a token or padding.
public struct Prompt: Sendable, Hashable {
  /// The token ids, `[row][position]`.
  public let ids: [[Int]]
  /// Whether the position counts, `[row][position]`: the attention mask.
  public let mask: [[Bool]]

  /// Takes rows as they are.
  ///
  /// - Parameters:
  ///   - ids: rows of one length.
  ///   - mask: as many marks; nil if every position counts.
  /// - Throws: `prompt` if there is no row, lengths differ, or a row has no position that counts.
  public init(ids: [[Int]], mask: [[Bool]]? = nil) throws(GenerationError) {
    let mask = mask ?? ids.map { $0.map { _ in true } }
    guard let length = ids.first?.count else { throw .prompt(row: 0, problem: "is missing: there are no rows") }
    guard mask.count == ids.count else {
      throw .prompt(row: min(mask.count, ids.count), problem: "has no mask: \(ids.count) rows, \(mask.count) masks")
    }
    for (row, (tokens, marks)) in zip(ids, mask).enumerated() {
      guard tokens.count == length else {
        throw .prompt(row: row, problem: "has \(tokens.count) tokens where row 0 has \(length): pad the shorter rows")
      }
      guard marks.count == length else {
        throw .prompt(row: row, problem: "has \(length) tokens, but a mask of \(marks.count)")
      }
      guard marks.contains(true) else { throw .prompt(row: row, problem: "holds no token") }
    }
    self.ids = ids
    self.mask = mask
  }

  /// Pads rows of different lengths on the left, as a decoder needs them.
  ///
  /// - Parameters:
  ///   - rows: the rows, none of them empty.
  ///   - pad: the id at padded positions; the model does not see it.
  /// - Throws: `prompt` if there is no row, or one is empty.
  public init(leftPadding rows: [[Int]], with pad: Int) throws(GenerationError) {
    let length = rows.map(\.count).max() ?? 0
    try self.init(
      ids: rows.map { [Int](repeating: pad, count: length - $0.count) + $0 },
      mask: rows.map { row in (0..<length).map { $0 >= length - row.count } })
  }

  /// How many rows there are.
  public var count: Int { ids.count }

  /// The position of each token among those of its row that count, and 0 at padding.
  ///
  /// Source: transformers, `generation/utils.py`, `_prepare_position_ids_for_generation`.
  public var positions: [[Int]] {
    mask.map { row in
      var next = 0
      return row.map { isToken in
        guard isToken else { return 0 }
        next += 1
        return next - 1
      }
    }
  }
}
