import TensorData

extension GPT2 {
  // swift-format-ignore
  /// Hugging Face's Flax names, joined by slashes; these kernels alone are `[out, in]` (`FlaxConv1D`).
  static let flax = Layout(
    "flax", source: "transformers 4, modeling_flax_gpt2.py", config: flaxConfig, prefixedBy: ["lm", "score"], rows: [
    LayoutRow("embeddings.word.weight", "[transformer/]wte/embedding", "vocab embed"),
    LayoutRow("embeddings.position.weight", "[transformer/]wpe/embedding", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "[transformer/]h/{block}/ln_1/scale", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "[transformer/]h/{block}/ln_1/bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "[transformer/]h/{block}/attn/c_attn/kernel", "(qkv heads head) embed", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.q.bias", "[transformer/]h/{block}/attn/c_attn/bias", "(qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.k.weight", "[transformer/]h/{block}/attn/c_attn/kernel", "(qkv heads head) embed", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.k.bias", "[transformer/]h/{block}/attn/c_attn/bias", "(qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.v.weight", "[transformer/]h/{block}/attn/c_attn/kernel", "(qkv heads head) embed", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.v.bias", "[transformer/]h/{block}/attn/c_attn/bias", "(qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.o.weight", "[transformer/]h/{block}/attn/c_proj/kernel", "embed (heads head)"),
    LayoutRow("block.{block}.attention.o.bias", "[transformer/]h/{block}/attn/c_proj/bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "[transformer/]h/{block}/ln_2/scale", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "[transformer/]h/{block}/ln_2/bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "[transformer/]h/{block}/mlp/c_fc/kernel", "ff embed"),
    LayoutRow("block.{block}.ff.up.bias", "[transformer/]h/{block}/mlp/c_fc/bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "[transformer/]h/{block}/mlp/c_proj/kernel", "embed ff"),
    LayoutRow("block.{block}.ff.down.bias", "[transformer/]h/{block}/mlp/c_proj/bias", "embed"),
    LayoutRow("final_norm.weight", "[transformer/]ln_f/scale", "embed"),
    LayoutRow("final_norm.bias", "[transformer/]ln_f/bias", "embed"),
    LayoutRow("lm_head.weight", "lm_head/kernel", "embed vocab"),
  ])
}
