import TensorData

extension T5 {
  // swift-format-ignore
  /// Flaxformer's names where `scan` keeps all layers in one tensor: the layer is the second axis, heads are joined.
  /// Each layer owns a table of relative positions; T5 has one for all, so they must be equal.
  static let flaxformerScan = Layout(
    "flaxformer-scan", source: "google/flaxformer, architectures/t5, testdata", config: t5xConfig,
    accounted: [
      AccountedTensor(prefix: "state/", "optimiser state"),
    ],
    rows: [
    LayoutRow("shared.weight", "[target/]token_embedder/embedding", "vocab embed"),
    LayoutRow("encoder.embeddings.weight", "[target/]encoder/token_embedder/embedding", "vocab embed"),
    LayoutRow("decoder.embeddings.weight", "[target/]decoder/token_embedder/embedding", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "[target/]encoder/encoder/attention/query/kernel", "embed encoder_block (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "[target/]encoder/encoder/attention/key/kernel", "embed encoder_block (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "[target/]encoder/encoder/attention/value/kernel", "embed encoder_block (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "[target/]encoder/encoder/attention/out/kernel", "(heads head) encoder_block embed"),
    LayoutRow("encoder.relative_bias.weight", "[target/]encoder/encoder/relpos_bias/rel_embedding", "heads encoder_block buckets", repeated: "encoder_block"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "[target/]encoder/encoder/pre_attention_layer_norm/scale", "embed encoder_block"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "[target/]encoder/encoder/mlp/wi/kernel", "embed encoder_block ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "[target/]encoder/encoder/mlp/wi_0/kernel", "embed encoder_block ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "[target/]encoder/encoder/mlp/wi_1/kernel", "embed encoder_block ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "[target/]encoder/encoder/mlp/wo/kernel", "ff encoder_block embed"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "[target/]encoder/encoder/pre_mlp_layer_norm/scale", "embed encoder_block"),
    LayoutRow("encoder.final_norm.weight", "[target/]encoder/encoder_norm/scale", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "[target/]decoder/decoder/self_attention/query/kernel", "embed decoder_block (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "[target/]decoder/decoder/self_attention/key/kernel", "embed decoder_block (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "[target/]decoder/decoder/self_attention/value/kernel", "embed decoder_block (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "[target/]decoder/decoder/self_attention/out/kernel", "(heads head) decoder_block embed"),
    LayoutRow("decoder.relative_bias.weight", "[target/]decoder/decoder/relpos_bias/rel_embedding", "heads decoder_block buckets", repeated: "decoder_block"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "[target/]decoder/decoder/pre_self_attention_layer_norm/scale", "embed decoder_block"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "[target/]decoder/decoder/encoder_decoder_attention/query/kernel", "embed decoder_block (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "[target/]decoder/decoder/encoder_decoder_attention/key/kernel", "embed decoder_block (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "[target/]decoder/decoder/encoder_decoder_attention/value/kernel", "embed decoder_block (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "[target/]decoder/decoder/encoder_decoder_attention/out/kernel", "(heads head) decoder_block embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "[target/]decoder/decoder/pre_cross_attention_layer_norm/scale", "embed decoder_block"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "[target/]decoder/decoder/mlp/wi/kernel", "embed decoder_block ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "[target/]decoder/decoder/mlp/wi_0/kernel", "embed decoder_block ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "[target/]decoder/decoder/mlp/wi_1/kernel", "embed decoder_block ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "[target/]decoder/decoder/mlp/wo/kernel", "ff decoder_block embed"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "[target/]decoder/decoder/pre_mlp_layer_norm/scale", "embed decoder_block"),
    LayoutRow("decoder.final_norm.weight", "[target/]decoder/decoder_norm/scale", "embed"),
    LayoutRow("lm_head.weight", "[target/]decoder/logits_dense/kernel", "embed vocab"),
  ])
}
