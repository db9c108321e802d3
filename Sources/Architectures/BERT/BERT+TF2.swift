import TensorData

extension BERT {
  // swift-format-ignore
  /// Hugging Face's TensorFlow 2 variables, `model.weights[i].name` without `:0`.
  static let tf2 = Layout(
    "tf2", source: "transformers 4, modeling_tf_bert.py", config: tf2Config, scopes: tf2Scopes,
    rows: [
    LayoutRow("embeddings.word.weight", "<model>/bert/embeddings/word_embeddings/weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "<model>/bert/embeddings/position_embeddings/embeddings", "positions embed"),
    LayoutRow("embeddings.token_type.weight", "<model>/bert/embeddings/token_type_embeddings/embeddings", "token_types embed"),
    LayoutRow("embeddings.norm.weight", "<model>/bert/embeddings/LayerNorm/gamma", "embed"),
    LayoutRow("embeddings.norm.bias", "<model>/bert/embeddings/LayerNorm/beta", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "<model>/bert/encoder/layer_._{block}/attention/self/query/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.q.bias", "<model>/bert/encoder/layer_._{block}/attention/self/query/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.k.weight", "<model>/bert/encoder/layer_._{block}/attention/self/key/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.k.bias", "<model>/bert/encoder/layer_._{block}/attention/self/key/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.v.weight", "<model>/bert/encoder/layer_._{block}/attention/self/value/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.v.bias", "<model>/bert/encoder/layer_._{block}/attention/self/value/bias", "(heads head)"),
    LayoutRow("block.{block}.attention.o.weight", "<model>/bert/encoder/layer_._{block}/attention/output/dense/kernel", "(heads head) embed"),
    LayoutRow("block.{block}.attention.o.bias", "<model>/bert/encoder/layer_._{block}/attention/output/dense/bias", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "<model>/bert/encoder/layer_._{block}/attention/output/LayerNorm/gamma", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "<model>/bert/encoder/layer_._{block}/attention/output/LayerNorm/beta", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "<model>/bert/encoder/layer_._{block}/intermediate/dense/kernel", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "<model>/bert/encoder/layer_._{block}/intermediate/dense/bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "<model>/bert/encoder/layer_._{block}/output/dense/kernel", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "<model>/bert/encoder/layer_._{block}/output/dense/bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "<model>/bert/encoder/layer_._{block}/output/LayerNorm/gamma", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "<model>/bert/encoder/layer_._{block}/output/LayerNorm/beta", "embed"),
    LayoutRow("pooler.weight", "<model>/bert/pooler/dense/kernel", "embed pooled"),
    LayoutRow("pooler.bias", "<model>/bert/pooler/dense/bias", "pooled"),
    LayoutRow("mlm.transform.weight", "<model>/mlm___cls/predictions/transform/dense/kernel", "embed transformed"),
    LayoutRow("mlm.transform.bias", "<model>/mlm___cls/predictions/transform/dense/bias", "transformed"),
    LayoutRow("mlm.norm.weight", "<model>/mlm___cls/predictions/transform/LayerNorm/gamma", "embed"),
    LayoutRow("mlm.norm.bias", "<model>/mlm___cls/predictions/transform/LayerNorm/beta", "embed"),
    LayoutRow("mlm.decoder.bias", "<model>/mlm___cls/predictions/bias", "vocab"),
    LayoutRow("nsp.weight", "<model>/nsp___cls/seq_relationship/kernel", "embed relations"),
    LayoutRow("nsp.bias", "<model>/nsp___cls/seq_relationship/bias", "relations"),
    LayoutRow("classifier.weight", "<model>/classifier/kernel", "embed labels"),
    LayoutRow("classifier.bias", "<model>/classifier/bias", "labels"),
    LayoutRow("qa.weight", "<model>/qa_outputs/kernel", "embed spans"),
    LayoutRow("qa.bias", "<model>/qa_outputs/bias", "spans"),
  ])

  /// Keras's names of the model classes (`TFBertModel` and so on), which are the scope of their variables.
  static let tf2Scopes = [
    "base": "tf_bert_model", "pretraining": "tf_bert_for_pre_training", "masked_lm": "tf_bert_for_masked_lm",
    "next_sentence": "tf_bert_for_next_sentence_prediction",
    "sequence_classification": "tf_bert_for_sequence_classification",
    "token_classification": "tf_bert_for_token_classification", "question_answering": "tf_bert_for_question_answering",
  ]
}
