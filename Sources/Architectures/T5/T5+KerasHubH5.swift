import TensorData

extension T5 {
  // swift-format-ignore
  /// The paths of the datasets in KerasHub's `model.weights.h5`; one counter runs through the encoder and then the decoder.
  static let kerasHubH5 = Layout(
    "keras-hub-h5", source: "keras_hub 0.32, models/t5/t5_backbone.py", config: kerasHubConfig,
    rows: [
    LayoutRow("shared.weight", "layers/reversible_embedding/vars/0", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "layers/t5_transformer_layer{_encoder_block}/self_attention/query_projector/vars/0", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "layers/t5_transformer_layer{_encoder_block}/self_attention/key_projector/vars/0", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "layers/t5_transformer_layer{_encoder_block}/self_attention/value_projector/vars/0", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "layers/t5_transformer_layer{_encoder_block}/self_attention/output_projector/vars/0", "(heads head) embed"),
    LayoutRow("encoder.relative_bias.weight", "layers/t5_transformer_layer/self_attention/vars/0", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "layers/t5_transformer_layer{_encoder_block}/self_attention_layer_norm/vars/0", "embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "layers/t5_transformer_layer{_encoder_block}/input_projector/vars/0", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "layers/t5_transformer_layer{_encoder_block}/input_projector/vars/0", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "layers/t5_transformer_layer{_encoder_block}/gate_projector/vars/0", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "layers/t5_transformer_layer{_encoder_block}/output_projector/vars/0", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "layers/t5_transformer_layer{_encoder_block}/layer_norm/vars/0", "embed"),
    LayoutRow("encoder.final_norm.weight", "layers/t5_layer_norm/vars/0", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/self_attention/query_projector/vars/0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/self_attention/key_projector/vars/0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/self_attention/value_projector/vars/0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/self_attention/output_projector/vars/0", "(heads head) embed"),
    LayoutRow("decoder.relative_bias.weight", "layers/t5_transformer_layer{_#encoder_block}/self_attention/vars/0", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/self_attention_layer_norm/vars/0", "embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/cross_attention/query_projector/vars/0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/cross_attention/key_projector/vars/0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/cross_attention/value_projector/vars/0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/cross_attention/output_projector/vars/0", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/cross_attention_layer_norm/vars/0", "embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/input_projector/vars/0", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/input_projector/vars/0", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/gate_projector/vars/0", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/output_projector/vars/0", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "layers/t5_transformer_layer{_#encoder_block+decoder_block}/layer_norm/vars/0", "embed"),
    LayoutRow("decoder.final_norm.weight", "layers/t5_layer_norm_1/vars/0", "embed"),
    LayoutRow("lm_head.weight", "layers/reversible_embedding/vars/1", "embed vocab"),
  ])
}
