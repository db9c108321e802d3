import TensorData

extension T5 {
  // swift-format-ignore
  /// Hugging Face's Flax names, joined by slashes.
  static let flax = Layout(
    "flax", source: "transformers 4, modeling_flax_t5.py", config: flaxConfig, rows: [
    LayoutRow("shared.weight", "shared/embedding", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "encoder/block/{encoder_block}/layer/0/SelfAttention/q/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "encoder/block/{encoder_block}/layer/0/SelfAttention/k/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "encoder/block/{encoder_block}/layer/0/SelfAttention/v/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "encoder/block/{encoder_block}/layer/0/SelfAttention/o/kernel", "(heads head) embed"),
    LayoutRow("encoder.relative_bias.weight", "encoder/block/0/layer/0/SelfAttention/relative_attention_bias/embedding", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "encoder/block/{encoder_block}/layer/0/layer_norm/weight", "embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "encoder/block/{encoder_block}/layer/1/DenseReluDense/wi/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "encoder/block/{encoder_block}/layer/1/DenseReluDense/wi_0/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "encoder/block/{encoder_block}/layer/1/DenseReluDense/wi_1/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "encoder/block/{encoder_block}/layer/1/DenseReluDense/wo/kernel", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "encoder/block/{encoder_block}/layer/1/layer_norm/weight", "embed"),
    LayoutRow("encoder.final_norm.weight", "encoder/final_layer_norm/weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "decoder/block/{decoder_block}/layer/0/SelfAttention/q/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "decoder/block/{decoder_block}/layer/0/SelfAttention/k/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "decoder/block/{decoder_block}/layer/0/SelfAttention/v/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "decoder/block/{decoder_block}/layer/0/SelfAttention/o/kernel", "(heads head) embed"),
    LayoutRow("decoder.relative_bias.weight", "decoder/block/0/layer/0/SelfAttention/relative_attention_bias/embedding", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "decoder/block/{decoder_block}/layer/0/layer_norm/weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "decoder/block/{decoder_block}/layer/1/EncDecAttention/q/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "decoder/block/{decoder_block}/layer/1/EncDecAttention/k/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "decoder/block/{decoder_block}/layer/1/EncDecAttention/v/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "decoder/block/{decoder_block}/layer/1/EncDecAttention/o/kernel", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "decoder/block/{decoder_block}/layer/1/layer_norm/weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "decoder/block/{decoder_block}/layer/2/DenseReluDense/wi/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "decoder/block/{decoder_block}/layer/2/DenseReluDense/wi_0/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "decoder/block/{decoder_block}/layer/2/DenseReluDense/wi_1/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "decoder/block/{decoder_block}/layer/2/DenseReluDense/wo/kernel", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "decoder/block/{decoder_block}/layer/2/layer_norm/weight", "embed"),
    LayoutRow("decoder.final_norm.weight", "decoder/final_layer_norm/weight", "embed"),
    LayoutRow("lm_head.weight", "lm_head/kernel", "embed vocab"),
  ])
}
