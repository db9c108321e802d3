public import TensorData
public import TensorGraph

/// What frameworks call the inputs and outputs of one and the same model.
///
/// Sources: transformers (PyTorch and Flax: `logits`, `prediction_logits`, `pooler_output`), KerasHub
/// (`token_ids`, `padding_mask`, `segment_ids`, `sequence_output`, `pooled_output`), google-research/bert and TF Hub
/// (`input_word_ids`, `input_mask`, `input_type_ids`), T5X (`encoder_input_tokens`), nanoGPT (`idx`),
/// sentence-transformers' ONNX files (`token_embeddings`).
public enum RecordedNames {
  /// Another name for what the model has.
  public struct Match: Sendable, Hashable {
    /// The name that was given or recorded.
    public let recorded: String
    /// The name of the model's own input or output.
    public let own: String
  }

  /// Names of one input; they mean the same wherever a model has one input of the kind.
  private static let inputs: [[String]] = [
    [
      "input_ids", "token_ids", "input_word_ids", "idx", "encoder_token_ids", "encoder_input_tokens",
      "encoder_input_ids",
    ],
    ["attention_mask", "padding_mask", "input_mask", "encoder_padding_mask", "encoder_attention_mask"],
    ["token_type_ids", "segment_ids", "input_type_ids"],
    ["position_ids", "positions"],
    ["decoder_input_ids", "decoder_token_ids", "decoder_input_tokens"],
    ["decoder_attention_mask", "decoder_padding_mask"],
  ]

  /// Names of one output, the narrower kinds first: an encoder's states are the last ones where there is no decoder.
  private static let outputs: [[String]] = [
    ["encoder_last_hidden_state", "encoder_sequence_output", "encoder_output"],
    [
      "last_hidden_state", "sequence_output", "token_embeddings", "decoder_last_hidden_state",
      "decoder_sequence_output", "decoder_output", "encoder_last_hidden_state", "encoder_sequence_output",
      "encoder_output",
    ],
    ["encoder_hidden_states", "encoder_all_hidden_states"],
    [
      "hidden_states", "all_hidden_states", "decoder_hidden_states", "decoder_all_hidden_states",
      "encoder_hidden_states", "encoder_all_hidden_states",
    ],
    ["pooler_output", "pooler", "pooled_output"],
    ["start_logits", "start_logit"],
    ["end_logits", "end_logit"],
    [
      "logits", "prediction_logits", "prediction_scores", "mlm_logits", "lm_logits", "seq_relationship_logits",
      "seq_relationship_score", "nsp_logits", "classifier_logits", "score_logits",
    ],
  ]

  /// Gives inputs the names of a model's own.
  ///
  /// - Parameters:
  ///   - given: tensors by the names under which they were given.
  ///   - graph: the model's graph.
  /// - Returns: the tensors, those that mean an input of the model under its name, and what was renamed.
  public static func inputs(
    _ given: [String: Tensor], of graph: Graph
  ) -> (inputs: [String: Tensor], matches: [Match]) {
    var resolved = given
    var matches: [Match] = []
    for name in given.keys.sorted() where graph.input(name) == nil {
      let kind = inputs.first { $0.contains(name) } ?? []
      let own = graph.inputs.map(\.name).filter { kind.contains($0) && resolved[$0] == nil }
      guard own.count == 1 else { continue }
      resolved[own[0]] = given[name]
      resolved[name] = nil
      matches.append(Match(recorded: name, own: own[0]))
    }
    return (resolved, matches)
  }

  /// The outputs of a model that recorded ones of other names mean: of the same kind and shape, and only one such.
  ///
  /// - Parameters:
  ///   - recorded: the shape of each recorded output.
  ///   - shapes: the shape that each output of the model has on the recorded inputs.
  /// - Returns: the matches.
  static func outputs(_ recorded: [String: [Int]], of shapes: [String: [Int]]) -> [Match] {
    var free = shapes.filter { recorded[$0.key] == nil }
    var matches: [Match] = []
    let strangers = recorded.filter { shapes[$0.key] == nil }.sorted { $0.key < $1.key }
    for kind in outputs {
      let open = strangers.filter { name, _ in kind.contains(name) && !matches.contains { $0.recorded == name } }
      for (name, shape) in open {
        let fitting = free.keys.filter { kind.contains($0) && free[$0] == shape }
        guard fitting.count == 1, open.count(where: { $0.value == shape }) == 1 else { continue }
        matches.append(Match(recorded: name, own: fitting[0]))
        free[fitting[0]] = nil
      }
    }
    return matches
  }
}
