import StrictJSON
import TensorData

extension GPT2 {
  // swift-format-ignore
  /// The names of nanoGPT: those of Hugging Face, but weights are `[out, in]`, and the tied head is stored.
  static let nanoGPT = Layout(
    "nanogpt", source: "karpathy/nanoGPT, model.py, train.py", config: nanoGPTConfig, tied: .materialize,
    accounted: [
      AccountedTensor("transformer.h.{block}.attn.bias", "causal mask buffer of PyTorch before 2.0", value: .lowerTriangle),
    ],
    rows: [
    LayoutRow("embeddings.word.weight", "transformer.wte.weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "transformer.wpe.weight", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "transformer.h.{block}.ln_1.weight", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "transformer.h.{block}.ln_1.bias", "embed", absence: noBias),
    LayoutRow("block.{block}.attention.q.weight", "transformer.h.{block}.attn.c_attn.weight", "(qkv heads head) embed", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.q.bias", "transformer.h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 0], absence: noBias),
    LayoutRow("block.{block}.attention.k.weight", "transformer.h.{block}.attn.c_attn.weight", "(qkv heads head) embed", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.k.bias", "transformer.h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 1], absence: noBias),
    LayoutRow("block.{block}.attention.v.weight", "transformer.h.{block}.attn.c_attn.weight", "(qkv heads head) embed", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.v.bias", "transformer.h.{block}.attn.c_attn.bias", "(qkv heads head)", at: ["qkv": 2], absence: noBias),
    LayoutRow("block.{block}.attention.o.weight", "transformer.h.{block}.attn.c_proj.weight", "embed (heads head)"),
    LayoutRow("block.{block}.attention.o.bias", "transformer.h.{block}.attn.c_proj.bias", "embed", absence: noBias),
    LayoutRow("block.{block}.ff_norm.weight", "transformer.h.{block}.ln_2.weight", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "transformer.h.{block}.ln_2.bias", "embed", absence: noBias),
    LayoutRow("block.{block}.ff.up.weight", "transformer.h.{block}.mlp.c_fc.weight", "ff embed"),
    LayoutRow("block.{block}.ff.up.bias", "transformer.h.{block}.mlp.c_fc.bias", "ff", absence: noBias),
    LayoutRow("block.{block}.ff.down.weight", "transformer.h.{block}.mlp.c_proj.weight", "embed ff"),
    LayoutRow("block.{block}.ff.down.bias", "transformer.h.{block}.mlp.c_proj.bias", "embed", absence: noBias),
    LayoutRow("final_norm.weight", "transformer.ln_f.weight", "embed"),
    LayoutRow("final_norm.bias", "transformer.ln_f.bias", "embed", absence: noBias),
    LayoutRow("lm_head.weight", "lm_head.weight", "vocab embed"),
  ])

  /// With `bias=False` neither projections nor norms have one (`model.py`, `GPTConfig` and `LayerNorm`).
  private static let noBias = Absence("has_biases", value: 0)

  /// `checkpoint["model_args"]` as JSON; everything else is fixed in the code, gelu in its erf form (`model.py`).
  static let nanoGPTConfig = ConfigDialect(
    "model_args.json", irrelevant: ["dropout"],
    implied: fixed(activation: "gelu_erf").merging(["tied_head": .bool(true)]) { $1 },
    keys: [
      ConfigKey("n_layer", "block", .int),
      ConfigKey("n_head", "heads", .int),
      ConfigKey("n_embd", "embed", .int),
      ConfigKey("block_size", "positions", .int),
      ConfigKey("bias", "has_biases", .bool),
      ConfigKey("vocab_size", "vocab", .int),
    ])
}
