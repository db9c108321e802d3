import TensorData

extension BERT {
  // swift-format-ignore
  /// The paths of the datasets in KerasHub's `model.weights.h5`; Keras numbers layers of one class from the second on.
  static let kerasHubH5 = Layout(
    "keras-hub-h5", source: "keras_hub 0.32, models/bert/bert_backbone.py", config: kerasHubConfig,
    rows: [
    LayoutRow("embeddings.word.weight", "layers/reversible_embedding/vars/0", "vocab embed"),
    LayoutRow("embeddings.position.weight", "layers/position_embedding/vars/0", "positions embed"),
    LayoutRow("embeddings.token_type.weight", "layers/embedding/vars/0", "token_types embed"),
    LayoutRow("embeddings.norm.weight", "layers/layer_normalization/vars/0", "embed"),
    LayoutRow("embeddings.norm.bias", "layers/layer_normalization/vars/1", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "layers/transformer_encoder{_block}/_self_attention_layer/query_dense/vars/0", "embed heads head"),
    LayoutRow("block.{block}.attention.q.bias", "layers/transformer_encoder{_block}/_self_attention_layer/query_dense/vars/1", "heads head"),
    LayoutRow("block.{block}.attention.k.weight", "layers/transformer_encoder{_block}/_self_attention_layer/key_dense/vars/0", "embed heads head"),
    LayoutRow("block.{block}.attention.k.bias", "layers/transformer_encoder{_block}/_self_attention_layer/key_dense/vars/1", "heads head"),
    LayoutRow("block.{block}.attention.v.weight", "layers/transformer_encoder{_block}/_self_attention_layer/value_dense/vars/0", "embed heads head"),
    LayoutRow("block.{block}.attention.v.bias", "layers/transformer_encoder{_block}/_self_attention_layer/value_dense/vars/1", "heads head"),
    LayoutRow("block.{block}.attention.o.weight", "layers/transformer_encoder{_block}/_self_attention_layer/output_dense/vars/0", "heads head embed"),
    LayoutRow("block.{block}.attention.o.bias", "layers/transformer_encoder{_block}/_self_attention_layer/output_dense/vars/1", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "layers/transformer_encoder{_block}/_self_attention_layer_norm/vars/0", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "layers/transformer_encoder{_block}/_self_attention_layer_norm/vars/1", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "layers/transformer_encoder{_block}/_feedforward_intermediate_dense/vars/0", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "layers/transformer_encoder{_block}/_feedforward_intermediate_dense/vars/1", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "layers/transformer_encoder{_block}/_feedforward_output_dense/vars/0", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "layers/transformer_encoder{_block}/_feedforward_output_dense/vars/1", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "layers/transformer_encoder{_block}/_feedforward_layer_norm/vars/0", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "layers/transformer_encoder{_block}/_feedforward_layer_norm/vars/1", "embed"),
    LayoutRow("pooler.weight", "layers/dense/vars/0", "embed pooled"),
    LayoutRow("pooler.bias", "layers/dense/vars/1", "pooled"),
  ])
}
