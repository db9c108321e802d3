import Architectures
import TensorData
import TensorGraph
import TextGeneration

/// Recorded ids of greedy generation compared with a model's own.
public struct GenerationComparison: Sendable {
  /// The recorded ids, a row for each prompt.
  public let expected: [[Int]]
  /// The model's ids.
  public let found: [[Int]]

  /// How it ended: the ids are equal or they are not.
  public var verdict: Verdict { expected.isEmpty ? .inconclusive : expected == found ? .pass : .fail }

  /// The first row and position at which the ids part, or nil.
  public var firstDifference: (row: Int, position: Int)? {
    for (row, (a, b)) in zip(expected, found).enumerated() where a != b {
      return (row, zip(a, b).prefix { $0 == $1 }.count)
    }
    return expected.count == found.count ? nil : (min(expected.count, found.count), 0)
  }

  /// Generates as many ids as were recorded and compares them.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - inputs: the recorded inputs.
  ///   - recorded: the recorded ids, `[rows, length]`.
  ///   - threads: how many threads may work.
  /// - Throws: what generating throws.
  init(_ model: MappedModel, inputs: [String: Tensor], recorded: Tensor, threads: Int?) throws {
    expected = try Prompt.rows(of: recorded)
    let length = recorded.shape.last ?? 0
    let graph = try model.graph()
    guard let text = graph.text else { throw ParityError("out_generated is recorded, but the model reads no tokens") }
    guard let tokens = inputs[text.name] else {
      throw ParityError("out_generated is recorded without in_\(text.name)")
    }
    let prompt = try Prompt(
      ids: tokens, mask: graph.mask(of: text).flatMap { inputs[$0.name] }, tokens: GenerationTokens(model.values))
    let width = text.side == .encoder ? 1 : prompt.ids.first?.count ?? 0
    guard length > width else {
      throw ParityError("out_generated has \(length) ids in a row, no more than the prompt's \(width)")
    }
    var generation = ModelGeneration(maxNewTokens: length - width)
    generation.threads = threads
    found = try generation.generate(prompt, with: model)
  }
}
