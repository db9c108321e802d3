/// Which half of a model an input or an output belongs to.
public enum ModelSide: String, Sendable, Hashable {
  /// What reads a text whole; a model that is only an encoder has nothing else.
  case encoder
  /// What continues a text position by position; a model that is only a decoder has nothing else.
  case decoder
}

/// How the positions of tokens are counted unless the caller gives them.
public enum PositionRule: Sendable, Hashable {
  /// Every place counts, padding too: the first has the given number (0 in BERT and GPT-2; in BART, whose table begins
  /// with two rows that are not used, 2).
  case counted(from: Int)
  /// Only tokens count, the first has the given number (RoBERTa: the id of padding plus one). Padding is the token with
  /// the number before, which is also its position.
  case keptOnly(from: Int)

  /// The position of the first token.
  public var first: Int {
    switch self {
    case .counted(let first), .keptOnly(let first): first
    }
  }
}

/// What an input of a model is for: whoever draws, checks, counts or changes inputs asks this, never a name.
public enum InputRole: Sendable, Hashable {
  /// Ids of tokens.
  case tokens
  /// For each place on the axis of the tokens 1 if there is a token and 0 if there is padding. With a cache the input may
  /// cover earlier places too, so that its own axis is another.
  case mask(over: String)
  /// The position of each token.
  case positions(PositionRule)
  /// Which of several texts each token belongs to.
  case segments
  /// What the model should have said, as classes; only a loss reads it.
  case labels
  /// Numbers that describe what is judged, such as the columns of a table.
  case features
  /// What a recurrent model starts from.
  case state

  /// Whether the input holds real numbers rather than whole ones.
  public var isReal: Bool {
    switch self {
    case .features, .state: true
    case .tokens, .mask, .positions, .segments, .labels: false
    }
  }

  /// Whether the input says which places hold tokens.
  public var isMask: Bool { if case .mask = self { true } else { false } }

  /// The rule by which positions are counted, if that is what the input holds.
  public var positionRule: PositionRule? { if case .positions(let rule) = self { rule } else { nil } }
}

/// What an input holds if the caller does not give it.
public enum InputDefault: Sendable, Hashable {
  /// The caller must give it.
  case required
  /// Every element is the same number.
  case constant(Int)
  /// What the rule of its role gives.
  case positions
}

/// An input of a graph.
public struct GraphInput: Sendable {
  /// The name, as the reference library calls it: `input_ids`.
  public let name: String
  /// What it is for.
  public let role: InputRole
  /// Which half of the model it belongs to.
  public let side: ModelSide
  /// Its axes; those that no parameter has are the caller's, the first of them that of the sequences of a batch.
  public let axes: [String]
  /// What it holds if it is not given.
  public let fallback: InputDefault
  /// The axis of a parameter that its numbers index (`vocab`), or nil if it indexes none.
  public let bound: String?
}

/// What an output of a model is.
public enum OutputRole: Sendable, Hashable {
  /// Values of the body: hidden states, what a pooler makes of them.
  case states
  /// Scores of classes on the last axis, before the softmax.
  case logits
  /// Scores of the token that comes after each position.
  case nextToken
  /// How far the model is from its labels.
  case loss

  /// Whether the last axis holds scores that a softmax turns into probabilities.
  public var isScores: Bool { self == .logits || self == .nextToken }
}

/// A result of a graph: one value, or several of the same axes that are stacked on a new first axis.
public struct GraphOutput: Sendable {
  /// The name, as the reference library calls it: `logits`, `hidden_states`.
  public let name: String
  /// What it is.
  public let role: OutputRole
  /// Which half of the model it belongs to.
  public let side: ModelSide
  /// The value, or the layers of a stack.
  public let values: [Value]
  /// Whether the values are stacked; a single layer is a stack too.
  public let isStacked: Bool
}
