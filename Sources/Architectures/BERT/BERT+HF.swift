import StrictJSON
import TensorData

extension BERT {
  // swift-format-ignore
  /// Hugging Face's PyTorch names, with and without the prefix of the base model.
  static let hf = Layout(
    "hf", source: "transformers, modeling_bert.py", config: hfConfig, prefixedBy: heads,
    accounted: [
      AccountedTensor("[bert.]embeddings.position_ids", "position index buffer", value: .range),
    ], rows: [
    LayoutRow("embeddings.word.weight", "[bert.]embeddings.word_embeddings.weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "[bert.]embeddings.position_embeddings.weight", "positions embed"),
    LayoutRow("embeddings.token_type.weight", "[bert.]embeddings.token_type_embeddings.weight", "token_types embed"),
    LayoutRow("embeddings.norm.weight", "[bert.]embeddings.LayerNorm.weight", "embed", aliases: ["[bert.]embeddings.LayerNorm.gamma"]),
    LayoutRow("embeddings.norm.bias", "[bert.]embeddings.LayerNorm.bias", "embed", aliases: ["[bert.]embeddings.LayerNorm.beta"]),
    LayoutRow("block.{block}.attention.q.weight", "[bert.]encoder.layer.{block}.attention.self.query.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.q.bias", "[bert.]encoder.layer.{block}.attention.self.query.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.k.weight", "[bert.]encoder.layer.{block}.attention.self.key.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.k.bias", "[bert.]encoder.layer.{block}.attention.self.key.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.v.weight", "[bert.]encoder.layer.{block}.attention.self.value.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.v.bias", "[bert.]encoder.layer.{block}.attention.self.value.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.o.weight", "[bert.]encoder.layer.{block}.attention.output.dense.weight", "embed (heads head)"),
    LayoutRow("block.{block}.attention.o.bias", "[bert.]encoder.layer.{block}.attention.output.dense.bias", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "[bert.]encoder.layer.{block}.attention.output.LayerNorm.weight", "embed", aliases: ["[bert.]encoder.layer.{block}.attention.output.LayerNorm.gamma"]),
    LayoutRow("block.{block}.attention_norm.bias", "[bert.]encoder.layer.{block}.attention.output.LayerNorm.bias", "embed", aliases: ["[bert.]encoder.layer.{block}.attention.output.LayerNorm.beta"]),
    LayoutRow("block.{block}.ff.up.weight", "[bert.]encoder.layer.{block}.intermediate.dense.weight", "ff embed"),
    LayoutRow("block.{block}.ff.up.bias", "[bert.]encoder.layer.{block}.intermediate.dense.bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "[bert.]encoder.layer.{block}.output.dense.weight", "embed ff"),
    LayoutRow("block.{block}.ff.down.bias", "[bert.]encoder.layer.{block}.output.dense.bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "[bert.]encoder.layer.{block}.output.LayerNorm.weight", "embed", aliases: ["[bert.]encoder.layer.{block}.output.LayerNorm.gamma"]),
    LayoutRow("block.{block}.ff_norm.bias", "[bert.]encoder.layer.{block}.output.LayerNorm.bias", "embed", aliases: ["[bert.]encoder.layer.{block}.output.LayerNorm.beta"]),
    LayoutRow("pooler.weight", "[bert.]pooler.dense.weight", "pooled embed"),
    LayoutRow("pooler.bias", "[bert.]pooler.dense.bias", "pooled"),
    LayoutRow("mlm.transform.weight", "cls.predictions.transform.dense.weight", "transformed embed"),
    LayoutRow("mlm.transform.bias", "cls.predictions.transform.dense.bias", "transformed"),
    LayoutRow("mlm.norm.weight", "cls.predictions.transform.LayerNorm.weight", "embed", aliases: ["cls.predictions.transform.LayerNorm.gamma"]),
    LayoutRow("mlm.norm.bias", "cls.predictions.transform.LayerNorm.bias", "embed", aliases: ["cls.predictions.transform.LayerNorm.beta"]),
    LayoutRow("mlm.decoder.weight", "cls.predictions.decoder.weight", "vocab embed"),
    LayoutRow("mlm.decoder.bias", "cls.predictions.bias", "vocab", copies: ["cls.predictions.decoder.bias"]),
    LayoutRow("nsp.weight", "cls.seq_relationship.weight", "relations embed"),
    LayoutRow("nsp.bias", "cls.seq_relationship.bias", "relations"),
    LayoutRow("classifier.weight", "classifier.weight", "labels embed"),
    LayoutRow("classifier.bias", "classifier.bias", "labels"),
    LayoutRow("qa.weight", "qa_outputs.weight", "spans embed"),
    LayoutRow("qa.bias", "qa_outputs.bias", "spans"),
  ])

  /// Keys of BERT's own `config.json` that do not change what the weights compute; the poolers of google-research's
  /// multilingual release are nobody's.
  private static let hfIrrelevant: Set<String> = [
    "attention_probs_dropout_prob", "classifier_dropout", "directionality", "hidden_dropout_prob", "pooler_fc_size",
    "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type", "vocab_file",
  ]

  /// `config.json` as transformers reads it (`configuration_bert.py`).
  static let hfConfig = ConfigDialect(
    "config.json", irrelevant: HFConfig.irrelevant(and: hfIrrelevant), known: HFConfig.known("bert"),
    keys: [
      ConfigKey("model_type", "", .modelType([ConfigWord("bert", [:])])),
      ConfigKey("architectures", "", .firstWord(tasks)),
      ConfigKey("vocab_size", "vocab", .int),
      ConfigKey("hidden_size", "embed", .int),
      ConfigKey("num_hidden_layers", "block", .int),
      ConfigKey("num_attention_heads", "heads", .int),
      ConfigKey("intermediate_size", "ff", .int),
      ConfigKey("hidden_act", "", .words(HFConfig.activations), fallback: "gelu"),
      ConfigKey("max_position_embeddings", "positions", .int),
      ConfigKey("type_vocab_size", "token_types", .int),
      ConfigKey("layer_norm_eps", "layer_norm_epsilon", .double, fallback: 1e-12),
      ConfigKey("id2label", "labels", .labels),
      ConfigKey("tie_word_embeddings", "tied_head", .bool, fallback: true),
      ConfigKey("position_embedding_type", "", .must(["absolute"]), isWritten: false),
    ] + HFConfig.mustBeOff + HFConfig.tokenIDs)

  /// The same file as the Flax classes read it, which know fewer activations.
  static let flaxConfig = hfConfig.replacing(
    ConfigKey("hidden_act", "", .words(HFConfig.flaxActivations), fallback: "gelu"))

  /// The same file as the TensorFlow classes read it, which know fewer activations.
  static let tf2Config = hfConfig.replacing(
    ConfigKey("hidden_act", "", .words(HFConfig.tensorFlowActivations), fallback: "gelu"))

  /// The model classes of transformers and what their heads do.
  static let tasks = [
    ConfigWord("BertModel", ["task": .string("base")]),
    ConfigWord("BertForPreTraining", ["task": .string("pretraining")]),
    ConfigWord("BertForMaskedLM", ["task": .string("masked_lm")]),
    ConfigWord("BertForNextSentencePrediction", ["task": .string("next_sentence")]),
    ConfigWord("BertForSequenceClassification", ["task": .string("sequence_classification")]),
    ConfigWord("BertForTokenClassification", ["task": .string("token_classification")]),
    ConfigWord("BertForQuestionAnswering", ["task": .string("question_answering")]),
  ]
}
