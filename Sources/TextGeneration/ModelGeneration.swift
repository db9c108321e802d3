public import Architectures
import GraphRuntime
import TensorGraph

/// Generates with a mapped model: the encoder reads the prompt if there is one, otherwise the prompt is continued.
public struct ModelGeneration: Sendable {
  /// How many tokens may be added.
  public var maxNewTokens: Int
  /// The special tokens; if nil, those of the model's configuration.
  public var tokens: GenerationTokens?
  /// How a token is chosen.
  public var sampler = Sampler.greedy
  /// How many threads may work; nil for all.
  public var threads: Int?

  /// Greedy generation of at most so many tokens.
  public init(maxNewTokens: Int) { self.maxNewTokens = maxNewTokens }

  /// Generates.
  ///
  /// - Parameters:
  ///   - prompt: the tokens to continue, or what the encoder reads.
  ///   - model: the model.
  /// - Returns: the ids of each row as `generate` of transformers returns them: the prompt, or the start token of the
  ///   decoder, then what was generated; rows that ended early are filled.
  /// - Throws: `GenerationError`, and what running the model throws.
  public func generate(_ prompt: Prompt, with model: MappedModel) throws -> [[Int]] {
    let tokens = tokens ?? GenerationTokens(model.values)
    let executor = try GraphExecutor(model.graph(), parameters: model, precision: .f32, threads: threads)
    let hasEncoder = executor.graph.tokens(.encoder) != nil
    var steps = try GraphStepModel(executor, encoding: hasEncoder ? prompt : nil)
    let start = tokens.decoderStartToken ?? tokens.padToken ?? 0
    let continued = hasEncoder ? try Prompt(ids: prompt.ids.map { _ in [start] }) : prompt
    var sampler = sampler
    return try TextGenerator(
      maxNewTokens: maxNewTokens, endTokens: tokens.endTokens, padToken: tokens.padToken,
      positionLimit: steps.positionLimit
    ).generate(continued, with: &steps, sampler: &sampler)
  }
}

extension GenerationTokens {
  /// The special tokens that a model's configuration names.
  public init(_ values: Hyperparameters) {
    self.init(
      endTokens: [values.int("eos_token_id")].compactMap { $0 }, padToken: values.int("pad_token_id"),
      decoderStartToken: values.int("decoder_start_token_id") ?? values.int("bos_token_id"))
  }
}
