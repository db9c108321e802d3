/// Why no text can be generated.
public enum GenerationError: Error, Hashable, CustomStringConvertible {
  /// A setting is outside its range.
  case setting(name: String, value: String, expected: String)
  /// A prompt is not a batch of rows that can be continued.
  case prompt(row: Int, problem: String)
  /// The model has no embedding for the last positions that would be read.
  case tooLong(row: Int, promptLength: Int, newTokens: Int, limit: Int)
  /// The model gave logits from which no token can be chosen.
  case logits(problem: String)
  /// The model is not one that generates, or not in this way.
  case model(String)
  /// A configuration file has a member of another kind than the format says.
  case configuration(key: String, expected: String, found: String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .setting(let name, let value, let expected): "\(name) is \(value); it must be \(expected)"
    case .prompt(let row, let problem): "row \(row) of the prompt \(problem)"
    case .tooLong(let row, let promptLength, let newTokens, let limit):
      "row \(row) of the prompt has \(promptLength) tokens; with \(newTokens) more it does not fit the \(limit) positions "
        + "of the model (the last token needs none): ask for fewer new tokens"
    case .logits(let problem): "no token can be chosen: \(problem)"
    case .model(let problem): "the model cannot generate text: \(problem)"
    case .configuration(let key, let expected, let found): "\(key) should be \(expected), but is \(found)"
    }
  }
}
