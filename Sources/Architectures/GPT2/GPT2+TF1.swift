import StrictJSON
import TensorData

extension GPT2 {
  // swift-format-ignore
  /// The variable names of the original release: one-by-one convolutions with a leading axis of one, a tied head.
  static let tf1 = Layout(
    "tf1", source: "openai/gpt-2, src/model.py", config: tf1Config, rows: [
    LayoutRow("embeddings.word.weight", "model/wte", "vocab embed"),
    LayoutRow("embeddings.position.weight", "model/wpe", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "model/h{block}/ln_1/g", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "model/h{block}/ln_1/b", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "model/h{block}/attn/c_attn/w", "1 embed (qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.q.bias", "model/h{block}/attn/c_attn/b", "(qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.k.weight", "model/h{block}/attn/c_attn/w", "1 embed (qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.k.bias", "model/h{block}/attn/c_attn/b", "(qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.v.weight", "model/h{block}/attn/c_attn/w", "1 embed (qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.v.bias", "model/h{block}/attn/c_attn/b", "(qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.o.weight", "model/h{block}/attn/c_proj/w", "1 (heads head) embed"),
    LayoutRow("block.{block}.attention.o.bias", "model/h{block}/attn/c_proj/b", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "model/h{block}/ln_2/g", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "model/h{block}/ln_2/b", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "model/h{block}/mlp/c_fc/w", "1 embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "model/h{block}/mlp/c_fc/b", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "model/h{block}/mlp/c_proj/w", "1 ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "model/h{block}/mlp/c_proj/b", "embed"),
    LayoutRow("final_norm.weight", "model/ln_f/g", "embed"),
    LayoutRow("final_norm.bias", "model/ln_f/b", "embed"),
  ])

  /// `hparams.json`; everything else is fixed in the code (openai/gpt-2, `src/model.py`).
  static let tf1Config = ConfigDialect(
    "hparams.json", irrelevant: [],
    implied: [
      "activation": .string("gelu_tanh"), "layer_norm_epsilon": .double(1e-5), "scale_attn_weights": .bool(true),
      "scale_attn_by_inverse_layer_idx": .bool(false), "tied_head": .bool(true),
    ],
    keys: [
      ConfigKey("n_vocab", "vocab", .int),
      ConfigKey("n_ctx", "positions", .int),
      ConfigKey("n_embd", "embed", .int),
      ConfigKey("n_head", "heads", .int),
      ConfigKey("n_layer", "block", .int),
    ])
}
