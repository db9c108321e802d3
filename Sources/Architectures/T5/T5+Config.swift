import StrictJSON
import TensorData

extension T5 {
  /// The words of `feed_forward_proj`: the function, and whether a second projection gates it.
  ///
  /// `gated-gelu` alone is another function than its name says (`configuration_t5.py`).
  static func projections(_ activations: [ConfigWord]) -> [ConfigWord] {
    let usual = activations.filter { $0.word == "relu" } + activations.filter { $0.word != "relu" }
    func words(_ word: (String) -> String, isGated: Bool) -> [ConfigWord] {
      usual.map { ConfigWord(word($0.word), $0.meaning.merging(["is_gated": .bool(isGated)]) { $1 }) }
    }
    return words({ $0 }, isGated: false) + [
      ConfigWord("gated-gelu", ["activation": .string("gelu_tanh"), "is_gated": .bool(true)])
    ] + words({ "gated-\($0)" }, isGated: true).filter { $0.word != "gated-gelu" }
  }

  /// The model types: mT5, byT5 and Flan-T5 are T5 1.1, in uMT5 every layer has a table of relative positions
  /// (`modeling_umt5.py`).
  private static let types =
    ["t5", "mt5", "byt5", "flant5"].map { ConfigWord($0, ["layer_biases": .bool(false)]) } + [
      ConfigWord("umt5", ["layer_biases": .bool(true)])
    ]

  /// The model classes of transformers and what their heads do; those of uMT5 are written for models like it.
  private static let tasks =
    tasks(of: "T5", isLayered: false) + tasks(of: "UMT5", isLayered: true) + tasks(of: "MT5", isLayered: false) + [
      ConfigWord("T5WithLMHeadModel", ["task": .string("lm")])
    ]

  private static func tasks(of family: String, isLayered: Bool) -> [ConfigWord] {
    [("ForConditionalGeneration", "lm"), ("Model", "base"), ("EncoderModel", "encoder")].map { name, task in
      ConfigWord("\(family)\(name)", ["task": .string(task), "layer_biases": .bool(isLayered)])
    }
  }

  /// `config.json` as transformers reads it (`configuration_t5.py`); version 5 added `scale_decoder_outputs`.
  static let hfConfig = ConfigDialect(
    "config.json", irrelevant: HFConfig.irrelevant(and: ["classifier_dropout", "dropout_rate", "n_positions"]),
    known: HFConfig.known("t5", "mt5", "umt5"),
    fallbacks: [
      "mt5": ["feed_forward_proj": "gated-gelu", "tie_word_embeddings": false],
      "umt5": ["feed_forward_proj": "gated-gelu"],
    ],
    keys: [
      ConfigKey("model_type", "", .modelType(types)),
      ConfigKey("architectures", "", .firstWord(tasks)),
      ConfigKey("vocab_size", "vocab", .int),
      ConfigKey("d_model", "embed", .int),
      ConfigKey("d_kv", "head", .int),
      ConfigKey("d_ff", "ff", .int),
      ConfigKey("num_layers", "encoder_block", .int),
      ConfigKey("num_decoder_layers", "decoder_block", .int),
      ConfigKey("num_heads", "heads", .int),
      // `attribute_map`: other names for the same.
      ConfigKey("hidden_size", "embed", .int, isWritten: false),
      ConfigKey("head_dim", "head", .int, isWritten: false),
      ConfigKey("num_attention_heads", "heads", .int, isWritten: false),
      ConfigKey("num_hidden_layers", "encoder_block", .int, isWritten: false),
      ConfigKey("relative_attention_num_buckets", "buckets", .int, fallback: 32),
      ConfigKey("relative_attention_max_distance", "max_distance", .int, fallback: 128),
      ConfigKey("layer_norm_epsilon", "layer_norm_epsilon", .double, fallback: 1e-6),
      ConfigKey("feed_forward_proj", "", .words(projections(HFConfig.activations)), fallback: "relu"),
      ConfigKey("dense_act_fn", "", .words(HFConfig.activations), isWritten: false, overrules: true),
      ConfigKey("is_gated_act", "is_gated", .bool, isWritten: false),
      ConfigKey("tie_word_embeddings", "tied_head", .bool, fallback: true),
      ConfigKey("scale_decoder_outputs", "scale_decoder_outputs", .bool, isWritten: false),
    ] + HFConfig.mustBeOff + HFConfig.tokenIDs)

  /// The same file as the Flax classes read it, which know fewer activations.
  static let flaxConfig = hfConfig(with: HFConfig.flaxActivations)

  /// The same file as the TensorFlow classes read it, which know fewer activations.
  static let tf2Config = hfConfig(with: HFConfig.tensorFlowActivations)

  private static func hfConfig(with activations: [ConfigWord]) -> ConfigDialect {
    hfConfig.replacing(
      ConfigKey("feed_forward_proj", "", .words(projections(activations)), fallback: "relu"),
      ConfigKey("dense_act_fn", "", .words(activations), isWritten: false, overrules: true))
  }

  /// `operative_config.gin` of the original release.
  static let tf1Config = ConfigDialect(
    "operative_config.gin", format: .gin, irrelevant: nil,
    implied: [
      "layer_norm_epsilon": .double(1e-6), "max_distance": .int(128), "pad_token_id": .int(0), "eos_token_id": .int(1),
      "decoder_start_token_id": .int(0),
    ],
    keys: [
      ConfigKey("d_model", "embed", .int),
      ConfigKey("d_ff", "ff", .int),
      ConfigKey("d_kv", "head", .int),
      ConfigKey("num_heads", "heads", .int),
      ConfigKey("encoder/make_layer_stack.num_layers", "encoder_block", .int),
      ConfigKey("decoder/make_layer_stack.num_layers", "decoder_block", .int),
      ConfigKey("encoder/SelfAttention.relative_attention_num_buckets", "buckets", .int),
      ConfigKey("encoder/DenseReluDense.activation", "", .words(functions)),
      ConfigKey("decoder/DenseReluDense.activation", "", .words(functions)),
      ConfigKey("encoder/DenseReluDense.use_bias", "", .must([false]), isWritten: false),
      ConfigKey("decoder/DenseReluDense.use_bias", "", .must([false]), isWritten: false),
    ])

  /// mesh-tensorflow's names of the functions: its `gelu` is the tanh form; a list is a product of two projections
  /// (`mesh_tensorflow/layers.py`, `dense_product`).
  private static let functions = names(
    [("relu", "relu"), ("gelu", "gelu_tanh"), ("swish", "silu"), ("sigmoid", "sigmoid"), ("tanh", "tanh")],
    plain: { $0 }, gated: { "['\($0)', 'linear']" })

  /// The words of a framework that writes a gated feed-forward as a product of two functions.
  static func names(
    _ functions: [(word: String, function: String)], plain: (String) -> String, gated: (String) -> String
  ) -> [ConfigWord] {
    functions.flatMap { word, function in
      [
        ConfigWord(plain(word), ["activation": .string(function), "is_gated": .bool(false)]),
        ConfigWord(gated(word), ["activation": .string(function), "is_gated": .bool(true)]),
      ]
    }
  }
}
