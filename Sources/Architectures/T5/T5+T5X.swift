import StrictJSON
import TensorData

extension T5 {
  // swift-format-ignore
  /// T5X's names, joined by slashes; with or without the `target/` of its checkpoints, as Flaxformer has them.
  static let t5x = Layout(
    "t5x", source: "google-research/t5x, t5x/examples/t5/network.py, t5x/checkpoints.py; google/flaxformer, architectures/t5", config: t5xConfig, prefixedBy: nil,
    accounted: [
      AccountedTensor(prefix: "state/", "optimiser state"),
    ],
    rows: [
    LayoutRow("shared.weight", "[target/]token_embedder/embedding", "vocab embed"),
    LayoutRow("encoder.embeddings.weight", "[target/]encoder/token_embedder/embedding", "vocab embed"),
    LayoutRow("decoder.embeddings.weight", "[target/]decoder/token_embedder/embedding", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "[target/]encoder/layers_{encoder_block}/attention/query/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "[target/]encoder/layers_{encoder_block}/attention/key/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "[target/]encoder/layers_{encoder_block}/attention/value/kernel", "embed (heads head)"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "[target/]encoder/layers_{encoder_block}/attention/out/kernel", "(heads head) embed"),
    LayoutRow("encoder.relative_bias.weight", "[target/]encoder/relpos_bias/rel_embedding", "heads buckets", aliases: ["[target/]encoder/layers_{encoder_block}/relpos_bias/rel_embedding"]),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "[target/]encoder/layers_{encoder_block}/pre_attention_layer_norm/scale", "embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "[target/]encoder/layers_{encoder_block}/mlp/wi/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "[target/]encoder/layers_{encoder_block}/mlp/wi_0/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "[target/]encoder/layers_{encoder_block}/mlp/wi_1/kernel", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "[target/]encoder/layers_{encoder_block}/mlp/wo/kernel", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "[target/]encoder/layers_{encoder_block}/pre_mlp_layer_norm/scale", "embed"),
    LayoutRow("encoder.final_norm.weight", "[target/]encoder/encoder_norm/scale", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "[target/]decoder/layers_{decoder_block}/self_attention/query/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "[target/]decoder/layers_{decoder_block}/self_attention/key/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "[target/]decoder/layers_{decoder_block}/self_attention/value/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "[target/]decoder/layers_{decoder_block}/self_attention/out/kernel", "(heads head) embed"),
    LayoutRow("decoder.relative_bias.weight", "[target/]decoder/relpos_bias/rel_embedding", "heads buckets", aliases: ["[target/]decoder/layers_{decoder_block}/relpos_bias/rel_embedding"]),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "[target/]decoder/layers_{decoder_block}/pre_self_attention_layer_norm/scale", "embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "[target/]decoder/layers_{decoder_block}/encoder_decoder_attention/query/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "[target/]decoder/layers_{decoder_block}/encoder_decoder_attention/key/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "[target/]decoder/layers_{decoder_block}/encoder_decoder_attention/value/kernel", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "[target/]decoder/layers_{decoder_block}/encoder_decoder_attention/out/kernel", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "[target/]decoder/layers_{decoder_block}/pre_cross_attention_layer_norm/scale", "embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "[target/]decoder/layers_{decoder_block}/mlp/wi/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "[target/]decoder/layers_{decoder_block}/mlp/wi_0/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "[target/]decoder/layers_{decoder_block}/mlp/wi_1/kernel", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "[target/]decoder/layers_{decoder_block}/mlp/wo/kernel", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "[target/]decoder/layers_{decoder_block}/pre_mlp_layer_norm/scale", "embed"),
    LayoutRow("decoder.final_norm.weight", "[target/]decoder/decoder_norm/scale", "embed"),
    LayoutRow("lm_head.weight", "[target/]decoder/logits_dense/kernel", "embed vocab"),
  ])

  /// The gin bindings of a T5X run; its `gelu` is the tanh form (`jax.nn.gelu`), buckets and distance are fixed.
  static let t5xConfig = ConfigDialect(
    "config.gin", format: .gin, irrelevant: nil,
    implied: [
      "layer_norm_epsilon": .double(1e-6), "max_distance": .int(128), "pad_token_id": .int(0), "eos_token_id": .int(1),
      "decoder_start_token_id": .int(0),
    ],
    keys: [
      ConfigKey("network.T5Config.vocab_size", "vocab", .int),
      ConfigKey("network.T5Config.emb_dim", "embed", .int),
      ConfigKey("network.T5Config.num_heads", "heads", .int),
      ConfigKey("network.T5Config.num_encoder_layers", "encoder_block", .int),
      ConfigKey("network.T5Config.num_decoder_layers", "decoder_block", .int),
      ConfigKey("network.T5Config.head_dim", "head", .int),
      ConfigKey("network.T5Config.mlp_dim", "ff", .int),
      ConfigKey("network.T5Config.mlp_activations", "", .words(t5xActivations)),
      ConfigKey("network.T5Config.logits_via_embedding", "tied_head", .bool),
    ])

  /// Names of functions in `flax.linen` (`network.py`, `_convert_to_activation_function`).
  private static let t5xActivations = names(
    [
      ("relu", "relu"), ("gelu", "gelu_tanh"), ("silu", "silu"), ("swish", "silu"), ("relu6", "relu6"),
      ("leaky_relu", "leaky_relu"), ("hard_swish", "hard_swish"), ("hard_silu", "hard_swish"), ("sigmoid", "sigmoid"),
      ("tanh", "tanh"),
    ], plain: { "('\($0)',)" }, gated: { "('\($0)', 'linear')" })
}
