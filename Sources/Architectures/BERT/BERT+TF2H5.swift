import TensorData

extension BERT {
  // swift-format-ignore
  /// The paths of the datasets in Hugging Face's `tf_model.h5`; the head for masked words stores the embeddings again.
  static let tf2H5 = Layout(
    "tf2-h5", source: "transformers 4, modeling_tf_bert.py, modeling_tf_utils.py", config: tf2Config, scopes: tf2Scopes,
    rows: [
    LayoutRow("embeddings.word.weight", "bert/<model>/bert/embeddings/word_embeddings/weight:0", "vocab embed", copies: [LayoutCopy(written: "mlm___cls/<model>/bert/embeddings/word_embeddings/weight:0", part: "mlm")]),
    LayoutRow("embeddings.position.weight", "bert/<model>/bert/embeddings/position_embeddings/embeddings:0", "positions embed", copies: [LayoutCopy(written: "mlm___cls/<model>/bert/embeddings/position_embeddings/embeddings:0", part: "mlm")]),
    LayoutRow("embeddings.token_type.weight", "bert/<model>/bert/embeddings/token_type_embeddings/embeddings:0", "token_types embed", copies: [LayoutCopy(written: "mlm___cls/<model>/bert/embeddings/token_type_embeddings/embeddings:0", part: "mlm")]),
    LayoutRow("embeddings.norm.weight", "bert/<model>/bert/embeddings/LayerNorm/gamma:0", "embed", copies: [LayoutCopy(written: "mlm___cls/<model>/bert/embeddings/LayerNorm/gamma:0", part: "mlm")]),
    LayoutRow("embeddings.norm.bias", "bert/<model>/bert/embeddings/LayerNorm/beta:0", "embed", copies: [LayoutCopy(written: "mlm___cls/<model>/bert/embeddings/LayerNorm/beta:0", part: "mlm")]),
    LayoutRow("block.{block}.attention.q.weight", "bert/<model>/bert/encoder/layer_._{block}/attention/self/query/kernel:0", "embed (heads head)"),
    LayoutRow("block.{block}.attention.q.bias", "bert/<model>/bert/encoder/layer_._{block}/attention/self/query/bias:0", "(heads head)"),
    LayoutRow("block.{block}.attention.k.weight", "bert/<model>/bert/encoder/layer_._{block}/attention/self/key/kernel:0", "embed (heads head)"),
    LayoutRow("block.{block}.attention.k.bias", "bert/<model>/bert/encoder/layer_._{block}/attention/self/key/bias:0", "(heads head)"),
    LayoutRow("block.{block}.attention.v.weight", "bert/<model>/bert/encoder/layer_._{block}/attention/self/value/kernel:0", "embed (heads head)"),
    LayoutRow("block.{block}.attention.v.bias", "bert/<model>/bert/encoder/layer_._{block}/attention/self/value/bias:0", "(heads head)"),
    LayoutRow("block.{block}.attention.o.weight", "bert/<model>/bert/encoder/layer_._{block}/attention/output/dense/kernel:0", "(heads head) embed"),
    LayoutRow("block.{block}.attention.o.bias", "bert/<model>/bert/encoder/layer_._{block}/attention/output/dense/bias:0", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "bert/<model>/bert/encoder/layer_._{block}/attention/output/LayerNorm/gamma:0", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "bert/<model>/bert/encoder/layer_._{block}/attention/output/LayerNorm/beta:0", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "bert/<model>/bert/encoder/layer_._{block}/intermediate/dense/kernel:0", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "bert/<model>/bert/encoder/layer_._{block}/intermediate/dense/bias:0", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "bert/<model>/bert/encoder/layer_._{block}/output/dense/kernel:0", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "bert/<model>/bert/encoder/layer_._{block}/output/dense/bias:0", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "bert/<model>/bert/encoder/layer_._{block}/output/LayerNorm/gamma:0", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "bert/<model>/bert/encoder/layer_._{block}/output/LayerNorm/beta:0", "embed"),
    LayoutRow("pooler.weight", "bert/<model>/bert/pooler/dense/kernel:0", "embed pooled"),
    LayoutRow("pooler.bias", "bert/<model>/bert/pooler/dense/bias:0", "pooled"),
    LayoutRow("mlm.transform.weight", "mlm___cls/<model>/mlm___cls/predictions/transform/dense/kernel:0", "embed transformed"),
    LayoutRow("mlm.transform.bias", "mlm___cls/<model>/mlm___cls/predictions/transform/dense/bias:0", "transformed"),
    LayoutRow("mlm.norm.weight", "mlm___cls/<model>/mlm___cls/predictions/transform/LayerNorm/gamma:0", "embed"),
    LayoutRow("mlm.norm.bias", "mlm___cls/<model>/mlm___cls/predictions/transform/LayerNorm/beta:0", "embed"),
    LayoutRow("mlm.decoder.bias", "mlm___cls/<model>/mlm___cls/predictions/bias:0", "vocab"),
    LayoutRow("nsp.weight", "nsp___cls/<model>/nsp___cls/seq_relationship/kernel:0", "embed relations"),
    LayoutRow("nsp.bias", "nsp___cls/<model>/nsp___cls/seq_relationship/bias:0", "relations"),
    LayoutRow("classifier.weight", "classifier/<model>/classifier/kernel:0", "embed labels"),
    LayoutRow("classifier.bias", "classifier/<model>/classifier/bias:0", "labels"),
    LayoutRow("qa.weight", "qa_outputs/<model>/qa_outputs/kernel:0", "embed spans"),
    LayoutRow("qa.bias", "qa_outputs/<model>/qa_outputs/bias:0", "spans"),
  ])
}
