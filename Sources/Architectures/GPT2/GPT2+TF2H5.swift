import TensorData

extension GPT2 {
  // swift-format-ignore
  /// The paths of the datasets in Hugging Face's `tf_model.h5`.
  static let tf2H5 = Layout(
    "tf2-h5", source: "transformers 4, modeling_tf_gpt2.py", config: tf2Config, scopes: tf2Scopes,
    rows: [
    LayoutRow("embeddings.word.weight", "transformer/<model>/transformer/wte/embeddings:0", "vocab embed"),
    LayoutRow("embeddings.position.weight", "transformer/<model>/transformer/wpe/embeddings:0", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "transformer/<model>/transformer/h_._{block}/ln_1/gamma:0", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "transformer/<model>/transformer/h_._{block}/ln_1/beta:0", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "transformer/<model>/transformer/h_._{block}/attn/c_attn/weight:0", "embed (qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.q.bias", "transformer/<model>/transformer/h_._{block}/attn/c_attn/bias:0", "1 (qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.k.weight", "transformer/<model>/transformer/h_._{block}/attn/c_attn/weight:0", "embed (qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.k.bias", "transformer/<model>/transformer/h_._{block}/attn/c_attn/bias:0", "1 (qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.v.weight", "transformer/<model>/transformer/h_._{block}/attn/c_attn/weight:0", "embed (qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.v.bias", "transformer/<model>/transformer/h_._{block}/attn/c_attn/bias:0", "1 (qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.o.weight", "transformer/<model>/transformer/h_._{block}/attn/c_proj/weight:0", "(heads head) embed"),
    LayoutRow("block.{block}.attention.o.bias", "transformer/<model>/transformer/h_._{block}/attn/c_proj/bias:0", "1 embed"),
    LayoutRow("block.{block}.ff_norm.weight", "transformer/<model>/transformer/h_._{block}/ln_2/gamma:0", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "transformer/<model>/transformer/h_._{block}/ln_2/beta:0", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "transformer/<model>/transformer/h_._{block}/mlp/c_fc/weight:0", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "transformer/<model>/transformer/h_._{block}/mlp/c_fc/bias:0", "1 ff"),
    LayoutRow("block.{block}.ff.down.weight", "transformer/<model>/transformer/h_._{block}/mlp/c_proj/weight:0", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "transformer/<model>/transformer/h_._{block}/mlp/c_proj/bias:0", "1 embed"),
    LayoutRow("final_norm.weight", "transformer/<model>/transformer/ln_f/gamma:0", "embed"),
    LayoutRow("final_norm.bias", "transformer/<model>/transformer/ln_f/beta:0", "embed"),
    LayoutRow("score.weight", "score/<model>/score/kernel:0", "embed labels"),
  ])
}
