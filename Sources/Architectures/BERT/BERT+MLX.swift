import StrictJSON
import TensorData

extension BERT {
  // swift-format-ignore
  /// The names of mlx-examples.
  static let mlx = Layout(
    "mlx", source: "ml-explore/mlx-examples, bert/model.py, bert/convert.py", config: mlxConfig,
    rows: [
    LayoutRow("embeddings.word.weight", "embeddings.word_embeddings.weight", "vocab embed"),
    LayoutRow("embeddings.position.weight", "embeddings.position_embeddings.weight", "positions embed"),
    LayoutRow("embeddings.token_type.weight", "embeddings.token_type_embeddings.weight", "token_types embed"),
    LayoutRow("embeddings.norm.weight", "embeddings.norm.weight", "embed"),
    LayoutRow("embeddings.norm.bias", "embeddings.norm.bias", "embed"),
    LayoutRow("block.{block}.attention.q.weight", "encoder.layers.{block}.attention.query_proj.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.q.bias", "encoder.layers.{block}.attention.query_proj.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.k.weight", "encoder.layers.{block}.attention.key_proj.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.k.bias", "encoder.layers.{block}.attention.key_proj.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.v.weight", "encoder.layers.{block}.attention.value_proj.weight", "(heads head) embed"),
    LayoutRow("block.{block}.attention.v.bias", "encoder.layers.{block}.attention.value_proj.bias", "(heads head)"),
    LayoutRow("block.{block}.attention.o.weight", "encoder.layers.{block}.attention.out_proj.weight", "embed (heads head)"),
    LayoutRow("block.{block}.attention.o.bias", "encoder.layers.{block}.attention.out_proj.bias", "embed"),
    LayoutRow("block.{block}.attention_norm.weight", "encoder.layers.{block}.ln1.weight", "embed"),
    LayoutRow("block.{block}.attention_norm.bias", "encoder.layers.{block}.ln1.bias", "embed"),
    LayoutRow("block.{block}.ff.up.weight", "encoder.layers.{block}.linear1.weight", "ff embed"),
    LayoutRow("block.{block}.ff.up.bias", "encoder.layers.{block}.linear1.bias", "ff"),
    LayoutRow("block.{block}.ff.down.weight", "encoder.layers.{block}.linear2.weight", "embed ff"),
    LayoutRow("block.{block}.ff.down.bias", "encoder.layers.{block}.linear2.bias", "embed"),
    LayoutRow("block.{block}.ff_norm.weight", "encoder.layers.{block}.ln2.weight", "embed"),
    LayoutRow("block.{block}.ff_norm.bias", "encoder.layers.{block}.ln2.bias", "embed"),
    LayoutRow("pooler.weight", "pooler.weight", "pooled embed"),
    LayoutRow("pooler.bias", "pooler.bias", "pooled"),
  ])

  /// The `config.json` of Hugging Face as mlx-examples reads it: the activation is the erf form of gelu, whatever it says.
  static let mlxConfig = hfConfig.replacing(
    ConfigKey("hidden_act", "", .words(HFConfig.anyActivation(as: "gelu_erf", written: "gelu")), fallback: "gelu"))
}
