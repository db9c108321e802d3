/// Continues token rows, one token per step, until each has ended or enough tokens are made.
///
/// The result is what transformers' `generate` returns without beams (`generation/utils.py`, `_sample`): the prompt with
/// its padding, then the new tokens. For an encoder-decoder the prompt is the decoder's: one start token per row.
public struct TextGenerator: Sendable, Hashable {
  /// The tokens that end a row; they are part of the result.
  public let endTokens: [Int]
  /// What fills a row that has ended before the others.
  public let padToken: Int
  /// The largest number of new tokens.
  public let maxNewTokens: Int
  /// How many positions the model has, nil if there is no limit.
  public let positionLimit: Int?

  /// Checks and takes the settings.
  ///
  /// - Parameters:
  ///   - maxNewTokens: at least 1.
  ///   - endTokens: may be empty; then every row gets `maxNewTokens` tokens.
  ///   - padToken: if nil, the first end token, as in transformers.
  ///   - positionLimit: how many positions the model has.
  /// - Throws: `setting` if `maxNewTokens` is less than 1.
  public init(
    maxNewTokens: Int, endTokens: [Int], padToken: Int? = nil, positionLimit: Int? = nil
  ) throws(GenerationError) {
    guard maxNewTokens >= 1 else {
      throw .setting(name: "the number of new tokens", value: "\(maxNewTokens)", expected: "at least 1")
    }
    self.maxNewTokens = maxNewTokens
    self.endTokens = endTokens
    // Without end tokens no row ends before another, so that nothing is ever filled.
    self.padToken = padToken ?? endTokens.first ?? 0
    self.positionLimit = positionLimit
  }

  /// Continues a prompt.
  ///
  /// - Parameters:
  ///   - prompt: rows that end with a token: a decoder's prompts are padded on the left.
  ///   - model: the model; it has run no step yet.
  ///   - sampler: chooses the tokens.
  /// - Returns: rows of one length: the prompt's ids and the new ones.
  /// - Throws: `GenerationError`, and what the model throws.
  public func generate(
    _ prompt: Prompt, with model: inout some StepModel, sampler: inout Sampler
  ) throws -> [[Int]] {
    try check(prompt)
    var rows = prompt.ids
    var isOpen = [Bool](repeating: true, count: prompt.count)
    var step = GenerationStep(ids: prompt.ids, mask: prompt.mask, positions: prompt.positions)
    for index in 0..<maxNewTokens {
      let logits = try model.logits(appending: step)
      guard logits.count == rows.count else {
        throw GenerationError.logits(problem: "\(rows.count) rows were given, but the model returned \(logits.count)")
      }
      for row in rows.indices {
        guard isOpen[row] else {
          rows[row].append(padToken)
          continue
        }
        let token = try sampler.token(logits[row], row: row)
        rows[row].append(token)
        if endTokens.contains(token) { isOpen[row] = false }
      }
      guard index + 1 < maxNewTokens, isOpen.contains(true) else { break }
      step = GenerationStep(
        ids: rows.map { Array($0.suffix(1)) }, mask: rows.map { _ in [true] },
        positions: step.positions.map { [($0.last ?? 0) + 1] })
    }
    return rows
  }

  private func check(_ prompt: Prompt) throws(GenerationError) {
    for (row, mask) in prompt.mask.enumerated() {
      guard mask.last == true else {
        throw .prompt(
          row: row, problem: "is padded at its end, where the new tokens go: pad it on the left")
      }
      let length = mask.count { $0 }
      if let positionLimit, length > positionLimit - (maxNewTokens - 1) {
        throw .tooLong(row: row, promptLength: length, newTokens: maxNewTokens, limit: positionLimit)
      }
    }
  }
}
