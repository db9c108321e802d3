import StrictJSON

/// What the `config.json` of every Hugging Face model has in common.
enum HFConfig {
  // swift-format-ignore
  /// The functions that transformers' `ACT2FN` knows by these names (transformers 2 to 5, `activations.py`), the name that is
  /// written first. What is not here is refused by name: `prelu` and `xielu` have weights of their own.
  ///
  /// `gelu_fast` writes √(2/π) with ten digits; in float32 that is the same number.
  static let activations = words([
    ("gelu", "gelu_erf"), ("gelu_python", "gelu_erf"), ("gelu_10", "gelu_10"),
    ("gelu_new", "gelu_tanh"), ("gelu_pytorch_tanh", "gelu_tanh"), ("gelu_python_tanh", "gelu_tanh"),
    ("gelu_accurate", "gelu_tanh"), ("gelu_fast", "gelu_tanh"), ("quick_gelu", "quick_gelu"),
    ("relu", "relu"), ("relu2", "relu2"), ("relu6", "relu6"), ("leaky_relu", "leaky_relu"),
    ("silu", "silu"), ("swish", "silu"), ("hardswish", "hard_swish"), ("mish", "mish"),
    ("tanh", "tanh"), ("sigmoid", "sigmoid"), ("laplace", "laplace"), ("linear", "identity"),
  ])

  /// Those of them that the Flax models know (transformers 4.57, `modeling_flax_utils.py`).
  static let flaxActivations = activations(named: [
    "gelu", "relu", "silu", "swish", "gelu_new", "quick_gelu", "gelu_pytorch_tanh", "tanh",
  ])

  /// Those of them that the TensorFlow models know (transformers 4.57, `activations_tf.py`).
  static let tensorFlowActivations = activations(named: [
    "gelu", "gelu_10", "gelu_fast", "gelu_new", "mish", "quick_gelu", "relu", "sigmoid", "silu", "swish", "tanh",
  ])

  private static func activations(named names: Set<String>) -> [ConfigWord] {
    activations.filter { names.contains($0.word) }
  }

  /// Words for functions.
  ///
  /// - Parameter functions: each word and the function that it names.
  /// - Returns: the words.
  static func words(_ functions: [(word: String, function: String)]) -> [ConfigWord] {
    functions.map { ConfigWord($0.word, ["activation": .string($0.function)]) }
  }

  /// The same names as read by code that computes one function whatever the configuration says.
  ///
  /// - Parameters:
  ///   - function: the function that is computed.
  ///   - word: the name that is written for it.
  /// - Returns: all names with that function, the one that is written first.
  static func anyActivation(as function: String, written word: String) -> [ConfigWord] {
    ([word] + activations.map(\.word).filter { $0 != word }).map {
      ConfigWord($0, ["activation": .string(function)])
    }
  }

  /// Keys that must be off: with them on, the model is another one.
  static let mustBeOff = ["is_decoder", "add_cross_attention", "tie_encoder_decoder", "use_bfloat16"].map {
    ConfigKey($0, "", .must([.bool(false)]), isWritten: false)
  }

  /// Token ids that generation and teacher forcing need.
  static let tokenIDs = ["bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"].map {
    ConfigKey($0, $0, .token)
  }

  /// Keys of every configuration of transformers that do not change what the weights compute: training, bookkeeping, how the
  /// same function is computed, how text is generated, task labels.
  ///
  /// What else `TransformersKeys.common` has, such as `pruned_heads` and `quantization_config`, makes another function.
  private static let irrelevant = TransformersKeys.generation.union([
    "_attn_implementation", "_attn_implementation_autoset", "_attn_implementation_internal", "_attn_was_changed",
    "_auto_class", "_commit_hash", "_experts_implementation", "_experts_implementation_internal", "_name_or_path",
    "_num_labels", "_output_attentions", "_post_init_done", "_pre_quantization_dtype", "alibi", "architectures",
    "attention_dropout", "attn_implementation", "auto_map", "bad_words_ids", "begin_suppress_tokens",
    "chunk_size_feed_forward", "cls_token_id", "cross_attention_hidden_size", "distributed_config", "diversity_penalty",
    "do_sample", "dtype", "early_stopping", "encoder_no_repeat_ngram_size", "experts_implementation",
    "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id", "forced_eos_token_id",
    "gradient_checkpointing", "id2label", "initializer_factor", "initializer_range", "init_std", "is_encoder_decoder",
    "label2id", "length_penalty", "mask_token_id", "max_length", "min_length", "model_type", "name_or_path",
    "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_labels", "num_return_sequences", "output_attentions",
    "output_hidden_states", "output_past", "output_scores", "prefix", "problem_type", "remove_invalid_values",
    "repetition_penalty", "return_dict", "return_dict_in_generate", "sep_token_id", "suppress_tokens",
    "task_specific_params", "temperature", "tf_legacy_loss", "tokenizer_class", "top_k", "top_p", "torch_dtype",
    "torchscript", "transformers_version", "transformers_weights", "typical_p", "use_alibi", "use_cache",
    "use_return_dict",
  ])

  /// The keys of a model type's configuration that do not change what the weights compute.
  ///
  /// - Parameter own: those that only this model type has.
  /// - Returns: those and the keys of every configuration.
  static func irrelevant(and own: Set<String>) -> Set<String> { irrelevant.union(own) }

  /// The keys that the classes of some model types know in any version of transformers.
  ///
  /// - Parameter modelTypes: `bert`.
  /// - Returns: those and the keys that every configuration has.
  static func known(_ modelTypes: String...) -> Set<String> {
    modelTypes.reduce(TransformersKeys.common) { $0.union(TransformersKeys.ofModel[$1] ?? []) }
  }
}
