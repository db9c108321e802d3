import StrictJSON
import TensorData

extension T5 {
  // swift-format-ignore
  /// The names that GGUF files have; `ffn_up` is the only projection of an ungated model and the second one of a gated.
  static let gguf = Layout(
    "gguf", source: "llama.cpp, conversion/t5.py, gguf-py/gguf/tensor_mapping.py", config: ggufConfig,
    rows: [
    LayoutRow("shared.weight", "token_embd.weight", "vocab embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.q.weight", "enc.blk.{encoder_block}.attn_q.weight", "(heads head) embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.k.weight", "enc.blk.{encoder_block}.attn_k.weight", "(heads head) embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.v.weight", "enc.blk.{encoder_block}.attn_v.weight", "(heads head) embed"),
    LayoutRow("encoder.block.{encoder_block}.self_attention.o.weight", "enc.blk.{encoder_block}.attn_o.weight", "embed (heads head)"),
    LayoutRow("encoder.relative_bias.weight", "enc.blk.0.attn_rel_b.weight", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.relative_bias.weight", "enc.blk.{encoder_block}.attn_rel_b.weight", "buckets heads"),
    LayoutRow("encoder.block.{encoder_block}.self_attention_norm.weight", "enc.blk.{encoder_block}.attn_norm.weight", "embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.wi.weight", "enc.blk.{encoder_block}.ffn_up.weight", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.gate.weight", "enc.blk.{encoder_block}.ffn_gate.weight", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.up.weight", "enc.blk.{encoder_block}.ffn_up.weight", "ff embed"),
    LayoutRow("encoder.block.{encoder_block}.ff.down.weight", "enc.blk.{encoder_block}.ffn_down.weight", "embed ff"),
    LayoutRow("encoder.block.{encoder_block}.ff_norm.weight", "enc.blk.{encoder_block}.ffn_norm.weight", "embed"),
    LayoutRow("encoder.final_norm.weight", "enc.output_norm.weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.q.weight", "dec.blk.{decoder_block}.attn_q.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.k.weight", "dec.blk.{decoder_block}.attn_k.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.v.weight", "dec.blk.{decoder_block}.attn_v.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.self_attention.o.weight", "dec.blk.{decoder_block}.attn_o.weight", "embed (heads head)"),
    LayoutRow("decoder.relative_bias.weight", "dec.blk.0.attn_rel_b.weight", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.relative_bias.weight", "dec.blk.{decoder_block}.attn_rel_b.weight", "buckets heads"),
    LayoutRow("decoder.block.{decoder_block}.self_attention_norm.weight", "dec.blk.{decoder_block}.attn_norm.weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.q.weight", "dec.blk.{decoder_block}.cross_attn_q.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.k.weight", "dec.blk.{decoder_block}.cross_attn_k.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.v.weight", "dec.blk.{decoder_block}.cross_attn_v.weight", "(heads head) embed"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention.o.weight", "dec.blk.{decoder_block}.cross_attn_o.weight", "embed (heads head)"),
    LayoutRow("decoder.block.{decoder_block}.cross_attention_norm.weight", "dec.blk.{decoder_block}.cross_attn_norm.weight", "embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.wi.weight", "dec.blk.{decoder_block}.ffn_up.weight", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.gate.weight", "dec.blk.{decoder_block}.ffn_gate.weight", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.up.weight", "dec.blk.{decoder_block}.ffn_up.weight", "ff embed"),
    LayoutRow("decoder.block.{decoder_block}.ff.down.weight", "dec.blk.{decoder_block}.ffn_down.weight", "embed ff"),
    LayoutRow("decoder.block.{decoder_block}.ff_norm.weight", "dec.blk.{decoder_block}.ffn_norm.weight", "embed"),
    LayoutRow("decoder.final_norm.weight", "dec.output_norm.weight", "embed"),
    LayoutRow("lm_head.weight", "output.weight", "vocab embed"),
  ])

  /// The metadata of a GGUF file under its own keys, as JSON; the largest distance is fixed in llama.cpp
  /// (`src/llama-graph.cpp`), and a file without a decoder is an architecture of its own.
  static let ggufConfig = ConfigDialect(
    GGUFConfig.fileName, irrelevant: nil, implied: ["max_distance": .int(128)],
    impliedByPart: [
      "gated": ["activation": .string("gelu_tanh")], "ungated": ["activation": .string("relu")],
    ],
    keys: [
      ConfigKey(
        "general.architecture", "",
        .words([ConfigWord("t5encoder", ["task": .string("encoder")]), ConfigWord("t5", [:])]))
    ] + ggufKeys("t5", ["lm", "base"]) + ggufKeys("t5encoder", ["encoder"]) + [
      ConfigKey("t5.decoder_block_count", "decoder_block", .int, tasks: ["lm", "base"]),
      ConfigKey("t5.decoder_start_token_id", "decoder_start_token_id", .token, tasks: ["lm", "base"]),
    ])

  private static func ggufKeys(_ architecture: String, _ tasks: Set<String>) -> [ConfigKey] {
    [
      ("vocab_size", "vocab", .int), ("embedding_length", "embed", .int), ("feed_forward_length", "ff", .int),
      ("block_count", "encoder_block", .int), ("attention.head_count", "heads", .int),
      ("attention.key_length", "head", .int), ("attention.value_length", "head", .int),
      ("attention.layer_norm_epsilon", "layer_norm_epsilon", .double),
      ("attention.layer_norm_rms_epsilon", "layer_norm_epsilon", .double),
      ("attention.relative_buckets_count", "buckets", .int),
    ].map { (name: String, canonical: String, kind: ConfigKey.Kind) in
      ConfigKey("\(architecture).\(name)", canonical, kind, tasks: tasks)
    }
  }
}
