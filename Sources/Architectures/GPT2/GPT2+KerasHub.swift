import StrictJSON
import TensorData

extension GPT2 {
  // swift-format-ignore
  /// KerasHub's variable paths; attention weights keep heads and head as axes of their own.
  static let kerasHub = Layout(
    "keras-hub", source: "keras_hub 0.32, models/gpt2/gpt2_backbone.py", config: kerasHubConfig,
    rows: [
    LayoutRow("embeddings.word.weight", "token_embedding/embeddings", "vocab embed"),
    LayoutRow("embeddings.position.weight", "position_embedding/embeddings", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "transformer_layer_{block}/self_attention_layer_norm/gamma", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "transformer_layer_{block}/self_attention_layer_norm/beta", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "transformer_layer_{block}/self_attention/query/kernel", "embed heads head"),
    LayoutRow("block.{block}.attention.q.bias", "transformer_layer_{block}/self_attention/query/bias", "heads head"),
    LayoutRow("block.{block}.attention.k.weight", "transformer_layer_{block}/self_attention/key/kernel", "embed heads head"),
    LayoutRow("block.{block}.attention.k.bias", "transformer_layer_{block}/self_attention/key/bias", "heads head"),
    LayoutRow("block.{block}.attention.v.weight", "transformer_layer_{block}/self_attention/value/kernel", "embed heads head"),
    LayoutRow("block.{block}.attention.v.bias", "transformer_layer_{block}/self_attention/value/bias", "heads head"),
    LayoutRow("block.{block}.attention.o.weight", "transformer_layer_{block}/self_attention/attention_output/kernel", "heads head embed"),
    LayoutRow("block.{block}.attention.o.bias", "transformer_layer_{block}/self_attention/attention_output/bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "transformer_layer_{block}/feedforward_layer_norm/gamma", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "transformer_layer_{block}/feedforward_layer_norm/beta", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "transformer_layer_{block}/feedforward_intermediate_dense/kernel", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "transformer_layer_{block}/feedforward_intermediate_dense/bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "transformer_layer_{block}/feedforward_output_dense/kernel", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "transformer_layer_{block}/feedforward_output_dense/bias", "embed"),
    LayoutRow("final_norm.weight", "layer_norm/gamma", "embed"),
    LayoutRow("final_norm.bias", "layer_norm/beta", "embed"),
  ])

  /// KerasHub's `config.json`; the activation and epsilon are fixed (`gpt2_backbone.py`).
  static let kerasHubConfig = ConfigDialect(
    "config.json", section: "config", frame: KerasHubConfig.frame("gpt2", "GPT2"),
    irrelevant: KerasHubConfig.irrelevant,
    implied: fixed(activation: "gelu_tanh").merging(["tied_head": .bool(true)]) { $1 },
    keys: [
      ConfigKey("vocabulary_size", "vocab", .int),
      ConfigKey("num_layers", "block", .int),
      ConfigKey("num_heads", "heads", .int),
      ConfigKey("hidden_dim", "embed", .int),
      ConfigKey("intermediate_dim", "ff", .int),
      ConfigKey("max_sequence_length", "positions", .int),
    ])

  /// What the code of those fixes that have no words for it.
  static func fixed(activation: String) -> [String: Hyperparameter] {
    [
      "activation": .string(activation), "layer_norm_epsilon": .double(1e-5), "scale_attn_weights": .bool(true),
      "scale_attn_by_inverse_layer_idx": .bool(false),
    ]
  }
}
