import TensorData

/// Chooses the next token of each row: always the best one, or one drawn at random.
public struct Sampler: Sendable {
  private let settings: SamplingSettings?
  private let seed: UInt64
  private var streams: [RandomStream] = []

  /// Takes the token with the largest logit; of equals the one with the lowest id, as PyTorch's `argmax` does on a CPU.
  public static let greedy = Sampler(settings: nil, seed: 0)

  /// Draws tokens at random.
  ///
  /// Each row of a batch has its own stream of random numbers, so that what a row gets does not depend on how many rows
  /// there are below it or when they end. Row r starts with the r-th number that SplitMix64 gives for the seed.
  ///
  /// - Parameters:
  ///   - settings: how logits become probabilities.
  ///   - seed: fixes every choice. The random numbers are the same on every machine; logits differ between machines by
  ///     rounding, which only matters where a number falls that close to the border between two tokens.
  public init(_ settings: SamplingSettings, seed: UInt64) { self.init(settings: settings, seed: seed) }

  private init(settings: SamplingSettings?, seed: UInt64) {
    self.settings = settings
    self.seed = seed
  }

  /// The next token of a row.
  ///
  /// A drawn token is the first, by id, at which the cumulative probability exceeds a random number in 0 ..< 1.
  ///
  /// - Parameters:
  ///   - logits: one for each token of the vocabulary.
  ///   - row: which row of the batch it is.
  /// - Returns: the token's id.
  /// - Throws: `logits` if there is none, one is NaN, or, when drawing, plus infinity or all of them minus infinity.
  public mutating func token(_ logits: [Float], row: Int = 0) throws(GenerationError) -> Int {
    guard let settings else { return try Sampler.best(logits) }
    let probabilities = try settings.distribution(logits)
    return Sampler.token(at: draw(row: row), in: probabilities)
  }

  private mutating func draw(row: Int) -> Double {
    if streams.count <= row {
      var seeds = SplitMix64(seed: seed)
      streams += (0...row).map { _ in RandomStream(seed: seeds.next()) }.dropFirst(streams.count)
    }
    return streams[row].nextUnit()
  }

  /// The token whose interval of the cumulative distribution holds `point`.
  static func token(at point: Double, in probabilities: [Double]) -> Int {
    var cumulative = 0.0
    var last = 0
    for (id, probability) in probabilities.enumerated() where probability > 0 {
      cumulative += probability
      if point < cumulative { return id }
      last = id
    }
    // The sum may be rounded to just below 1.
    return last
  }

  private static func best(_ logits: [Float]) throws(GenerationError) -> Int {
    guard var largest = logits.first else { throw .logits(problem: "there are no logits") }
    var best = 0
    for (id, logit) in logits.enumerated() {
      if logit.isNaN { throw .logits(problem: "the logit of token \(id) is NaN") }
      if logit > largest { (best, largest) = (id, logit) }
    }
    return best
  }
}
