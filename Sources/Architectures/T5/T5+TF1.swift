import TensorData

extension T5 {
  // swift-format-ignore
  /// The variable names of the original release (mesh-tensorflow).
  static let tf1 = Layout(
    "tf1", source: "google-research/text-to-text-transfer-transformer, mesh_tensorflow/transformer", config: tf1Config,
    rows: [
    LayoutRow("shared.weight", "shared/embedding", "vocab embed"),
    LayoutRow("encoder.embeddings.weight", "encoder/embedding", "vocab embed"),
    LayoutRow("decoder.embeddings.weight", "decoder/embedding", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "encoder/block_{encoder_block:03}/layer_000/SelfAttention/q", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "encoder/block_{encoder_block:03}/layer_000/SelfAttention/k", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "encoder/block_{encoder_block:03}/layer_000/SelfAttention/v", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "encoder/block_{encoder_block:03}/layer_000/SelfAttention/o", "(heads head) embed"),
    LayoutRow("encoder.relative_bias.weight", "encoder/block_000/layer_000/SelfAttention/relative_attention_bias", "heads buckets"),
    LayoutRow("encoder.block.{encoder_block}.relative_bias.weight", "encoder/block_{encoder_block:3}/layer_000/SelfAttention/relative_attention_bias", "heads buckets"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "encoder/block_{encoder_block:03}/layer_000/rms_norm/scale", "embed", aliases: ["encoder/block_{encoder_block:03}/layer_000/layer_norm/scale"]),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "encoder/block_{encoder_block:03}/layer_001/DenseReluDense/wi/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "encoder/block_{encoder_block:03}/layer_001/DenseReluDense/wi_0/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "encoder/block_{encoder_block:03}/layer_001/DenseReluDense/wi_1/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "encoder/block_{encoder_block:03}/layer_001/DenseReluDense/wo/kernel", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "encoder/block_{encoder_block:03}/layer_001/rms_norm/scale", "embed", aliases: ["encoder/block_{encoder_block:03}/layer_001/layer_norm/scale"]),
    LayoutRow("encoder.final_norm.weight", "encoder/rms_norm/scale", "embed", aliases: ["encoder/final_layer_norm/scale"]),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "decoder/block_{decoder_block:03}/layer_000/SelfAttention/q", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "decoder/block_{decoder_block:03}/layer_000/SelfAttention/k", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "decoder/block_{decoder_block:03}/layer_000/SelfAttention/v", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "decoder/block_{decoder_block:03}/layer_000/SelfAttention/o", "(heads head) embed"),
    LayoutRow("decoder.relative_bias.weight", "decoder/block_000/layer_000/SelfAttention/relative_attention_bias", "heads buckets"),
    LayoutRow("decoder.block.{decoder_block}.relative_bias.weight", "decoder/block_{decoder_block:3}/layer_000/SelfAttention/relative_attention_bias", "heads buckets"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "decoder/block_{decoder_block:03}/layer_000/rms_norm/scale", "embed", aliases: ["decoder/block_{decoder_block:03}/layer_000/layer_norm/scale"]),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "decoder/block_{decoder_block:03}/layer_001/EncDecAttention/q", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "decoder/block_{decoder_block:03}/layer_001/EncDecAttention/k", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "decoder/block_{decoder_block:03}/layer_001/EncDecAttention/v", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "decoder/block_{decoder_block:03}/layer_001/EncDecAttention/o", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "decoder/block_{decoder_block:03}/layer_001/rms_norm/scale", "embed", aliases: ["decoder/block_{decoder_block:03}/layer_001/layer_norm/scale"]),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "decoder/block_{decoder_block:03}/layer_002/DenseReluDense/wi/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "decoder/block_{decoder_block:03}/layer_002/DenseReluDense/wi_0/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "decoder/block_{decoder_block:03}/layer_002/DenseReluDense/wi_1/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "decoder/block_{decoder_block:03}/layer_002/DenseReluDense/wo/kernel", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "decoder/block_{decoder_block:03}/layer_002/rms_norm/scale", "embed", aliases: ["decoder/block_{decoder_block:03}/layer_002/layer_norm/scale"]),
    LayoutRow("decoder.final_norm.weight", "decoder/rms_norm/scale", "embed", aliases: ["decoder/final_layer_norm/scale"]),
    LayoutRow("lm_head.weight", "decoder/logits/kernel", "embed vocab"),
  ])
}
