import StrictJSON
import TensorData

extension T5 {
  // swift-format-ignore
  /// The names of mlx-examples.
  static let mlx = Layout(
    "mlx", source: "ml-explore/mlx-examples, t5/t5.py, t5/convert.py", config: mlxConfig,
    rows: [
    LayoutRow("shared.weight", "wte.weight", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "encoder.layers.{encoder_block}.attention.query_proj.weight", "(heads head) embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "encoder.layers.{encoder_block}.attention.key_proj.weight", "(heads head) embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "encoder.layers.{encoder_block}.attention.value_proj.weight", "(heads head) embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "encoder.layers.{encoder_block}.attention.out_proj.weight", "embed (heads head)"),
    LayoutRow("encoder.relative_bias.weight", "encoder.relative_attention_bias.embeddings.weight", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "encoder.layers.{encoder_block}.ln1.weight", "embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "encoder.layers.{encoder_block}.dense.wi.weight", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "encoder.layers.{encoder_block}.dense.wi_0.weight", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "encoder.layers.{encoder_block}.dense.wi_1.weight", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "encoder.layers.{encoder_block}.dense.wo.weight", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "encoder.layers.{encoder_block}.ln2.weight", "embed"),
    LayoutRow("encoder.final_norm.weight", "encoder.ln.weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "decoder.layers.{decoder_block}.self_attention.query_proj.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "decoder.layers.{decoder_block}.self_attention.key_proj.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "decoder.layers.{decoder_block}.self_attention.value_proj.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "decoder.layers.{decoder_block}.self_attention.out_proj.weight", "embed (heads head)"),
    LayoutRow("decoder.relative_bias.weight", "decoder.relative_attention_bias.embeddings.weight", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "decoder.layers.{decoder_block}.ln1.weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "decoder.layers.{decoder_block}.cross_attention.query_proj.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "decoder.layers.{decoder_block}.cross_attention.key_proj.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "decoder.layers.{decoder_block}.cross_attention.value_proj.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "decoder.layers.{decoder_block}.cross_attention.out_proj.weight", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "decoder.layers.{decoder_block}.ln2.weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "decoder.layers.{decoder_block}.dense.wi.weight", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "decoder.layers.{decoder_block}.dense.wi_0.weight", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "decoder.layers.{decoder_block}.dense.wi_1.weight", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "decoder.layers.{decoder_block}.dense.wo.weight", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "decoder.layers.{decoder_block}.ln3.weight", "embed"),
    LayoutRow("decoder.final_norm.weight", "decoder.ln.weight", "embed"),
    LayoutRow("lm_head.weight", "lm_head.linear.weight", "vocab embed"),
  ])

  /// The `config.json` of Hugging Face as mlx-examples reads it: a gated gelu is the erf form, and whoever names
  /// `feed_forward_proj` at all is gated, so the ungated relu is said by leaving it out (`t5.py`, `DenseActivation`).
  static let mlxConfig = hfConfig.replacing(
    ConfigKey("feed_forward_proj", "", .words(mlxProjections), fallback: "relu"),
    ConfigKey("dense_act_fn", "", .anything, isWritten: false))

  private static let mlxProjections = [
    ConfigWord("", ["activation": .string("relu"), "is_gated": .bool(false)]),
    ConfigWord("relu", ["activation": .string("relu"), "is_gated": .bool(false)]),
    ConfigWord("gated-gelu", ["activation": .string("gelu_erf"), "is_gated": .bool(true)]),
    ConfigWord("gated-silu", ["activation": .string("silu"), "is_gated": .bool(true)]),
    ConfigWord("gated-relu", ["activation": .string("relu"), "is_gated": .bool(true)]),
  ]
}
