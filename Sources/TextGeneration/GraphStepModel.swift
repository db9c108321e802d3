public import GraphRuntime
import TensorData
import TensorGraph

/// Runs the graph of a GPT-2 or T5 step by step, with its key-value cache, for a generator.
///
/// Which inputs there are decides: a graph with `decoder_input_ids` reads its text in an encoder, which runs once.
public struct GraphStepModel: StepModel {
  private let session: DecodingSession
  private let hasEncoder: Bool
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
    guard graph.output(GraphStepModel.logits) != nil, graph.nodes.contains(where: GraphStepModel.isCached) else {
      throw GenerationError.model("it has no head that predicts the next token")
    }
    hasEncoder = graph.inputs.contains { $0.name == "decoder_input_ids" }
    guard hasEncoder == (text != nil) else {
      throw GenerationError.model(
        hasEncoder ? "its encoder was given no text" : "it has no encoder, but was given a text for one")
    }
    let bound = graph.inputs.first { $0.name == "position_ids" }?.bound
    positionLimit = bound.flatMap { graph.sizes[$0] }
    var staticInputs: [String: Tensor] = [:]
    if let text {
      staticInputs["input_ids"] = GraphStepModel.tensor(text.ids)
      staticInputs["attention_mask"] = GraphStepModel.tensor(text.mask)
    }
    session = try DecodingSession(
      executor, staticInputs: staticInputs, outputs: [GraphStepModel.logits], isLastOnly: true)
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
    let prefix = hasEncoder ? "decoder_" : ""
    var inputs = [
      "\(prefix)input_ids": GraphStepModel.tensor(step.ids),
      "\(prefix)attention_mask": GraphStepModel.tensor(step.mask),
    ]
    if positionLimit != nil { inputs["position_ids"] = GraphStepModel.tensor(step.positions) }
    guard let logits = try session.step(inputs)[GraphStepModel.logits] else {
      preconditionFailure("the session was made for this output")
    }
    let last = logits.selecting(logits.shape[1] - 1, onAxis: 1)
    return try (0..<last.shape[0]).map { try last.selecting($0, onAxis: 0).floats() }
  }

  private static let logits = "logits"

  private static func isCached(_ node: Node) -> Bool {
    if case .attention(let options) = node.op { options.isCached } else { false }
  }

  private static func tensor(_ rows: [[Bool]]) -> Tensor { tensor(rows.map { $0.map { $0 ? 1 : 0 } }) }

  private static func tensor(_ rows: [[Int]]) -> Tensor {
    let numbers = rows.joined().map(Int64.init)
    return Tensor(dtype: .i64, shape: [rows.count, rows.first?.count ?? 0]) { bytes in
      numbers.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }
}
