import StrictJSON

/// What the `config.json` of every Hugging Face model has in common.
enum HFConfig {
  /// The functions that transformers' `ACT2FN` knows by these names (transformers, `activations.py`).
  static let activations = [
    ConfigWord("gelu", ["activation": .string("gelu_erf")]),
    ConfigWord("gelu_new", ["activation": .string("gelu_tanh")]),
    ConfigWord("gelu_pytorch_tanh", ["activation": .string("gelu_tanh")]),
    ConfigWord("relu", ["activation": .string("relu")]),
    ConfigWord("silu", ["activation": .string("silu")]),
    ConfigWord("swish", ["activation": .string("silu")]),
    ConfigWord("tanh", ["activation": .string("tanh")]),
  ]

  /// The same names as read by code that computes one function whatever the configuration says.
  ///
  /// - Parameters:
  ///   - function: the function that is computed.
  ///   - word: the name that is written for it.
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

  /// Keys of transformers' `PretrainedConfig` and of the three models that do not change what the weights compute:
  /// training, bookkeeping, generation defaults, task labels.
  static let irrelevant: Set<String> = [
    "_name_or_path", "_commit_hash", "_attn_implementation_autoset", "_num_labels", "architectures",
    "attention_probs_dropout_prob", "attn_implementation", "attn_pdrop", "bad_words_ids", "begin_suppress_tokens",
    "chunk_size_feed_forward", "classifier_dropout", "cls_token_id", "cross_attention_hidden_size", "directionality",
    "diversity_penalty", "do_sample", "dropout_rate", "dtype", "early_stopping", "embd_pdrop",
    "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
    "forced_eos_token_id", "gradient_checkpointing", "hidden_dropout_prob", "id2label", "initializer_factor",
    "initializer_range", "is_encoder_decoder", "label2id", "length_penalty", "mask_token_id", "max_length",
    "min_length",
    "model_type", "n_ctx", "n_positions", "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_labels",
    "num_return_sequences", "output_attentions", "output_hidden_states", "output_past", "output_scores",
    "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type",
    "predict_special_tokens", "prefix", "problem_type", "remove_invalid_values", "reorder_and_upcast_attn",
    "repetition_penalty", "resid_pdrop", "return_dict", "return_dict_in_generate", "sep_token_id",
    "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
    "suppress_tokens", "task_specific_params", "temperature", "tf_legacy_loss", "tokenizer_class", "top_k", "top_p",
    "torch_dtype", "torchscript", "transformers_version", "typical_p", "use_cache", "vocab_file",
  ]
}
