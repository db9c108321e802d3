import StrictJSON
import TensorData

extension GPT2 {
  // swift-format-ignore
  /// The names of minGPT since 2022: those of Hugging Face, but weights are `[out, in]`, the causal mask and the head are stored.
  static let minGPT = Layout(
    "mingpt", source: "karpathy/minGPT, mingpt/model.py", config: minGPTConfig, tied: .materialize,
    accounted: [
      AccountedTensor(
        "transformer.h.{block}.attn.bias", "causal mask buffer", value: .lowerTriangle,
        written: (.f32, "1 1 positions positions")),
    ],
    rows: [
    LayoutRow("embeddings.word.weight", "transformer.wte.weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "transformer.wpe.weight", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "transformer.h.{block}.ln_1.weight", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "transformer.h.{block}.ln_1.bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "transformer.h.{block}.attn.c_attn.weight", "(qkv heads head) embed", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.q.bias", "transformer.h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.k.weight", "transformer.h.{block}.attn.c_attn.weight", "(qkv heads head) embed", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.k.bias", "transformer.h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.v.weight", "transformer.h.{block}.attn.c_attn.weight", "(qkv heads head) embed", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.v.bias", "transformer.h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.o.weight", "transformer.h.{block}.attn.c_proj.weight", "embed (heads head)"),
    LayoutRow("block.{block}.attention.o.bias", "transformer.h.{block}.attn.c_proj.bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "transformer.h.{block}.ln_2.weight", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "transformer.h.{block}.ln_2.bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "transformer.h.{block}.mlp.c_fc.weight", "ff embed"),
    LayoutRow("block.{block}.ff.up.bias", "transformer.h.{block}.mlp.c_fc.bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "transformer.h.{block}.mlp.c_proj.weight", "embed ff"),
    LayoutRow("block.{block}.ff.down.bias", "transformer.h.{block}.mlp.c_proj.bias", "embed"),
    LayoutRow("final_norm.weight", "transformer.ln_f.weight", "embed"),
    LayoutRow("final_norm.bias", "transformer.ln_f.bias", "embed"),
    LayoutRow("lm_head.weight", "lm_head.weight", "vocab embed"),
  ])

  /// The `config.json` that minGPT writes beside a run (`mingpt/utils.py`); everything else is fixed in the code.
  static let minGPTConfig = ConfigDialect(
    "config.json", section: "model", irrelevant: minGPTIrrelevant, known: [],
    implied: fixed(activation: "gelu_tanh"), keys: minGPTKeys)

  static let minGPTIrrelevant: Set<String> = ["embd_pdrop", "resid_pdrop", "attn_pdrop", "model_type"]

  static let minGPTKeys = [
    ConfigKey("n_layer", "block", .int), ConfigKey("n_head", "heads", .int), ConfigKey("n_embd", "embed", .int),
    ConfigKey("vocab_size", "vocab", .int), ConfigKey("block_size", "positions", .int),
  ]
}
