import TensorData

extension T5 {
  // swift-format-ignore
  /// The paths of the datasets in Hugging Face's `tf_model.h5`, which stores the shared embedding for each side again.
  static let tf2H5 = Layout(
    "tf2-h5", source: "transformers 4, modeling_tf_t5.py, modeling_tf_utils.py", config: tf2Config, scopes: tf2Scopes,
    rows: [
    LayoutRow("shared.weight", "shared/shared/shared/embeddings:0", "vocab embed", copies: [
      LayoutCopy(written: "encoder/shared/shared/embeddings:0"), LayoutCopy(written: "decoder/shared/shared/embeddings:0", part: "decoder"),
    ]),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._0/SelfAttention/q/kernel:0", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._0/SelfAttention/k/kernel:0", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._0/SelfAttention/v/kernel:0", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._0/SelfAttention/o/kernel:0", "(heads head) embed"),
    LayoutRow("encoder.relative_bias.weight", "encoder/<model>/encoder/block_._0/layer_._0/SelfAttention/relative_attention_bias/embeddings:0", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._0/layer_norm/weight:0", "embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._1/DenseReluDense/wi/kernel:0", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._1/DenseReluDense/wi_0/kernel:0", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._1/DenseReluDense/wi_1/kernel:0", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._1/DenseReluDense/wo/kernel:0", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "encoder/<model>/encoder/block_._{encoder_block}/layer_._1/layer_norm/weight:0", "embed"),
    LayoutRow("encoder.final_norm.weight", "encoder/<model>/encoder/final_layer_norm/weight:0", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._0/SelfAttention/q/kernel:0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._0/SelfAttention/k/kernel:0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._0/SelfAttention/v/kernel:0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._0/SelfAttention/o/kernel:0", "(heads head) embed"),
    LayoutRow("decoder.relative_bias.weight", "decoder/<model>/decoder/block_._0/layer_._0/SelfAttention/relative_attention_bias/embeddings:0", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._0/layer_norm/weight:0", "embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._1/EncDecAttention/q/kernel:0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._1/EncDecAttention/k/kernel:0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._1/EncDecAttention/v/kernel:0", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._1/EncDecAttention/o/kernel:0", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._1/layer_norm/weight:0", "embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._2/DenseReluDense/wi/kernel:0", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._2/DenseReluDense/wi_0/kernel:0", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._2/DenseReluDense/wi_1/kernel:0", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._2/DenseReluDense/wo/kernel:0", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "decoder/<model>/decoder/block_._{decoder_block}/layer_._2/layer_norm/weight:0", "embed"),
    LayoutRow("decoder.final_norm.weight", "decoder/<model>/decoder/final_layer_norm/weight:0", "embed"),
    LayoutRow("lm_head.weight", "lm_head/<model>/lm_head/kernel:0", "embed vocab"),
  ])
}
