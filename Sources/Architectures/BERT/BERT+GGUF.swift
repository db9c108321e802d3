import StrictJSON
import TensorData

extension BERT {
  // swift-format-ignore
  /// The names that GGUF files have; there is no place for the pooler and the heads for masked words and next sentences.
  static let gguf = Layout(
    "gguf", source: "llama.cpp, conversion/bert.py, gguf-py/gguf/tensor_mapping.py", config: ggufConfig,
    rows: [
    LayoutRow("embeddings.word.weight", "token_embd.weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "position_embd.weight", "positions embed"),
    LayoutRow("embeddings.token_type.weight", "token_types.weight", "token_types embed"),
    LayoutRow("embeddings.norm.weight", "token_embd_norm.weight", "embed"),
    LayoutRow("embeddings.norm.bias", "token_embd_norm.bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "blk.{block}.attn_q.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.q.bias", "blk.{block}.attn_q.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.k.weight", "blk.{block}.attn_k.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.k.bias", "blk.{block}.attn_k.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.v.weight", "blk.{block}.attn_v.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.v.bias", "blk.{block}.attn_v.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.o.weight", "blk.{block}.attn_output.weight", "embed (heads head)"),
    LayoutRow("block.{block}.attention.o.bias", "blk.{block}.attn_output.bias", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "blk.{block}.attn_output_norm.weight", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "blk.{block}.attn_output_norm.bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "blk.{block}.ffn_up.weight", "ff embed"),
    LayoutRow("block.{block}.ff.up.bias", "blk.{block}.ffn_up.bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "blk.{block}.ffn_down.weight", "embed ff"),
    LayoutRow("block.{block}.ff.down.bias", "blk.{block}.ffn_down.bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "blk.{block}.layer_output_norm.weight", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "blk.{block}.layer_output_norm.bias", "embed"),
    LayoutRow("classifier.weight", "cls.output.weight", "labels embed"),
    LayoutRow("classifier.bias", "cls.output.bias", "labels"),
  ])

  /// The metadata of a GGUF file under its own keys, as JSON. llama.cpp computes gelu in its tanh form (`src/models`).
  static let ggufConfig = ConfigDialect(
    GGUFConfig.fileName, irrelevant: nil, implied: ["activation": .string("gelu_tanh"), "tied_head": .bool(true)],
    keys: [
      ConfigKey("general.architecture", "", .must(["bert"])),
      ConfigKey("bert.vocab_size", "vocab", .int),
      ConfigKey("bert.context_length", "positions", .int),
      ConfigKey("bert.embedding_length", "embed", .int),
      ConfigKey("bert.feed_forward_length", "ff", .int),
      ConfigKey("bert.block_count", "block", .int),
      ConfigKey("bert.attention.head_count", "heads", .int),
      ConfigKey("bert.attention.layer_norm_epsilon", "layer_norm_epsilon", .double),
      ConfigKey("bert.attention.causal", "", .must([false])),
    ])
}
