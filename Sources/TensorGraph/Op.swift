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
  case identity

  /// The functions that stand in for each other where a conversion goes wrong: those that the same word means in different
  /// frameworks, and the usual ones.
  public static let usual: [Activation] = [.relu, .geluErf, .geluTanh, .quickGelu, .silu]
}

/// Which keys a query sees, by their places.
public enum Visibility: Sendable, Hashable {
  /// All.
  case all
  /// Those up to its own place.
  case causal
  /// Those at most so many places before and after its own (Longformer, arXiv:2004.05150; with `after` 0 the sliding
  /// window of Mistral, arXiv:2310.06825).
  case window(before: Int, after: Int)
  /// Those in the same block of so many places.
  case blocks(of: Int)

  /// Whether a query sees a key.
  ///
  /// - Parameters:
  ///   - query: the place of the query.
  ///   - key: the place of the key.
  /// - Returns: whether it does, before masks and global tokens.
  public func sees(query: Int, key: Int) -> Bool {
    switch self {
    case .all: true
    case .causal: key <= query
    case .window(let before, let after): key >= query - before && key <= query + after
    case .blocks(let size): key / max(size, 1) == query / max(size, 1)
    }
  }
}

/// How the attention core masks, scales and remembers.
public struct AttentionOptions: Sendable, Hashable {
  /// The factor on the scores: 1/√head in BERT and GPT-2, 1 in T5.
  public var scale: Double
  /// Which keys a query sees; with a cache the queries are the last of the keys.
  public var visibility: Visibility
  /// Whether input 3 is a mask over the keys, `[batch, keys]`, 1 for keep and 0 for hide.
  public var hasMask: Bool
  /// Whether the next input marks global tokens, `[batch, keys]`, 1 for one that sees and is seen by all, wherever it is.
  public var hasGlobals: Bool
  /// Whether the next input is a bias on the scores, `[heads, queries, keys]` or `[batch, heads, queries, keys]`.
  public var hasBias: Bool
  /// Whether keys and values of earlier calls are kept in a cache and seen again (decoding token by token).
  public var isCached: Bool

  /// Takes the six fields.
  public init(
    scale: Double, visibility: Visibility = .all, hasMask: Bool = false, hasGlobals: Bool = false,
    hasBias: Bool = false, isCached: Bool = false
  ) {
    self.scale = scale
    self.visibility = visibility
    self.hasMask = hasMask
    self.hasGlobals = hasGlobals
    self.hasBias = hasBias
    self.isCached = isCached
  }
}

/// How a table of sine waves is laid out.
public struct SinusoidOptions: Sendable, Hashable {
  /// Whether sine and cosine of a frequency stand side by side; if not, all sines come before all cosines.
  public var isInterleaved: Bool
  /// Whether the slowest wave has a period of exactly 2π · 10,000, as in tensor2tensor; in the paper that introduced
  /// them (arXiv:1706.03762, section 3.5) it is a little less.
  public var reachesBase: Bool

  /// Takes both fields.
  public init(isInterleaved: Bool = false, reachesBase: Bool = false) {
    self.isInterleaved = isInterleaved
    self.reachesBase = reachesBase
  }
}

/// Every operation of the common graph.
///
/// The set is closed: a new case makes the compiler list what has to be extended: its traits and both backends.
/// Inputs and parameters of each case are in the order given here; axes are matched by name.
public enum Op: Sendable, Hashable {
  /// A value that the caller gives: token ids, masks, positions, labels. No inputs.
  case input
  /// Rows of a table: inputs ids `[…]`; parameters table `[rows, embed]`; gives `[…, embed]`.
  case embedding
  /// Sum over every axis that x shares with the weight: inputs x; parameters weight, and bias if there are two.
  /// The result has the remaining axes of x, then those of the weight; the bias has the latter.
  case linear
  /// The sum of two values; one that lacks axes of the other is the same all along them.
  case add
  /// The product, element by element, of two values; one that lacks axes of the other is the same all along them.
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
  /// `[batch, queries, heads, head]`, k and v `[batch, keys, heads, head]`, then mask, global tokens and bias if the options say so.
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
  /// The product of two values, summed over every axis that both have and the result has not: inputs a and b.
  case contract
  /// Values one behind the other along an axis of the result: two inputs or more, whose other axes are equal.
  case concat(axis: String)
  /// So many places of an axis from a first one on; the result's axis has another name.
  case slice(axis: String, from: Int, count: Int)
  /// exp(x) over its sum along the last axis: inputs x and, with a mask, which places count (1) or give 0; the mask may lack
  /// axes. Where no place counts, all weigh alike, as in attention.
  case softmax(hasMask: Bool)
  /// The places of an axis in reverse order: inputs x and, with a mask `[batch, axis]`, which places of each row count; as
  /// many of the first places as count are reversed, the rest stays.
  case reverse(axis: String, hasMask: Bool)
  /// The mean along an axis, which disappears: inputs x and, with a mask that may lack axes of x, which places count. The
  /// mean of none is 0.
  case mean(axis: String, hasMask: Bool)
  /// One of two values of the same axes, element by element: inputs which (not 0 for the first; it may lack axes of the
  /// others), then both.
  case choose
  /// Sine and cosine of positions at frequencies from 1 to about 1/10,000: inputs positions of any axes, whole or real; the
  /// result has one axis more, whose size the graph knows.
  case sinusoid(SinusoidOptions)
  /// Scores by distance turned into scores by key (Dai et al. 2019, arXiv:1901.02860, appendix B): inputs x
  /// `[…, queries, distances]`, whose columns are the distances from the number of keys downwards, to 1 − queries if
  /// keys ahead count (XLNet), or from one less to 0 if they do not; gives `[…, queries, keys]`, 0 for keys that have
  /// no distance. The queries are the last of the keys.
  case relativeShift(isBidirectional: Bool)
  /// The place of an axis at which a recurrence stands: inputs a value from outside; the axis disappears.
  case step(axis: String)
  /// A state of a recurrence: inputs its first value, from outside, and what each step makes of it, from inside.
  case carried
}
