import TensorData
public import TensorGraph

/// GPT-2, a pre-norm causal decoder with learned positions (Radford and others 2019).
///
/// Reference: transformers, `modeling_gpt2.py`; openai/gpt-2, `src/model.py`.
///
/// Parts: `lm` (a head that predicts the next token), `score` (one that classifies by the last token). Hyper-parameters beside the sizes: `activation`,
/// `layer_norm_epsilon`, `scale_attn_weights`, `scale_attn_by_inverse_layer_idx`, `tied_head`, `task`, `has_biases`
/// (a file without biases has zeros in their place).
public enum GPT2: Architecture {
  /// The name.
  public static let name = "gpt2"

  // swift-format-ignore
  /// The parameters of the common graph.
  public static let parameters: [Parameter] = [
    Parameter("embeddings.word.weight", "vocab embed"),
    Parameter("embeddings.position.weight", "positions embed"),
    Parameter("block.{block}.attention_norm.weight", "embed"),
    Parameter("block.{block}.attention_norm.bias", "embed"),
    Parameter("block.{block}.attention.q.weight", "embed heads head"),
    Parameter("block.{block}.attention.q.bias", "heads head"),
    Parameter("block.{block}.attention.k.weight", "embed heads head"),
    Parameter("block.{block}.attention.k.bias", "heads head"),
    Parameter("block.{block}.attention.v.weight", "embed heads head"),
    Parameter("block.{block}.attention.v.bias", "heads head"),
    Parameter("block.{block}.attention.o.weight", "heads head embed"),
    Parameter("block.{block}.attention.o.bias", "embed"),
    Parameter("block.{block}.ff_norm.weight", "embed"),
    Parameter("block.{block}.ff_norm.bias", "embed"),
    Parameter("block.{block}.ff.up.weight", "embed ff"),
    Parameter("block.{block}.ff.up.bias", "ff"),
    Parameter("block.{block}.ff.down.weight", "ff embed"),
    Parameter("block.{block}.ff.down.bias", "embed"),
    Parameter("final_norm.weight", "embed"),
    Parameter("final_norm.bias", "embed"),
    Parameter("lm_head.weight", "vocab embed", part: "lm", tiedTo: "embeddings.word.weight"),
    Parameter("score.weight", "embed labels", part: "score"),
  ]

  /// The layouts.
  public static let layouts: [Layout] = [
    hf, tf1, flax, tf2, tf2H5, kerasHub, kerasHubH5, mlx, gguf, nanoGPT, minGPT, minGPT2020,
  ]

  /// Derives the head size; a file that does not say otherwise has the head that predicts the next token.
  public static func complete(_ values: inout Hyperparameters) throws(LayoutError) {
    try values.splitHeads(key: "n_head")
    try values.require(
      "activation", "layer_norm_epsilon", "scale_attn_weights", "scale_attn_by_inverse_layer_idx")
    values.set("qkv", .int(3), origin: "fixed: query, key, value")
    values.setDefault("task", .string(usualTask(values.parts)), origin: "a GPT-2 file that does not say otherwise")
    if values.string("task") == "lm" { values.parts.insert("lm") }
    if values.string("task") == "base", values.parts.contains("lm") {
      throw LayoutError(
        .contradiction, "the configuration names a base model, but there is an lm_head",
        hint: "if the head belongs to the model: --set task=lm")
    }
  }

  /// A file that does not say otherwise predicts the next token, unless it has the head that classifies.
  public static func usualTask(_ parts: Set<String>) -> String {
    parts.contains("score") ? "sequence_classification" : "lm"
  }

  /// Emits the forward pass.
  ///
  /// The head that predicts tokens has `logits`, `labels` and `loss`; the one that classifies has the same alone, and
  /// `score_logits`, `score_labels` and `score_loss` beside the other.
  public static func forward(_ g: inout Graph, _ values: Hyperparameters) throws(LayoutError) {
    let epsilon = try values.number("layer_norm_epsilon")
    let activation = try values.activation()
    let ids = g.input("input_ids", .tokens, of: .decoder, axes: ["batch", "seq"], bound: "vocab")
    let mask = g.input(
      "attention_mask", .mask(over: "seq"), of: .decoder, axes: ["batch", "seq_keys"], default: .constant(1))
    let positions = g.input(
      "position_ids", .positions(.counted(from: 0)), of: .decoder, axes: ["batch", "seq"], bound: "positions")
    let word = g.embedding("embeddings.word", ids)
    var x = g.add("embeddings", word, g.embedding("embeddings.position", positions))
    var states: [Value] = []
    for block in 0..<(values.int("block") ?? 0) {
      states.append(x)
      let path = "block.\(block)"
      let normed = g.layerNorm("\(path).attention_norm", x, epsilon: epsilon, from: ["layer_norm_epsilon"])
      let q = g.linear("\(path).attention.q", normed)
      let k = g.linear("\(path).attention.k", normed)
      let v = g.linear("\(path).attention.v", normed)
      var scale = values.flag("scale_attn_weights") ? values.attentionScale : 1
      if values.flag("scale_attn_by_inverse_layer_idx") { scale /= Double(block + 1) }
      let mixed = g.attention(
        "\(path).attention", q: q, k: k, v: v, mask: mask, scale: scale, visibility: .causal, isCached: true,
        from: ["scale_attn_weights", "scale_attn_by_inverse_layer_idx", "heads", "head"])
      x = g.add("\(path).attention.residual", g.linear("\(path).attention.o", mixed), x)
      let ready = g.layerNorm("\(path).ff_norm", x, epsilon: epsilon, from: ["layer_norm_epsilon"])
      let hidden = g.activation(
        "\(path).ff.activation", g.linear("\(path).ff.up", ready), activation, from: ["activation"])
      x = g.add("\(path).ff.residual", g.linear("\(path).ff.down", hidden), x)
    }
    x = g.layerNorm("final_norm", x, epsilon: epsilon, from: ["layer_norm_epsilon"])
    g.output("last_hidden_state", .states, of: .decoder, x)
    g.output("hidden_states", .states, of: .decoder, stacking: states + [x])
    if values.parts.contains("score") {
      let prefix = values.parts.contains("lm") ? "score_" : ""
      let scored = g.linear("score", x)
      let logits = g.last("score.last_token", scored, ids: ids, padding: values.int("pad_token_id"))
      g.output("\(prefix)logits", .logits, of: .decoder, logits)
      let labels = g.input("\(prefix)labels", .labels, of: .decoder, axes: ["batch"], bound: "labels")
      g.output("\(prefix)loss", .loss, of: .decoder, g.crossEntropy("score.loss", logits: logits, labels: labels))
    }
    guard values.parts.contains("lm") else { return }
    let logits = g.linear("lm_head", x, weight: values.flag("tied_head") ? "embeddings.word.weight" : nil)
    g.output("logits", .nextToken, of: .decoder, logits)
    let labels = g.input("labels", .labels, of: .decoder, axes: ["batch", "seq"], bound: "vocab")
    g.output("loss", .loss, of: .decoder, g.crossEntropy("loss", logits: logits, labels: labels, isShifted: true))
  }
}
