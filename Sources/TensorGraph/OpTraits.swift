/// A constant of an operation: what it is called, what it is, and what it is mistaken for.
public struct OpConstant: Sendable {
  /// What a constant decides.
  public enum Kind: Sendable, Hashable {
    /// A function of each element.
    case activation
    /// What keeps a norm from dividing by zero.
    case epsilon
    /// A factor on a value.
    case factor
    /// The factor on the scores of attention.
    case attentionScale
    /// Which keys a query sees.
    case visibility
    /// The distance from which relative positions share a bucket.
    case relativeDistance
    /// Whether relative positions know before from after.
    case relativeDirection
    /// Anything else; another value makes another model.
    case structure
  }

  /// The value of a constant.
  public enum Value: Sendable, Hashable {
    /// A real number.
    case number(Double)
    /// A whole number.
    case whole(Int)
    /// A name or a clause.
    case word(String)
  }

  /// The same operation with another value of the constant.
  public struct Alternative: Sendable {
    /// The other value, in words.
    public let words: String
    /// The operation.
    public let op: Op
  }

  /// What it decides.
  public let kind: Kind
  /// How it is written in the text of a graph: `epsilon=1e-05`; empty if nothing has to be said.
  public let text: String
  /// What it is called in a sentence: "the epsilon".
  public let noun: String
  /// Its value.
  public let value: Value
  /// Values that configurations give it, its own included; empty if no configuration does.
  public var usual: [Value] = []
  /// What converters and code have taken in its place.
  public var mistakes: [Alternative] = []
}

/// What everything but the two backends has to know of an operation.
public struct OpTraits: Sendable {
  /// What the first parameter of an operation is.
  public enum FirstParameter: Sendable {
    /// There is none.
    case none
    /// A weight: axes of the input are summed over.
    case weight
    /// The factor after a norm.
    case gain
    /// A table whose rows are embeddings.
    case embeddings
    /// A table whose rows are added to scores.
    case biases

    /// Whether it is a table of which rows are chosen.
    public var isTable: Bool { self == .embeddings || self == .biases }
  }

  /// The name of the operation, as the text of a graph has it.
  public let name: String
  /// Its constants.
  public var constants: [OpConstant] = []
  /// Whether the text of the constants says it all.
  public var isNamedByConstants = false
  /// What its first parameter is; a second one is added to the result.
  public var firstParameter = FirstParameter.none
  /// Which inputs are multiplied with each other to scores, of which a softmax is taken.
  public var scoredInputs: [Int] = []
  /// Whether a run step by step keeps what this operation saw in earlier steps.
  public var remembersSteps = false

  /// The operation and its constants as text.
  public var text: String {
    let words = (isNamedByConstants ? [] : [name]) + constants.map(\.text)
    return words.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The constant of that kind, or nil.
  public func constant(_ kind: OpConstant.Kind) -> OpConstant? { constants.first { $0.kind == kind } }
}

extension Op {
  /// The traits, where the size of an attention head does not matter.
  public var traits: OpTraits { traits(headSize: 1) }

