public import GraphRuntime
import TensorData
import TensorGraph

/// Runs the graph of a model step by step, with what it keeps from step to step, for a generator.
///
/// A graph that has tokens on the side of the encoder reads its text there, which runs once.
public struct GraphStepModel: StepModel {
  private let session: DecodingSession
  private let head: String
  private let tokens: GraphInput
  private let mask: GraphInput?
  private let positions: GraphInput?
  /// How many positions the model has an embedding for; nil if positions are relative.
  public let positionLimit: Int?

  /// Prepares the first step.
  ///
  /// - Parameters:
  ///   - executor: the model's graph and its parameters.
  ///   - text: what the encoder of an encoder-decoder reads, padded on either side; nil for a model that is only a
  ///     decoder.
  /// - Throws: `GenerationError.model` if the graph cannot generate, or reads no text where one is given or the other
  ///   way round; what `DecodingSession` throws.
  public init(_ executor: GraphExecutor, encoding text: Prompt? = nil) throws {
    let graph = executor.graph
    guard let output = graph.outputs.first(where: { $0.role == .nextToken }), let tokens = graph.tokens(.decoder),
      graph.nodes.contains(where: { $0.op.traits.remembersSteps })
    else {
      throw GenerationError.model("it has no head that predicts the next token")
    }
    let encoder = graph.tokens(.encoder)
    guard (encoder != nil) == (text != nil) else {
      throw GenerationError.model(
        encoder != nil ? "its encoder was given no text" : "it has no encoder, but was given a text for one")
    }
    head = output.name
    self.tokens = tokens
    mask = graph.mask(of: tokens)
    positions = graph.positions(.decoder)
    positionLimit = graph.positionLimit(.decoder)
    var staticInputs: [String: Tensor] = [:]
    if let text, let encoder {
      staticInputs[encoder.name] = GraphStepModel.tensor(text.ids)
      if let mask = graph.mask(of: encoder) { staticInputs[mask.name] = GraphStepModel.tensor(text.mask) }
    }
    session = try DecodingSession(executor, staticInputs: staticInputs, outputs: [head], isLastOnly: true)
  }

  /// Runs what does not depend on the prompt of the decoder: the encoder, if there is one.
  ///
  /// - Throws: what `DecodingSession.prepare` throws.
  public func prepare() throws { try session.prepare() }

  /// Runs new positions.
  ///
  /// - Parameter step: the positions.
  /// - Returns: the logits of the token after the last position, `[row][vocabulary]`.
  /// - Throws: what `DecodingSession.step` throws.
  public mutating func logits(appending step: GenerationStep) throws -> [[Float]] {
    var inputs = [tokens.name: GraphStepModel.tensor(step.ids)]
    if let mask { inputs[mask.name] = GraphStepModel.tensor(step.mask) }
    if let positions, let rule = positions.role.positionRule {
      inputs[positions.name] = GraphStepModel.tensor(GraphStepModel.positions(step, rule))
    }
    guard let logits = try session.step(inputs)[head] else {
      preconditionFailure("the session was made for this output")
    }
    let last = logits.selecting(logits.shape[1] - 1, onAxis: 1)
    return try (0..<last.shape[0]).map { try last.selecting($0, onAxis: 0).floats() }
  }

  /// The positions of a step as the rule numbers them.
  private static func positions(_ step: GenerationStep, _ rule: PositionRule) -> [[Int]] {
    switch rule {
    case .counted(let first): step.positions.map { $0.map { first + $0 } }
    case .keptOnly(let first):
      zip(step.positions, step.mask).map { zip($0, $1).map { $1 ? first + $0 : first - 1 } }
    }
  }

  private static func tensor(_ rows: [[Bool]]) -> Tensor { tensor(rows.map { $0.map { $0 ? 1 : 0 } }) }

  private static func tensor(_ rows: [[Int]]) -> Tensor {
    let numbers = rows.joined().map(Int64.init)
    return Tensor(dtype: .i64, shape: [rows.count, rows.first?.count ?? 0]) { bytes in
      numbers.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }
}
