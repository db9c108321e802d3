import StrictJSON
import TensorData

extension GPT2 {
  // swift-format-ignore
  /// The names of mlx-lm, whose weights are `[out, in]`.
  static let mlx = Layout(
    "mlx", source: "ml-explore/mlx-lm, mlx_lm/models/gpt2.py", config: mlxConfig,
    rows: [
    LayoutRow("embeddings.word.weight", "model.wte.weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "model.wpe.weight", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "model.h.{block}.ln_1.weight", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "model.h.{block}.ln_1.bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "model.h.{block}.attn.c_attn.weight", "(qkv heads head) embed", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.q.bias", "model.h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.k.weight", "model.h.{block}.attn.c_attn.weight", "(qkv heads head) embed", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.k.bias", "model.h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.v.weight", "model.h.{block}.attn.c_attn.weight", "(qkv heads head) embed", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.v.bias", "model.h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.o.weight", "model.h.{block}.attn.c_proj.weight", "embed (heads head)"),
    LayoutRow("block.{block}.attention.o.bias", "model.h.{block}.attn.c_proj.bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "model.h.{block}.ln_2.weight", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "model.h.{block}.ln_2.bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "model.h.{block}.mlp.c_fc.weight", "ff embed"),
    LayoutRow("block.{block}.ff.up.bias", "model.h.{block}.mlp.c_fc.bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "model.h.{block}.mlp.c_proj.weight", "embed ff"),
    LayoutRow("block.{block}.ff.down.bias", "model.h.{block}.mlp.c_proj.bias", "embed"),
    LayoutRow("final_norm.weight", "model.ln_f.weight", "embed"),
    LayoutRow("final_norm.bias", "model.ln_f.bias", "embed"),
  ])

  /// The `config.json` of Hugging Face as mlx-lm reads it: the activation is the tanh form of gelu, whatever it says.
  static let mlxConfig = hfConfig.replacing(
    ConfigKey(
      "activation_function", "", .words(HFConfig.anyActivation(as: "gelu_tanh", written: "gelu_new")),
      fallback: "gelu_new"))
}
