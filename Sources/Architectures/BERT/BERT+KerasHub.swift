import StrictJSON
import TensorData

extension BERT {
  // swift-format-ignore
  /// KerasHub's variable paths; attention weights keep heads and head as axes of their own.
  static let kerasHub = Layout(
    "keras-hub", source: "keras_hub 0.32, models/bert/bert_backbone.py", config: kerasHubConfig,
    rows: [
    LayoutRow("embeddings.word.weight", "token_embedding/embeddings", "vocab embed"),
    LayoutRow("embeddings.position.weight", "position_embedding/embeddings", "positions embed"),
    LayoutRow("embeddings.token_type.weight", "segment_embedding/embeddings", "token_types embed"),
    LayoutRow("embeddings.norm.weight", "embeddings_layer_norm/gamma", "embed"),
    LayoutRow("embeddings.norm.bias", "embeddings_layer_norm/beta", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "transformer_layer_{block}/self_attention_layer/query/kernel", "embed heads head"),
    LayoutRow("block.{block}.attention.q.bias", "transformer_layer_{block}/self_attention_layer/query/bias", "heads head"),
    LayoutRow("block.{block}.attention.k.weight", "transformer_layer_{block}/self_attention_layer/key/kernel", "embed heads head"),
    LayoutRow("block.{block}.attention.k.bias", "transformer_layer_{block}/self_attention_layer/key/bias", "heads head"),
    LayoutRow("block.{block}.attention.v.weight", "transformer_layer_{block}/self_attention_layer/value/kernel", "embed heads head"),
    LayoutRow("block.{block}.attention.v.bias", "transformer_layer_{block}/self_attention_layer/value/bias", "heads head"),
    LayoutRow("block.{block}.attention.o.weight", "transformer_layer_{block}/self_attention_layer/attention_output/kernel", "heads head embed"),
    LayoutRow("block.{block}.attention.o.bias", "transformer_layer_{block}/self_attention_layer/attention_output/bias", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "transformer_layer_{block}/self_attention_layer_norm/gamma", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "transformer_layer_{block}/self_attention_layer_norm/beta", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "transformer_layer_{block}/feedforward_intermediate_dense/kernel", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "transformer_layer_{block}/feedforward_intermediate_dense/bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "transformer_layer_{block}/feedforward_output_dense/kernel", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "transformer_layer_{block}/feedforward_output_dense/bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "transformer_layer_{block}/feedforward_layer_norm/gamma", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "transformer_layer_{block}/feedforward_layer_norm/beta", "embed"),
    LayoutRow("pooler.weight", "pooled_dense/kernel", "embed pooled"),
    LayoutRow("pooler.bias", "pooled_dense/bias", "pooled"),
  ])

  /// KerasHub's `config.json`. Its `gelu` is the tanh form, and epsilon is fixed (`bert_backbone.py`).
  static let kerasHubConfig = ConfigDialect(
    "config.json", section: "config", frame: KerasHubConfig.frame("bert", "Bert"),
    irrelevant: KerasHubConfig.irrelevant,
    implied: ["activation": .string("gelu_tanh"), "layer_norm_epsilon": .double(1e-12), "tied_head": .bool(true)],
    keys: [
      ConfigKey("vocabulary_size", "vocab", .int),
      ConfigKey("num_layers", "block", .int),
      ConfigKey("num_heads", "heads", .int),
      ConfigKey("hidden_dim", "embed", .int),
      ConfigKey("intermediate_dim", "ff", .int),
      ConfigKey("max_sequence_length", "positions", .int),
      ConfigKey("num_segments", "token_types", .int),
    ])
}
