import StrictJSON
import TensorData

extension GPT2 {
  // swift-format-ignore
  /// The names that GGUF files have.
  static let gguf = Layout(
    "gguf", source: "llama.cpp, conversion/gpt2.py, gguf-py/gguf/tensor_mapping.py", config: ggufConfig,
    rows: [
    LayoutRow("embeddings.word.weight", "token_embd.weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "position_embd.weight", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "blk.{block}.attn_norm.weight", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "blk.{block}.attn_norm.bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "blk.{block}.attn_qkv.weight", "(qkv heads head) embed", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.q.bias", "blk.{block}.attn_qkv.bias", "(qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.k.weight", "blk.{block}.attn_qkv.weight", "(qkv heads head) embed", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.k.bias", "blk.{block}.attn_qkv.bias", "(qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.v.weight", "blk.{block}.attn_qkv.weight", "(qkv heads head) embed", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.v.bias", "blk.{block}.attn_qkv.bias", "(qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.o.weight", "blk.{block}.attn_output.weight", "embed (heads head)"),
    LayoutRow("block.{block}.attention.o.bias", "blk.{block}.attn_output.bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "blk.{block}.ffn_norm.weight", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "blk.{block}.ffn_norm.bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "blk.{block}.ffn_up.weight", "ff embed"),
    LayoutRow("block.{block}.ff.up.bias", "blk.{block}.ffn_up.bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "blk.{block}.ffn_down.weight", "embed ff"),
    LayoutRow("block.{block}.ff.down.bias", "blk.{block}.ffn_down.bias", "embed"),
    LayoutRow("final_norm.weight", "output_norm.weight", "embed"),
    LayoutRow("final_norm.bias", "output_norm.bias", "embed"),
    LayoutRow("lm_head.weight", "output.weight", "vocab embed"),
  ])

  /// The metadata of a GGUF file under its own keys, as JSON. llama.cpp computes gelu in its tanh form.
  static let ggufConfig = ConfigDialect(
    GGUFConfig.fileName, irrelevant: nil,
    implied: [
      "activation": .string("gelu_tanh"), "scale_attn_weights": .bool(true),
      "scale_attn_by_inverse_layer_idx": .bool(false),
    ],
    keys: [
      ConfigKey("general.architecture", "", .must(["gpt2"])),
      ConfigKey("gpt2.vocab_size", "vocab", .int),
      ConfigKey("gpt2.context_length", "positions", .int),
      ConfigKey("gpt2.embedding_length", "embed", .int),
      ConfigKey("gpt2.feed_forward_length", "ff", .int),
      ConfigKey("gpt2.block_count", "block", .int),
      ConfigKey("gpt2.attention.head_count", "heads", .int),
      ConfigKey("gpt2.attention.layer_norm_epsilon", "layer_norm_epsilon", .double),
    ])
}
