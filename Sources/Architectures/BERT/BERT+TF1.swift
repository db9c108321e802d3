import StrictJSON
import TensorData

extension BERT {
  // swift-format-ignore
  /// The variable names of the original release.
  static let tf1 = Layout(
    "tf1", source: "google-research/bert, modeling.py, run_pretraining.py, run_classifier.py, run_squad.py",
    config: tf1Config, rows: [
    LayoutRow("embeddings.word.weight", "bert/embeddings/word_embeddings", "vocab embed"),
    LayoutRow("embeddings.position.weight", "bert/embeddings/position_embeddings", "positions embed"),
    LayoutRow("embeddings.token_type.weight", "bert/embeddings/token_type_embeddings", "token_types embed"),
    LayoutRow("embeddings.norm.weight", "bert/embeddings/LayerNorm/gamma", "embed"),
    LayoutRow("embeddings.norm.bias", "bert/embeddings/LayerNorm/beta", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "bert/encoder/layer_{block}/attention/self/query/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.q.bias", "bert/encoder/layer_{block}/attention/self/query/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.k.weight", "bert/encoder/layer_{block}/attention/self/key/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.k.bias", "bert/encoder/layer_{block}/attention/self/key/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.v.weight", "bert/encoder/layer_{block}/attention/self/value/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.v.bias", "bert/encoder/layer_{block}/attention/self/value/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.o.weight", "bert/encoder/layer_{block}/attention/output/dense/kernel", "(heads head) embed"),
    LayoutRow("block.{block}.attention.o.bias", "bert/encoder/layer_{block}/attention/output/dense/bias", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "bert/encoder/layer_{block}/attention/output/LayerNorm/gamma", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "bert/encoder/layer_{block}/attention/output/LayerNorm/beta", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "bert/encoder/layer_{block}/intermediate/dense/kernel", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "bert/encoder/layer_{block}/intermediate/dense/bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "bert/encoder/layer_{block}/output/dense/kernel", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "bert/encoder/layer_{block}/output/dense/bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "bert/encoder/layer_{block}/output/LayerNorm/gamma", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "bert/encoder/layer_{block}/output/LayerNorm/beta", "embed"),
    LayoutRow("pooler.weight", "bert/pooler/dense/kernel", "embed pooled"),
    LayoutRow("pooler.bias", "bert/pooler/dense/bias", "pooled"),
    LayoutRow("mlm.transform.weight", "cls/predictions/transform/dense/kernel", "embed transformed"),
    LayoutRow("mlm.transform.bias", "cls/predictions/transform/dense/bias", "transformed"),
    LayoutRow("mlm.norm.weight", "cls/predictions/transform/LayerNorm/gamma", "embed"),
    LayoutRow("mlm.norm.bias", "cls/predictions/transform/LayerNorm/beta", "embed"),
    LayoutRow("mlm.decoder.bias", "cls/predictions/output_bias", "vocab"),
    LayoutRow("nsp.weight", "cls/seq_relationship/output_weights", "relations embed"),
    LayoutRow("nsp.bias", "cls/seq_relationship/output_bias", "relations"),
    LayoutRow("classifier.weight", "output_weights", "labels embed"),
    LayoutRow("classifier.bias", "output_bias", "labels"),
    LayoutRow("qa.weight", "cls/squad/output_weights", "spans embed"),
    LayoutRow("qa.bias", "cls/squad/output_bias", "spans"),
  ])

  /// `bert_config.json`, whose `gelu` is the tanh form and whose epsilon is fixed (google-research/bert, `modeling.py`).
  static let tf1Config = ConfigDialect(
    "bert_config.json",
    irrelevant: [
      "hidden_dropout_prob", "attention_probs_dropout_prob", "initializer_range", "directionality", "pooler_fc_size",
      "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type",
    ],
    known: [], implied: ["layer_norm_epsilon": .double(1e-12), "tied_head": .bool(true)],
    keys: [
      ConfigKey("vocab_size", "vocab", .int),
      ConfigKey("hidden_size", "embed", .int),
      ConfigKey("num_hidden_layers", "block", .int),
      ConfigKey("num_attention_heads", "heads", .int),
      ConfigKey("intermediate_size", "ff", .int),
      ConfigKey(
        "hidden_act", "",
        .words(HFConfig.words([("gelu", "gelu_tanh"), ("relu", "relu"), ("tanh", "tanh"), ("linear", "identity")])),
        fallback: "gelu"),
      ConfigKey("max_position_embeddings", "positions", .int),
      ConfigKey("type_vocab_size", "token_types", .int),
    ])
}
