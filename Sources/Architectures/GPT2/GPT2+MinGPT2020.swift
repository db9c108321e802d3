import StrictJSON
import TensorData

extension GPT2 {
  // swift-format-ignore
  /// The names of the first minGPT: q, k and v apart, positions with a leading axis of one, a head of its own.
  static let minGPT2020 = Layout(
    "mingpt-2020", source: "karpathy/minGPT at 0d9d098, mingpt/model.py", config: minGPT2020Config, tied: .materialize,
    accounted: [
      AccountedTensor(
        "blocks.{block}.attn.mask", "causal mask buffer", value: .lowerTriangle,
        written: (.f32, "1 1 positions positions")),
    ],
    rows: [
    LayoutRow("embeddings.word.weight", "tok_emb.weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "pos_emb", "1 positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "blocks.{block}.ln1.weight", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "blocks.{block}.ln1.bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "blocks.{block}.attn.query.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.q.bias", "blocks.{block}.attn.query.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.k.weight", "blocks.{block}.attn.key.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.k.bias", "blocks.{block}.attn.key.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.v.weight", "blocks.{block}.attn.value.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.v.bias", "blocks.{block}.attn.value.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.o.weight", "blocks.{block}.attn.proj.weight", "embed (heads head)"),
    LayoutRow("block.{block}.attention.o.bias", "blocks.{block}.attn.proj.bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "blocks.{block}.ln2.weight", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "blocks.{block}.ln2.bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "blocks.{block}.mlp.0.weight", "ff embed"),
    LayoutRow("block.{block}.ff.up.bias", "blocks.{block}.mlp.0.bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "blocks.{block}.mlp.2.weight", "embed ff"),
    LayoutRow("block.{block}.ff.down.bias", "blocks.{block}.mlp.2.bias", "embed"),
    LayoutRow("final_norm.weight", "ln_f.weight", "embed"),
    LayoutRow("final_norm.bias", "ln_f.bias", "embed"),
    LayoutRow("lm_head.weight", "head.weight", "vocab embed"),
  ])

  /// The arguments of `GPTConfig` as JSON; gelu is the erf form.
  static let minGPT2020Config = ConfigDialect(
    "gpt_config.json", irrelevant: minGPTIrrelevant, known: [],
    implied: fixed(activation: "gelu_erf"), keys: minGPTKeys)
}