  /// What everything but the two backends has to know of the operation.
  ///
  /// - Parameter headSize: the size of an attention head, which its scale is mistaken by.
  /// - Returns: the traits.
  public func traits(headSize: Int) -> OpTraits {
    switch self {
    case .input: OpTraits(name: "input")
    case .embedding: OpTraits(name: "embedding", firstParameter: .embeddings)
    case .linear: OpTraits(name: "linear", firstParameter: .weight)
    case .add: OpTraits(name: "add")
    case .multiply: OpTraits(name: "multiply")
    case .scale(let factor):
      OpTraits(
        name: "scale",
        constants: [
          OpConstant(
            kind: .factor, text: "\(factor)", noun: "the factor", value: .number(factor),
            mistakes: [.init(words: "left out", op: .scale(1))])
        ])
    case .layerNorm(let epsilon):
      OpTraits(name: "layer_norm", constants: [.epsilon(epsilon) { .layerNorm(epsilon: $0) }], firstParameter: .gain)
    case .rmsNorm(let epsilon):
      OpTraits(name: "rms_norm", constants: [.epsilon(epsilon) { .rmsNorm(epsilon: $0) }], firstParameter: .gain)
    case .activation(let function):
      OpTraits(name: "activation", constants: [.activation(function)], isNamedByConstants: true)
    case .attention(let options):
      OpTraits(
        name: "attention", constants: options.constants(headSize: headSize), scoredInputs: [0, 1],
        remembersSteps: options.isCached)
    case .relativeBias(let isBidirectional, let maxDistance):
      OpTraits(
        name: "relative_bias",
        constants: [
          OpConstant(
            kind: .relativeDistance, text: "max_distance=\(maxDistance)", noun: "relative buckets up to the distance",
            value: .whole(maxDistance), usual: [16, 20, 32, 64, 128, 256].map { .whole($0) },
            mistakes: [2 * maxDistance, (maxDistance + 1) / 2].map {
              .init(words: "\($0)", op: .relativeBias(isBidirectional: isBidirectional, maxDistance: $0))
            }),
          OpConstant(
            kind: .relativeDirection, text: isBidirectional ? "bidirectional" : "", noun: "relative buckets",
            value: .word(isBidirectional ? "for both directions" : "for the past alone"),
            mistakes: [
              .init(
                words: "relative buckets for \(isBidirectional ? "the past alone" : "both directions")",
                op: .relativeBias(isBidirectional: !isBidirectional, maxDistance: maxDistance))
            ]),
        ], firstParameter: .biases)
    case .select(let axis, let index): OpTraits(name: "select", constants: [.structure("\(axis)=\(index)")])
    case .last(let padding):
      OpTraits(name: "last", constants: [.structure(padding.map { "padding=\($0)" } ?? "")])
    case .crossEntropy(let isShifted):
      OpTraits(name: "cross_entropy", constants: [.structure(isShifted ? "shifted" : "")])
    case .contract: OpTraits(name: "contract")
    case .concat(let axis): OpTraits(name: "concat", constants: [.structure(axis)])
    case .slice(let axis, let first, let count):
      OpTraits(name: "slice", constants: [.structure("\(axis)=\(first)..<\(first + count)")])
    case .softmax(let hasMask): OpTraits(name: "softmax", constants: [.structure(hasMask ? "masked" : "")])
    case .reverse(let axis, let hasMask):
      OpTraits(name: "reverse", constants: [.structure(axis), .structure(hasMask ? "masked" : "")])
    case .mean(let axis, let hasMask):
      OpTraits(name: "mean", constants: [.structure(axis), .structure(hasMask ? "masked" : "")])
    case .choose: OpTraits(name: "where")
    case .sinusoid(let options):
      OpTraits(
        name: "sinusoid",
        constants: [
          .structure(options.isInterleaved ? "interleaved" : ""), .structure(options.reachesBase ? "to_base" : ""),
        ])
    case .relativeShift(let isBidirectional):
      OpTraits(name: "relative_shift", constants: [.structure(isBidirectional ? "bidirectional" : "")])
    case .step(let axis): OpTraits(name: "step", constants: [.structure(axis)])
    case .carried: OpTraits(name: "carried", remembersSteps: true)
    }
  }
}

extension OpConstant {
  /// A constant that no configuration is known to get wrong.
  static func structure(_ text: String) -> OpConstant {
    OpConstant(kind: .structure, text: text, noun: "the option", value: .word(text.isEmpty ? "none" : text))
  }

  static func epsilon(_ value: Double, _ op: (Double) -> Op) -> OpConstant {
    OpConstant(
      kind: .epsilon, text: "epsilon=\(value)", noun: "the epsilon", value: .number(value),
      usual: [1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3].map { .number($0) },
      mistakes: [1e-12, 1e-6, 1e-5].filter { $0 != value }.map { .init(words: "\($0)", op: op($0)) })
  }

  static func activation(_ function: Activation) -> OpConstant {
    OpConstant(
      kind: .activation, text: function.rawValue, noun: "the activation", value: .word(function.rawValue),
      usual: Activation.allCases.map { .word($0.rawValue) },
      mistakes: Activation.usual.filter { $0 != function }.map {
        .init(words: $0.rawValue, op: .activation($0))
      })
  }
}

extension Visibility {
  /// How it is written in the text of a graph; nothing for all keys.
  fileprivate var text: String {
    switch self {
    case .all: ""
    case .causal: "causal"
    case .window(let before, let after): "window=\(before)+\(after)"
    case .blocks(let size): "blocks=\(size)"
    }
  }

  /// What it is mistaken for.
  fileprivate var mistake: (words: String, visibility: Visibility) {
    switch self {
    case .all: ("it were causal", .causal)
    case .causal: ("it saw later positions", .all)
    case .window(let before, let after):
      ("it saw one position further back", .window(before: before + 1, after: after))
    case .blocks: ("it saw all blocks", .all)
    }
  }
}

extension AttentionOptions {
  fileprivate func constants(headSize: Int) -> [OpConstant] {
    func with(_ change: (inout AttentionOptions) -> Void) -> Op {
      var options = self
      change(&options)
      return .attention(options)
    }
    let root = Double(headSize).squareRoot()
    return [
      OpConstant(
        kind: .attentionScale, text: "scale=\(scale)", noun: "attention scores scaled by", value: .number(scale),
        mistakes: headSize == 1
          ? []
          : [
            .init(words: "times the square root of the head size", op: with { $0.scale *= root }),
            .init(words: "divided by the square root of the head size", op: with { $0.scale /= root }),
          ]),
      OpConstant(
        kind: .visibility,
        text: [visibility.text, hasMask ? "masked" : ""].filter { !$0.isEmpty }.joined(separator: " "),
        noun: "the mask",
        value: .word(
          [visibility.text, hasMask ? "over the keys" : ""].filter { !$0.isEmpty }.joined(separator: " and ")),
        mistakes: [.init(words: visibility.mistake.words, op: with { $0.visibility = visibility.mistake.visibility })]),
      .structure(hasGlobals ? "global" : ""), .structure(hasBias ? "biased" : ""), .structure(isCached ? "cached" : ""),
    ]
  }
}
