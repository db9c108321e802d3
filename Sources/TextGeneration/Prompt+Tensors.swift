public import TensorData

extension Prompt {
  /// Takes rows out of tensors, as files of inputs hold them, and finds the padding as `generate` of transformers does.
  ///
  /// Without a mask, padding tokens are padding, unless the padding token ends rows too
  /// (`generation/utils.py`, `_prepare_attention_mask_for_generation`).
  ///
  /// - Parameters:
  ///   - ids: token ids, `[rows, length]`, of any type that holds whole numbers.
  ///   - mask: as many numbers, 0 at padding; nil if none was given.
  ///   - tokens: the model's special tokens.
  /// - Throws: `prompt` if a number is no token id or the rows are no batch, `CastError` if the elements are no numbers.
  public init(ids: Tensor, mask: Tensor?, tokens: GenerationTokens) throws {
    guard mask == nil, let pad = tokens.padToken, !tokens.endTokens.contains(pad) else {
      try self.init(ids: ids, mask: mask)
      return
    }
    let rows = try Prompt.rows(of: ids)
    try self.init(ids: rows, mask: rows.map { $0.map { $0 != pad } })
  }

  /// Takes rows out of tensors, as files of inputs hold them.
  ///
  /// - Parameters:
  ///   - ids: token ids, `[rows, length]`, of any type that holds whole numbers.
  ///   - mask: as many numbers, 0 at padding; nil if every position counts.
  /// - Throws: `prompt` if a number is no token id or the rows are no batch, `CastError` if the elements are no numbers.
  public init(ids: Tensor, mask: Tensor?) throws {
    let marks = try mask.map { try Prompt.rows(of: $0).map { row in row.map { $0 != 0 } } }
    try self.init(ids: Prompt.rows(of: ids), mask: marks)
  }

  /// The numbers of a tensor, row by row; its last axis is the row.
  ///
  /// - Parameter tensor: whole numbers of any type.
  /// - Returns: a row for each position on the other axes; none if the tensor is empty.
  /// - Throws: `prompt` if a number is not whole, `CastError` if the elements are no numbers.
  public static func rows(of tensor: Tensor) throws -> [[Int]] {
    let width = max(tensor.shape.last ?? 1, 1)
    let numbers = try tensor.doubles()
    return try stride(from: 0, to: numbers.count, by: width).map { start in
      try numbers[start..<(start + width)].map { number in
        guard let id = Int(exactly: number) else {
          throw GenerationError.prompt(row: start / width, problem: "holds \(number), which is no token id")
        }
        return id
      }
    }
  }
}
