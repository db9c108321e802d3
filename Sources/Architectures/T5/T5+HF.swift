import TensorData

extension T5 {
  // swift-format-ignore
  /// Hugging Face's PyTorch names.
  static let hf = Layout(
    "hf", source: "transformers, modeling_t5.py", config: hfConfig,
    accounted: [
      AccountedTensor(
        "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight",
        "published by mistake, never used", value: .anything),
    ], rows: [
    LayoutRow("shared.weight", "shared.weight", "vocab embed"),
    LayoutRow("encoder.embeddings.weight", "encoder.embed_tokens.weight", "vocab embed"),
    LayoutRow("decoder.embeddings.weight", "decoder.embed_tokens.weight", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "encoder.block.{encoder_block}.layer.0.SelfAttention.q.weight", "(heads head) embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "encoder.block.{encoder_block}.layer.0.SelfAttention.k.weight", "(heads head) embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "encoder.block.{encoder_block}.layer.0.SelfAttention.v.weight", "(heads head) embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "encoder.block.{encoder_block}.layer.0.SelfAttention.o.weight", "embed (heads head)"),
    LayoutRow("encoder.relative_bias.weight", "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.relative_bias.weight", "encoder.block.{encoder_block}.layer.0.SelfAttention.relative_attention_bias.weight", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "encoder.block.{encoder_block}.layer.0.layer_norm.weight", "embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "encoder.block.{encoder_block}.layer.1.DenseReluDense.wi.weight", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "encoder.block.{encoder_block}.layer.1.DenseReluDense.wi_0.weight", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "encoder.block.{encoder_block}.layer.1.DenseReluDense.wi_1.weight", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "encoder.block.{encoder_block}.layer.1.DenseReluDense.wo.weight", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "encoder.block.{encoder_block}.layer.1.layer_norm.weight", "embed"),
    LayoutRow("encoder.final_norm.weight", "encoder.final_layer_norm.weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "decoder.block.{decoder_block}.layer.0.SelfAttention.q.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "decoder.block.{decoder_block}.layer.0.SelfAttention.k.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "decoder.block.{decoder_block}.layer.0.SelfAttention.v.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "decoder.block.{decoder_block}.layer.0.SelfAttention.o.weight", "embed (heads head)"),
    LayoutRow("decoder.relative_bias.weight", "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.relative_bias.weight", "decoder.block.{decoder_block}.layer.0.SelfAttention.relative_attention_bias.weight", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "decoder.block.{decoder_block}.layer.0.layer_norm.weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "decoder.block.{decoder_block}.layer.1.EncDecAttention.q.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "decoder.block.{decoder_block}.layer.1.EncDecAttention.k.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "decoder.block.{decoder_block}.layer.1.EncDecAttention.v.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "decoder.block.{decoder_block}.layer.1.EncDecAttention.o.weight", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "decoder.block.{decoder_block}.layer.1.layer_norm.weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "decoder.block.{decoder_block}.layer.2.DenseReluDense.wi.weight", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "decoder.block.{decoder_block}.layer.2.DenseReluDense.wi_0.weight", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "decoder.block.{decoder_block}.layer.2.DenseReluDense.wi_1.weight", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "decoder.block.{decoder_block}.layer.2.DenseReluDense.wo.weight", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "decoder.block.{decoder_block}.layer.2.layer_norm.weight", "embed"),
    LayoutRow("decoder.final_norm.weight", "decoder.final_layer_norm.weight", "embed"),
    LayoutRow("lm_head.weight", "lm_head.weight", "vocab embed"),
  ])
}
