// swift-format-ignore-file
/// The keys of `config.json` that the classes of transformers know, in any version: declared, set or read.
///
/// Made by `scripts/config-keys` from pytorch-pretrained-bert==0.6.2, pytorch-transformers==1.2.0,
/// transformers 2.1.1, 2.11.0, 3.5.1, 4.0.1, 4.11.3, 4.20.1, 4.30.2, 4.40.2, 4.47.1, 4.57.1, 5.24.0.
enum TransformersKeys {
  /// What every configuration and every model knows (`PretrainedConfig`, `PreTrainedModel`).
  static let common: Set<String> = [
    "_attn_implementation", "_attn_implementation_autoset", "_attn_implementation_internal", "_attn_was_changed",
    "_auto_class", "_commit_hash", "_experts_implementation", "_experts_implementation_internal", "_name_or_path",
    "_output_attentions", "_post_init_done", "_pre_quantization_dtype", "add_cross_attention", "alibi",
    "architectures", "attention_dropout", "attn_implementation", "attribute_map", "bad_words_ids", "base_config_key",
    "base_model_ep_plan", "base_model_pp_plan", "base_model_tp_plan", "begin_suppress_tokens", "bos_token_id",
    "chunk_size_feed_forward", "cross_attention_hidden_size", "decoder", "decoder_start_token_id",
    "distributed_config", "diversity_penalty", "do_sample", "dtype", "early_stopping", "encoder_no_repeat_ngram_size",
    "eos_token_id", "experts_implementation", "exponential_decay_length_penalty", "finetuning_task",
    "forced_bos_token_id", "forced_eos_token_id", "fusion_config", "gradient_checkpointing",
    "has_no_defaults_at_init", "hidden_size", "id2label", "init_std", "initializer_factor", "initializer_range",
    "is_composition", "is_decoder", "is_encoder_decoder", "label2id", "layer_types", "length_penalty", "loss_type",
    "max_length", "mem_len", "min_length", "model_type", "name_or_path", "no_repeat_ngram_size", "num_beam_groups",
    "num_beams", "num_labels", "num_return_sequences", "output_attentions", "output_hidden_states", "output_past",
    "output_scores", "pad_token_id", "per_layer_config", "prefix", "problem_type", "pruned_heads",
    "quantization_config", "remove_invalid_values", "repetition_penalty", "return_dict", "return_dict_in_generate",
    "rope_parameters", "rope_scaling", "rope_theta", "sep_token_id", "sliding_window", "sub_configs",
    "suppress_tokens", "task_specific_params", "temperature", "tf_legacy_loss", "tie_encoder_decoder",
    "tie_word_embeddings", "tokenizer_class", "top_k", "top_p", "torch_dtype", "torchscript", "transformers_version",
    "transformers_weights", "typical_p", "use_alibi", "use_bfloat16", "use_cache", "vision_config", "vocab_size",
  ]

  /// How text is generated (`GenerationConfig`); these have once been keys of every configuration.
  static let generation: Set<String> = [
    "_bos_token_tensor", "_decoder_start_token_tensor", "_eos_token_tensor", "_from_model_config", "_mask_length",
    "_original_object_hash", "_pad_token_tensor", "assistant_confidence_threshold", "assistant_early_exit",
    "assistant_ensemble_weight", "assistant_lookbehind", "cache_config", "cache_implementation", "compile_config",
    "constraints", "continuous_batching_config", "disable_compile", "dola_layers", "encoder_repetition_penalty",
    "epsilon_cutoff", "eta_cutoff", "force_bos_token_to_be_generated", "force_words_ids", "forced_decoder_ids",
    "generation_kwargs", "guidance_scale", "is_assistant", "low_memory", "max_cache_len", "max_matching_ngram_size",
    "max_new_tokens", "max_time", "min_new_tokens", "min_p", "num_assistant_tokens", "num_assistant_tokens_schedule",
    "output_logits", "penalty_alpha", "prefill_chunk_size", "prompt_lookup_num_tokens", "renormalize_logits",
    "return_legacy_cache", "sequence_bias", "speculation_type", "stop_strings", "target_lookbehind", "token_healing",
    "top_h", "use_mtp", "watermarking_config",
  ]

  /// What the classes of one model type know beside that.
  static let ofModel: [String: Set<String>] = [
    "bert": [
      "attention_probs_dropout_prob", "classifier_dropout", "embedding_size", "hidden_act", "hidden_dropout_prob",
      "intermediate_size", "layer_norm_eps", "max_position_embeddings", "num_attention_heads", "num_hidden_layers",
      "position_embedding_type", "type_vocab_size", "use_return_dict", "vocab_size_or_config_json_file",
    ],
    "gpt2": [
      "__dict__", "activation_function", "attn_pdrop", "classifier_dropout", "embd_pdrop", "hidden_dropout",
      "layer_norm_epsilon", "max_position_embeddings", "n_ctx", "n_embd", "n_head", "n_inner", "n_layer", "n_positions",
      "num_attention_heads", "num_hidden_layers", "reorder_and_upcast_attn", "resid_pdrop",
      "scale_attn_by_inverse_layer_idx", "scale_attn_weights", "summary_activation", "summary_first_dropout",
      "summary_last_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj", "use_return_dict",
      "vocab_size_or_config_json_file",
    ],
    "t5": [
      "causal", "classifier_dropout", "d_ff", "d_kv", "d_model", "dense_act_fn", "dropout_rate", "feed_forward_proj",
      "head_dim", "is_gated_act", "layer_norm_epsilon", "n_positions", "num_attention_heads", "num_decoder_layers",
      "num_heads", "num_hidden_layers", "num_layers", "relative_attention_max_distance",
      "relative_attention_num_buckets", "scale_decoder_outputs", "use_return_dict",
    ],
    "mt5": [
      "causal", "classifier_dropout", "d_ff", "d_kv", "d_model", "dense_act_fn", "dropout_rate", "feed_forward_proj",
      "head_dim", "is_gated_act", "layer_norm_epsilon", "n_positions", "num_attention_heads", "num_decoder_layers",
      "num_heads", "num_hidden_layers", "num_layers", "relative_attention_max_distance",
      "relative_attention_num_buckets", "scale_decoder_outputs", "use_return_dict",
    ],
    "umt5": [
      "causal", "classifier_dropout", "d_ff", "d_kv", "d_model", "dense_act_fn", "dropout_rate", "feed_forward_proj",
      "head_dim", "is_gated_act", "layer_norm_epsilon", "n_positions", "num_attention_heads", "num_decoder_layers",
      "num_heads", "num_hidden_layers", "num_layers", "relative_attention_max_distance",
      "relative_attention_num_buckets", "scale_decoder_outputs", "use_return_dict",
    ],
  ]
}
