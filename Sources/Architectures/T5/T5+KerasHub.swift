import StrictJSON
import TensorData

extension T5 {
  // swift-format-ignore
  /// KerasHub's variable paths. The norms of all layers share one counter, and the second table of relative positions has the path
  /// of the first; it is told apart by `#dup1`.
  static let kerasHub = Layout(
    "keras-hub", source: "keras_hub 0.32, models/t5/t5_backbone.py, t5_transformer_layer.py", config: kerasHubConfig,
    rows: [
    LayoutRow("shared.weight", "token_embedding/embeddings", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "transformer_encoder_layer_{encoder_block}/self_attention/query_projector/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "transformer_encoder_layer_{encoder_block}/self_attention/key_projector/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "transformer_encoder_layer_{encoder_block}/self_attention/value_projector/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "transformer_encoder_layer_{encoder_block}/self_attention/output_projector/kernel", "(heads head) embed"),
    LayoutRow("encoder.relative_bias.weight", "self_attention/embeddings", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "transformer_encoder_layer_{encoder_block}/t5_layer_norm{_2*encoder_block}/weight", "embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "transformer_encoder_layer_{encoder_block}/input_projector/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "transformer_encoder_layer_{encoder_block}/input_projector/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "transformer_encoder_layer_{encoder_block}/gate_projector/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "transformer_encoder_layer_{encoder_block}/output_projector/kernel", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "transformer_encoder_layer_{encoder_block}/t5_layer_norm_{2*encoder_block+1}/weight", "embed"),
    LayoutRow("encoder.final_norm.weight", "encoder_output_layer_norm/weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "transformer_decoder_layer_{decoder_block}/self_attention/query_projector/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "transformer_decoder_layer_{decoder_block}/self_attention/key_projector/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "transformer_decoder_layer_{decoder_block}/self_attention/value_projector/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "transformer_decoder_layer_{decoder_block}/self_attention/output_projector/kernel", "(heads head) embed"),
    LayoutRow("decoder.relative_bias.weight", "self_attention/embeddings#dup1", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "transformer_decoder_layer_{decoder_block}/t5_layer_norm_{2*#encoder_block+3*decoder_block}/weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "transformer_decoder_layer_{decoder_block}/cross_attention/query_projector/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "transformer_decoder_layer_{decoder_block}/cross_attention/key_projector/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "transformer_decoder_layer_{decoder_block}/cross_attention/value_projector/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "transformer_decoder_layer_{decoder_block}/cross_attention/output_projector/kernel", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "transformer_decoder_layer_{decoder_block}/t5_layer_norm_{2*#encoder_block+3*decoder_block+1}/weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "transformer_decoder_layer_{decoder_block}/input_projector/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "transformer_decoder_layer_{decoder_block}/input_projector/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "transformer_decoder_layer_{decoder_block}/gate_projector/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "transformer_decoder_layer_{decoder_block}/output_projector/kernel", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "transformer_decoder_layer_{decoder_block}/t5_layer_norm_{2*#encoder_block+3*decoder_block+2}/weight", "embed"),
    LayoutRow("decoder.final_norm.weight", "decoder_output_layer_norm/weight", "embed"),
    LayoutRow("lm_head.weight", "token_embedding/reverse_embeddings", "embed vocab"),
  ])

  /// KerasHub's `config.json`; both sides have as many layers, and the largest distance is fixed (`t5_backbone.py`).
  static let kerasHubConfig = ConfigDialect(
    "config.json", section: "config", frame: KerasHubConfig.frame("t5", "T5"), irrelevant: KerasHubConfig.irrelevant,
    implied: ["max_distance": .int(128)],
    keys: [
      ConfigKey("vocabulary_size", "vocab", .int),
      ConfigKey("hidden_dim", "embed", .int),
      ConfigKey("intermediate_dim", "ff", .int),
      ConfigKey("num_layers", "encoder_block", .int),
      ConfigKey("num_layers", "decoder_block", .int),
      ConfigKey("num_heads", "heads", .int),
      ConfigKey("activation", "", .kerasFunction(KerasHubConfig.activations)),
      ConfigKey("key_value_dim", "head", .int),
      ConfigKey("use_gated_activation", "is_gated", .bool),
      ConfigKey("layer_norm_epsilon", "layer_norm_epsilon", .double),
      ConfigKey("tie_embedding_weights", "tied_head", .bool),
    ])
}
