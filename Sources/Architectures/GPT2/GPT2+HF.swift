import StrictJSON
import TensorData

extension GPT2 {
  // swift-format-ignore
  /// Hugging Face's PyTorch names: `Conv1D` weights are `[in, out]`, q, k and v are fused.
  static let hf = Layout(
    "hf", source: "transformers, modeling_gpt2.py", config: hfConfig, prefixedBy: ["lm", "score"],
    accounted: [
      AccountedTensor("[transformer.]h.{block}.attn.bias", "causal mask buffer", value: .lowerTriangle),
      AccountedTensor("[transformer.]h.{block}.attn.masked_bias", "mask value buffer", value: .constant(-1e4)),
    ], rows: [
    LayoutRow("embeddings.word.weight", "[transformer.]wte.weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "[transformer.]wpe.weight", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "[transformer.]h.{block}.ln_1.weight", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "[transformer.]h.{block}.ln_1.bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "[transformer.]h.{block}.attn.c_attn.weight", "embed (qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.q.bias", "[transformer.]h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.k.weight", "[transformer.]h.{block}.attn.c_attn.weight", "embed (qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.k.bias", "[transformer.]h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.v.weight", "[transformer.]h.{block}.attn.c_attn.weight", "embed (qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.v.bias", "[transformer.]h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.o.weight", "[transformer.]h.{block}.attn.c_proj.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.o.bias", "[transformer.]h.{block}.attn.c_proj.bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "[transformer.]h.{block}.ln_2.weight", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "[transformer.]h.{block}.ln_2.bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "[transformer.]h.{block}.mlp.c_fc.weight", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "[transformer.]h.{block}.mlp.c_fc.bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "[transformer.]h.{block}.mlp.c_proj.weight", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "[transformer.]h.{block}.mlp.c_proj.bias", "embed"),
    LayoutRow("final_norm.weight", "[transformer.]ln_f.weight", "embed"),
    LayoutRow("final_norm.bias", "[transformer.]ln_f.bias", "embed"),
    LayoutRow("lm_head.weight", "lm_head.weight", "vocab embed"),
    LayoutRow("score.weight", "score.weight", "labels embed"),
  ])

  /// Keys of GPT-2's own `config.json` that do not change what the weights compute; `summary_…` is how `GPT2DoubleHeadsModel`
  /// chooses among answers, with weights that no other model has.
  private static let hfIrrelevant: Set<String> = [
    "attn_pdrop", "classifier_dropout", "embd_pdrop", "hidden_dropout", "predict_special_tokens",
    "reorder_and_upcast_attn",
    "resid_pdrop", "summary_activation", "summary_first_dropout", "summary_last_dropout", "summary_proj_to_labels",
    "summary_type", "summary_use_proj",
  ]

  /// `config.json` as transformers reads it (`configuration_gpt2.py`).
  static let hfConfig = ConfigDialect(
    "config.json", irrelevant: HFConfig.irrelevant(and: hfIrrelevant), known: HFConfig.known("gpt2"),
    keys: [
      ConfigKey("model_type", "", .modelType([ConfigWord("gpt2", [:])])),
      ConfigKey("architectures", "", .firstWord(tasks)),
      ConfigKey("vocab_size", "vocab", .int),
      ConfigKey("n_positions", "positions", .int),
      ConfigKey("n_ctx", "positions", .int),
      ConfigKey("n_embd", "embed", .int),
      ConfigKey("n_layer", "block", .int),
      ConfigKey("n_head", "heads", .int),
      ConfigKey("n_inner", "ff", .int),
      // `attribute_map`: other names for the same.
      ConfigKey("hidden_size", "embed", .int, isWritten: false),
      ConfigKey("max_position_embeddings", "positions", .int, isWritten: false),
      ConfigKey("num_attention_heads", "heads", .int, isWritten: false),
      ConfigKey("num_hidden_layers", "block", .int, isWritten: false),
      ConfigKey("activation_function", "", .words(HFConfig.activations), fallback: "gelu_new"),
      ConfigKey("layer_norm_epsilon", "layer_norm_epsilon", .double, fallback: 1e-5),
      ConfigKey("scale_attn_weights", "scale_attn_weights", .bool, fallback: true),
      ConfigKey(
        "scale_attn_by_inverse_layer_idx", "scale_attn_by_inverse_layer_idx", .bool, fallback: false),
      ConfigKey("id2label", "labels", .labels),
      ConfigKey("tie_word_embeddings", "tied_head", .bool, fallback: true),
    ] + HFConfig.mustBeOff + HFConfig.tokenIDs)

  /// The same file as the Flax classes read it, which know fewer activations.
  static let flaxConfig = hfConfig.replacing(
    ConfigKey("activation_function", "", .words(HFConfig.flaxActivations), fallback: "gelu_new"))

  /// The same file as the TensorFlow classes read it, which know fewer activations.
  static let tf2Config = hfConfig.replacing(
    ConfigKey("activation_function", "", .words(HFConfig.tensorFlowActivations), fallback: "gelu_new"))

  /// The model classes of transformers and what their heads do.
  static let tasks = [
    ConfigWord("GPT2Model", ["task": .string("base")]), ConfigWord("GPT2LMHeadModel", ["task": .string("lm")]),
    ConfigWord("GPT2ForSequenceClassification", ["task": .string("sequence_classification")]),
  ]
}
