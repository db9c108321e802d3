import TensorData

extension BERT {
  // swift-format-ignore
  /// Flaxformer's names, of the encoder alone. Names and shapes are those of its golden files; orientation as in all Flax layers.
  static let flaxformer = Layout(
    "flaxformer", source: "google/flaxformer, architectures/bert, testdata", config: tf1Config,
    rows: [
    LayoutRow("embeddings.word.weight", "embedder/embedders_token_ids/embedding", "vocab embed"),
    LayoutRow("embeddings.position.weight", "embedder/embedders_position_ids/embedding", "positions embed"),
    LayoutRow("embeddings.token_type.weight", "embedder/embedders_segment_ids/embedding", "token_types embed"),
    LayoutRow("embeddings.norm.weight", "layer_norm/scale", "embed"),
    LayoutRow("embeddings.norm.bias", "layer_norm/bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "encoder_block/layer_sequence/layers_{block}/attention_block/attention_layer/query/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.q.bias", "encoder_block/layer_sequence/layers_{block}/attention_block/attention_layer/query/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.k.weight", "encoder_block/layer_sequence/layers_{block}/attention_block/attention_layer/key/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.k.bias", "encoder_block/layer_sequence/layers_{block}/attention_block/attention_layer/key/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.v.weight", "encoder_block/layer_sequence/layers_{block}/attention_block/attention_layer/value/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.v.bias", "encoder_block/layer_sequence/layers_{block}/attention_block/attention_layer/value/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.o.weight", "encoder_block/layer_sequence/layers_{block}/attention_block/dense_layer/kernel", "(heads head) embed"),
    LayoutRow("block.{block}.attention.o.bias", "encoder_block/layer_sequence/layers_{block}/attention_block/dense_layer/bias", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "encoder_block/layer_sequence/layers_{block}/attention_block/layer_norm/scale", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "encoder_block/layer_sequence/layers_{block}/attention_block/layer_norm/bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "encoder_block/layer_sequence/layers_{block}/mlp_block/mlp/dense_layer/kernel", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "encoder_block/layer_sequence/layers_{block}/mlp_block/mlp/dense_layer/bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "encoder_block/layer_sequence/layers_{block}/mlp_block/dense_layer/kernel", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "encoder_block/layer_sequence/layers_{block}/mlp_block/dense_layer/bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "encoder_block/layer_sequence/layers_{block}/mlp_block/layer_norm/scale", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "encoder_block/layer_sequence/layers_{block}/mlp_block/layer_norm/bias", "embed"),
  ])
}
