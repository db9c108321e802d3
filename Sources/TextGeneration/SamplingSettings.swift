#if canImport(Glibc)
internal import Glibc
#else
internal import Musl
#endif

/// How logits become the probabilities from which the next token is drawn.
///
/// Order and meaning are those of transformers' `TemperatureLogitsWarper`, `TopKLogitsWarper` and `TopPLogitsWarper`
/// (`generation/logits_process.py`): temperature, then top-k, then top-p. All arithmetic is in double precision.
public struct SamplingSettings: Sendable, Hashable {
  /// What the logits are divided by.
  public let temperature: Double
  /// How many of the best tokens stay, and with them all that are as good as the last of them; nil for all.
  public let topK: Int?
  /// The least probable tokens go as long as the sum of their probabilities is at most 1 − `topP`; 1 for none.
  ///
  /// Source: Holtzman et al. 2019, arXiv:1904.09751.
  public let topP: Double

  /// Checks and takes the settings.
  ///
  /// - Parameters:
  ///   - temperature: a finite number above 0.
  ///   - topK: at least 1, or nil.
  ///   - topP: above 0 and at most 1.
  /// - Throws: `setting` for a value outside its range.
  public init(temperature: Double = 1, topK: Int? = nil, topP: Double = 1) throws(GenerationError) {
    guard temperature > 0, temperature.isFinite else {
      throw .setting(
        name: "temperature", value: "\(temperature)",
        expected: "a finite number above 0 (choose greedy decoding to always take the best token)")
    }
    if let topK, topK < 1 { throw .setting(name: "top-k", value: "\(topK)", expected: "at least 1") }
    guard topP > 0, topP <= 1 else {
      throw .setting(name: "top-p", value: "\(topP)", expected: "above 0 and at most 1")
    }
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
  }

  /// The probability of each token.
  ///
  /// Of tokens that are equally probable those with the lower ids go first where top-p cuts between them; the most
  /// probable token always stays.
  ///
  /// - Parameter logits: one for each token of the vocabulary; minus infinity for a token that cannot be chosen.
  /// - Returns: probabilities that sum to 1 but for rounding, 0 for tokens that were removed.
  /// - Throws: `logits` if there is none, one is NaN or plus infinity, or all are minus infinity.
  public func distribution(_ logits: [Float]) throws(GenerationError) -> [Double] {
    for (id, logit) in logits.enumerated() where logit.isNaN || logit == .infinity {
      throw .logits(problem: "the logit of token \(id) is \(logit)")
    }
    guard let largest = logits.max(), largest != -.infinity else {
      throw .logits(problem: logits.isEmpty ? "there are no logits" : "every logit is minus infinity")
    }
    // The same differences, and a small temperature cannot make the largest of them infinite.
    var scores = logits.map { (Double($0) - Double(largest)) / temperature }
    if let topK, topK < scores.count {
      let threshold = scores.sorted(by: >)[topK - 1]
      for id in scores.indices where scores[id] < threshold { scores[id] = -.infinity }
    }
    if topP < 1 {
      let probabilities = SamplingSettings.softmax(scores)
      let ascending = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
      var cumulative = 0.0
      for id in ascending.dropLast() {
        cumulative += probabilities[id]
        guard cumulative <= 1 - topP else { break }
        scores[id] = -.infinity
      }
    }
    return SamplingSettings.softmax(scores)
  }

  /// Exponentials over their sum, the largest score taken off first so that none overflows.
  private static func softmax(_ scores: [Double]) -> [Double] {
    let largest = scores.max() ?? 0
    let weights = scores.map { exp($0 - largest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }
}
