public import Architectures

/// One kind of model that a probe makes: its sizes, its head, its switches.
///
/// The sizes of one model are pairwise different and, where the architecture leaves the choice, pairwise coprime, so that
/// no transposition, exchange or merge of axes can go unnoticed because two sizes happen to agree: heads 5, head size 7,
/// feed-forward 41, vocabulary 97, positions 29. In BERT and GPT-2 the width must be heads times head size, 35; in T5 it
/// is free, 37. One variant of each has eleven blocks, so that an order by text (1, 10, 2) shows.
public struct ProbeVariant: Sendable {
  /// What sets it apart: "masked language model".
  public let name: String
  /// The architecture.
  public let architecture: any Architecture.Type
  /// The complete hyper-parameters.
  public let values: Hyperparameters

  /// Every variant of an architecture, most telling first.
  ///
  /// - Parameter architecture: the architecture.
  /// - Returns: the variants.
  /// - Throws: `ParityError` if no variants of it have been written down.
  public static func all(of architecture: any Architecture.Type) throws -> [ProbeVariant] {
    guard let rows = tables[architecture.name] else {
      throw ParityError("no synthetic models of \(architecture.name) have been described, so it cannot be probed")
    }
    return try rows.map { row in
      var values = Hyperparameters()
      for (name, value) in row.values { values.set(name, value, origin: origin) }
      values.parts = row.parts
      try architecture.complete(&values)
      architecture.applyDefaults(&values)
      return ProbeVariant(name: row.name, architecture: architecture, values: values)
    }
  }

  private struct Row {
    let name: String
    let parts: Set<String>
    let values: [String: Hyperparameter]

    init(
      _ name: String, _ parts: Set<String> = [], _ common: [String: Hyperparameter], _ own: [String: Hyperparameter]
    ) {
      self.name = name
      self.parts = parts
      values = common.merging(own) { $1 }
    }
  }

  /// The origin of the values that a variant states, as opposed to those that follow from them.
  static let origin = "probe"

  private static let tables: [String: [Row]] = ["bert": bert, "gpt2": gpt2, "t5": t5]

  private static let bertSizes: [String: Hyperparameter] = [
    "vocab": 97, "embed": 35, "heads": 5, "ff": 41, "positions": 29, "token_types": 19, "block": 3,
    "activation": "gelu_erf", "layer_norm_epsilon": 1e-12, "tied_head": true,
  ]

  private static let bert = [
    Row("pre-training", ["pooler", "mlm", "nsp"], bertSizes, ["block": 11, "task": "pretraining"]),
    Row("masked language model", ["mlm"], bertSizes, ["task": "masked_lm", "activation": "gelu_tanh"]),
    Row("next sentence", ["pooler", "nsp"], bertSizes, ["task": "next_sentence"]),
    Row("text classes", ["pooler", "classifier"], bertSizes, ["labels": 17, "task": "sequence_classification"]),
    Row(
      "token classes", ["classifier"], bertSizes,
      ["labels": 17, "task": "token_classification", "activation": "relu", "layer_norm_epsilon": 1e-5]),
    Row("question answering", ["qa"], bertSizes, ["task": "question_answering"]),
    Row("base with pooler", ["pooler"], bertSizes, ["task": "base"]),
    Row("base", [], bertSizes, ["task": "base"]),
  ]

  private static let gpt2Sizes: [String: Hyperparameter] = [
    "vocab": 97, "embed": 35, "heads": 5, "ff": 41, "positions": 29, "block": 4, "activation": "gelu_tanh",
    "layer_norm_epsilon": 1e-5, "scale_attn_weights": true, "scale_attn_by_inverse_layer_idx": false,
    "tied_head": true, "task": "lm",
  ]

  private static let gpt2 = [
    Row("tied head", [], gpt2Sizes, ["block": 11]),
    Row("untied head", [], gpt2Sizes, ["tied_head": false]),
    Row("other scores", [], gpt2Sizes, ["scale_attn_by_inverse_layer_idx": true, "layer_norm_epsilon": 1e-6]),
    Row("unscaled scores", [], gpt2Sizes, ["scale_attn_weights": false, "activation": "gelu_erf"]),
    Row(
      "text classes", ["score"], gpt2Sizes, ["labels": 17, "pad_token_id": 3, "task": "sequence_classification"]),
    Row("base", [], gpt2Sizes, ["task": "base"]),
  ]

  private static let t5Sizes: [String: Hyperparameter] = [
    "vocab": 97, "embed": 37, "heads": 5, "head": 7, "ff": 41, "buckets": 16, "max_distance": 23,
    "encoder_block": 3, "decoder_block": 13, "activation": "relu", "layer_norm_epsilon": 1e-6, "tied_head": true,
    "task": "lm",
  ]

  private static let t5 = [
    Row("1.0", ["ungated", "decoder"], t5Sizes, ["encoder_block": 11, "decoder_block": 3]),
    Row("1.1", ["gated", "decoder"], t5Sizes, ["activation": "gelu_tanh", "tied_head": false]),
    Row(
      "gated by silu", ["gated", "decoder"], t5Sizes, ["activation": "silu", "encoder_block": 1, "decoder_block": 3]),
    Row("base", ["gated", "decoder"], t5Sizes, ["activation": "gelu_tanh", "decoder_block": 1, "task": "base"]),
    Row("encoder", ["ungated"], t5Sizes, ["task": "encoder"]),
    Row(
      "a bias in every layer", ["gated", "decoder", "layer_bias"], t5Sizes,
      ["activation": "gelu_tanh", "decoder_block": 11, "tied_head": false]),
  ]
}

extension Hyperparameter: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral
{
  /// A whole number.
  public init(integerLiteral value: Int) { self = .int(value) }
  /// A real number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A yes or no.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A name.
  public init(stringLiteral value: String) { self = .string(value) }
}
