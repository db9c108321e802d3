/// The activation functions that transformer configurations name.
///
/// One name can mean two functions: `gelu` is the error-function form in Hugging Face's BERT and the tanh form in
/// google-research/bert. The cases here are functions, not names.
public enum Activation: String, Sendable, Hashable, CaseIterable {
  /// max(x, 0).
  case relu
  /// x · Φ(x) with the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415).
  case geluErf = "gelu_erf"
  /// 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), the approximation of the same paper.
  case geluTanh = "gelu_tanh"
  /// The error-function form, cut off below -10 and above 10 (transformers, `ClippedGELUActivation`).
  case gelu10 = "gelu_10"
  /// x · σ(1.702 x), the other approximation of the same paper.
  case quickGelu = "quick_gelu"
  /// x · σ(x).
  case silu
  /// x · tanh(ln(1 + eˣ)) (Misra 2019, arXiv:1908.08681).
  case mish
  /// x · min(max(x + 3, 0), 6) / 6 (Howard and others 2019, arXiv:1905.02244).
  case hardSwish = "hard_swish"
  /// min(max(x, 0), 6).
  case relu6
  /// max(x, 0)² (So and others 2021, arXiv:2109.08668).
  case relu2
  /// x for positive x, 0.01 x for others: the slope that PyTorch takes unless it is told another.
  case leakyRelu = "leaky_relu"
  /// Hyperbolic tangent.
  case tanh
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// Φ((x − 0.707107) / 0.282095) (Ma and others 2022, arXiv:2209.10655).
  case laplace
  /// x itself.
  case linear

  /// The functions that stand in for each other where a conversion goes wrong: those that the same word means in different
  /// frameworks, and the usual ones.
  public static let usual: [Activation] = [.relu, .geluErf, .geluTanh, .quickGelu, .silu]
}

/// How the attention core masks, scales and remembers.
public struct AttentionOptions: Sendable, Hashable {
  /// The factor on the scores: 1/√head in BERT and GPT-2, 1 in T5.
  public var scale: Double
  /// Whether query i sees only the keys up to its own position.
  public var isCausal: Bool
  /// Whether input 3 is a mask over the keys, `[batch, keys]`, 1 for keep and 0 for hide.
  public var hasMask: Bool
  /// Whether the next input is a bias on the scores, `[heads, queries, keys]`.
  public var hasBias: Bool
  /// Whether keys and values of earlier calls are kept in a cache and seen again (decoding token by token).
  public var isCached: Bool

  /// Takes the five fields.
  public init(
    scale: Double, isCausal: Bool = false, hasMask: Bool = false, hasBias: Bool = false, isCached: Bool = false
  ) {
    self.scale = scale
    self.isCausal = isCausal
    self.hasMask = hasMask
    self.hasBias = hasBias
    self.isCached = isCached
  }
}

/// Every operation of the common graph.
///
/// The set is closed: a new case makes the compiler list what has to be extended (shapes, text, both backends).
/// Inputs and parameters of each case are in the order given here; axes are matched by name.
public enum Op: Sendable, Hashable {
  /// A value that the caller gives: token ids, masks, positions, labels. No inputs.
  case input
  /// Rows of a table: inputs ids `[…]`; parameters table `[rows, embed]`; gives `[…, embed]`.
  case embedding
  /// Sum over every axis that x shares with the weight: inputs x; parameters weight, and bias if there are two.
  /// The result has the remaining axes of x, then those of the weight; the bias has the latter.
  case linear
  /// The sum of two values of the same axes.
  case add
  /// The product, element by element, of two values of the same axes.
  case multiply
  /// Multiplication by a constant.
  case scale(Double)
  /// (x − mean) / √(variance + ε) · weight + bias over the last axis (Ba et al. 2016, arXiv:1607.06450).
  case layerNorm(epsilon: Double)
  /// x / √(mean of squares + ε) · weight over the last axis (Zhang and Sennrich 2019, arXiv:1910.07467).
  case rmsNorm(epsilon: Double)
  /// A function of each element.
  case activation(Activation)
  /// softmax(scale · q kᵀ + bias + mask) v (Vaswani et al. 2017, arXiv:1706.03762): inputs q
  /// `[batch, queries, heads, head]`, k and v `[batch, keys, heads, head]`, then mask and bias if the options say so.
  /// A query that may see no key at all weighs all alike, as adding a huge negative number to every score does.
  case attention(AttentionOptions)
  /// T5's bias by bucketed distance (Raffel et al. 2020, arXiv:1910.10683, section 2.1; `_relative_position_bucket` of
  /// mesh-tensorflow's transformer_layers.py): inputs any value with the axis of the queries; parameters table
  /// `[buckets, heads]`; gives `[heads, queries, keys]`. With a cache the queries are the last of the keys.
  case relativeBias(isBidirectional: Bool, maxDistance: Int)
  /// One position of one axis, which disappears.
  case select(axis: String, index: Int)
  /// The last position of each row that is no padding: inputs x `[batch, seq, …]` and ids `[batch, seq]`; the axis `seq`
  /// disappears. Without a padding id it is the last position; a row of padding alone gives its first.
  case last(padding: Int?)
  /// Mean of −log softmax(logits)[label] over the labels that are not −100: inputs logits `[…, classes]`, labels `[…]`;
  /// gives a scalar. Shifted: logits at position i are judged by label i + 1 (causal language models).
  case crossEntropy(isShifted: Bool)
}
