import TensorData

extension BERT {
  // swift-format-ignore
  /// Hugging Face's Flax names, joined by slashes.
  static let flax = Layout(
    "flax", source: "transformers 4, modeling_flax_bert.py", config: flaxConfig, prefixedBy: heads, rows: [
    LayoutRow("embeddings.word.weight", "[bert/]embeddings/word_embeddings/embedding", "vocab embed"),
    LayoutRow("embeddings.position.weight", "[bert/]embeddings/position_embeddings/embedding", "positions embed"),
    LayoutRow("embeddings.token_type.weight", "[bert/]embeddings/token_type_embeddings/embedding", "token_types embed"),
    LayoutRow("embeddings.norm.weight", "[bert/]embeddings/LayerNorm/scale", "embed"),
    LayoutRow("embeddings.norm.bias", "[bert/]embeddings/LayerNorm/bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "[bert/]encoder/layer/{block}/attention/self/query/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.q.bias", "[bert/]encoder/layer/{block}/attention/self/query/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.k.weight", "[bert/]encoder/layer/{block}/attention/self/key/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.k.bias", "[bert/]encoder/layer/{block}/attention/self/key/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.v.weight", "[bert/]encoder/layer/{block}/attention/self/value/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.v.bias", "[bert/]encoder/layer/{block}/attention/self/value/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.o.weight", "[bert/]encoder/layer/{block}/attention/output/dense/kernel", "(heads head) embed"),
    LayoutRow("block.{block}.attention.o.bias", "[bert/]encoder/layer/{block}/attention/output/dense/bias", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "[bert/]encoder/layer/{block}/attention/output/LayerNorm/scale", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "[bert/]encoder/layer/{block}/attention/output/LayerNorm/bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "[bert/]encoder/layer/{block}/intermediate/dense/kernel", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "[bert/]encoder/layer/{block}/intermediate/dense/bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "[bert/]encoder/layer/{block}/output/dense/kernel", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "[bert/]encoder/layer/{block}/output/dense/bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "[bert/]encoder/layer/{block}/output/LayerNorm/scale", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "[bert/]encoder/layer/{block}/output/LayerNorm/bias", "embed"),
    LayoutRow("pooler.weight", "[bert/]pooler/dense/kernel", "embed pooled"),
    LayoutRow("pooler.bias", "[bert/]pooler/dense/bias", "pooled"),
    LayoutRow("mlm.transform.weight", "cls/predictions/transform/dense/kernel", "embed transformed"),
    LayoutRow("mlm.transform.bias", "cls/predictions/transform/dense/bias", "transformed"),
    LayoutRow("mlm.norm.weight", "cls/predictions/transform/LayerNorm/scale", "embed"),
    LayoutRow("mlm.norm.bias", "cls/predictions/transform/LayerNorm/bias", "embed"),
    LayoutRow("mlm.decoder.weight", "cls/predictions/decoder/kernel", "embed vocab"),
    LayoutRow("mlm.decoder.bias", "cls/predictions/bias", "vocab"),
    LayoutRow("nsp.weight", "cls/seq_relationship/kernel", "embed relations"),
    LayoutRow("nsp.bias", "cls/seq_relationship/bias", "relations"),
    LayoutRow("classifier.weight", "classifier/kernel", "embed labels"),
    LayoutRow("classifier.bias", "classifier/bias", "labels"),
    LayoutRow("qa.weight", "qa_outputs/kernel", "embed spans"),
    LayoutRow("qa.bias", "qa_outputs/bias", "spans"),
  ])
}
