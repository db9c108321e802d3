import TensorData

extension T5 {
  // swift-format-ignore
  /// Hugging Face's TensorFlow 2 variables, `model.weights[i].name` without `:0`.
  static let tf2 = Layout(
    "tf2", source: "transformers 4, modeling_tf_t5.py", config: tf2Config, scopes: tf2Scopes,
    rows: [
    LayoutRow("shared.weight", "shared/shared/embeddings", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "<model>/encoder/block_._{encoder_block}/layer_._0/SelfAttention/q/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "<model>/encoder/block_._{encoder_block}/layer_._0/SelfAttention/k/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "<model>/encoder/block_._{encoder_block}/layer_._0/SelfAttention/v/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "<model>/encoder/block_._{encoder_block}/layer_._0/SelfAttention/o/kernel", "(heads head) embed"),
    LayoutRow("encoder.relative_bias.weight", "<model>/encoder/block_._0/layer_._0/SelfAttention/relative_attention_bias/embeddings", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "<model>/encoder/block_._{encoder_block}/layer_._0/layer_norm/weight", "embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "<model>/encoder/block_._{encoder_block}/layer_._1/DenseReluDense/wi/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "<model>/encoder/block_._{encoder_block}/layer_._1/DenseReluDense/wi_0/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "<model>/encoder/block_._{encoder_block}/layer_._1/DenseReluDense/wi_1/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "<model>/encoder/block_._{encoder_block}/layer_._1/DenseReluDense/wo/kernel", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "<model>/encoder/block_._{encoder_block}/layer_._1/layer_norm/weight", "embed"),
    LayoutRow("encoder.final_norm.weight", "<model>/encoder/final_layer_norm/weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "<model>/decoder/block_._{decoder_block}/layer_._0/SelfAttention/q/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "<model>/decoder/block_._{decoder_block}/layer_._0/SelfAttention/k/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "<model>/decoder/block_._{decoder_block}/layer_._0/SelfAttention/v/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "<model>/decoder/block_._{decoder_block}/layer_._0/SelfAttention/o/kernel", "(heads head) embed"),
    LayoutRow("decoder.relative_bias.weight", "<model>/decoder/block_._0/layer_._0/SelfAttention/relative_attention_bias/embeddings", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "<model>/decoder/block_._{decoder_block}/layer_._0/layer_norm/weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "<model>/decoder/block_._{decoder_block}/layer_._1/EncDecAttention/q/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "<model>/decoder/block_._{decoder_block}/layer_._1/EncDecAttention/k/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "<model>/decoder/block_._{decoder_block}/layer_._1/EncDecAttention/v/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "<model>/decoder/block_._{decoder_block}/layer_._1/EncDecAttention/o/kernel", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "<model>/decoder/block_._{decoder_block}/layer_._1/layer_norm/weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "<model>/decoder/block_._{decoder_block}/layer_._2/DenseReluDense/wi/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "<model>/decoder/block_._{decoder_block}/layer_._2/DenseReluDense/wi_0/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "<model>/decoder/block_._{decoder_block}/layer_._2/DenseReluDense/wi_1/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "<model>/decoder/block_._{decoder_block}/layer_._2/DenseReluDense/wo/kernel", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "<model>/decoder/block_._{decoder_block}/layer_._2/layer_norm/weight", "embed"),
    LayoutRow("decoder.final_norm.weight", "<model>/decoder/final_layer_norm/weight", "embed"),
    LayoutRow("lm_head.weight", "<model>/lm_head/kernel", "embed vocab"),
  ])

  /// Keras's names of the model classes (`TFT5Model` and so on), which are the scope of their variables.
  static let tf2Scopes = [
    "base": "tft5_model", "lm": "tft5_for_conditional_generation", "encoder": "tft5_encoder_model",
  ]
}
