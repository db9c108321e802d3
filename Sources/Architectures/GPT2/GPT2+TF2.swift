import TensorData

extension GPT2 {
  // swift-format-ignore
  /// Hugging Face's TensorFlow 2 variables, `model.weights[i].name` without `:0`; biases have a leading axis of one.
  static let tf2 = Layout(
    "tf2", source: "transformers 4, modeling_tf_gpt2.py", config: tf2Config, scopes: tf2Scopes,
    rows: [
    LayoutRow("embeddings.word.weight", "<model>/transformer/wte/embeddings", "vocab embed"),
    LayoutRow("embeddings.position.weight", "<model>/transformer/wpe/embeddings", "positions embed"),
    LayoutRow("block.{block}.attention_norm.weight", "<model>/transformer/h_._{block}/ln_1/gamma", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "<model>/transformer/h_._{block}/ln_1/beta", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "<model>/transformer/h_._{block}/attn/c_attn/weight", "embed (qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.q.bias", "<model>/transformer/h_._{block}/attn/c_attn/bias", "1 (qkv heads head)", at: ["qkv": 0]),
    LayoutRow("block.{block}.attention.k.weight", "<model>/transformer/h_._{block}/attn/c_attn/weight", "embed (qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.k.bias", "<model>/transformer/h_._{block}/attn/c_attn/bias", "1 (qkv heads head)", at: ["qkv": 1]),
    LayoutRow("block.{block}.attention.v.weight", "<model>/transformer/h_._{block}/attn/c_attn/weight", "embed (qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.v.bias", "<model>/transformer/h_._{block}/attn/c_attn/bias", "1 (qkv heads head)", at: ["qkv": 2]),
    LayoutRow("block.{block}.attention.o.weight", "<model>/transformer/h_._{block}/attn/c_proj/weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.o.bias", "<model>/transformer/h_._{block}/attn/c_proj/bias", "1 embed"),
    LayoutRow("block.{block}.ff_norm.weight", "<model>/transformer/h_._{block}/ln_2/gamma", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "<model>/transformer/h_._{block}/ln_2/beta", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "<model>/transformer/h_._{block}/mlp/c_fc/weight", "embed ff"),
    LayoutRow("block.{block}.ff.up.bias", "<model>/transformer/h_._{block}/mlp/c_fc/bias", "1 ff"),
    LayoutRow("block.{block}.ff.down.weight", "<model>/transformer/h_._{block}/mlp/c_proj/weight", "ff embed"),
    LayoutRow("block.{block}.ff.down.bias", "<model>/transformer/h_._{block}/mlp/c_proj/bias", "1 embed"),
    LayoutRow("final_norm.weight", "<model>/transformer/ln_f/gamma", "embed"),
    LayoutRow("final_norm.bias", "<model>/transformer/ln_f/beta", "embed"),
    LayoutRow("score.weight", "<model>/score/kernel", "embed labels"),
  ])

  /// Keras's names of the model classes (`TFGPT2Model` and so on), which are the scope of their variables.
  static let tf2Scopes = [
    "base": "tfgpt2_model", "lm": "tfgpt2lm_head_model",
    "sequence_classification": "tfgpt2_for_sequence_classification",
  ]
}
