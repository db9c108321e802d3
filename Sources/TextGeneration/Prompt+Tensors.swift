public import TensorData

extension Prompt {
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
