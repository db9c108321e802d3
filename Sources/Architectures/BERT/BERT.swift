import TensorData
public import TensorGraph

/// BERT, a post-norm encoder with learned positions and its heads (Devlin and others 2019, arXiv:1810.04805).
///
/// Reference: transformers, `modeling_bert.py`; google-research/bert, `modeling.py`.
///
/// Parts: `pooler`, `mlm`, `nsp`, `classifier`, `qa`. Hyper-parameters beside the sizes: `activation`,
/// `layer_norm_epsilon`, `tied_head`, `task`.
public enum BERT: Architecture {
  /// The name.
  public static let name = "bert"

  // swift-format-ignore
  /// The parameters of the common graph.
  public static let parameters: [Parameter] = [
    Parameter("embeddings.word.weight", "vocab embed"),
    Parameter("embeddings.position.weight", "positions embed"),
    Parameter("embeddings.token_type.weight", "token_types embed"),
    Parameter("embeddings.norm.weight", "embed"),
    Parameter("embeddings.norm.bias", "embed"),
    Parameter("block.{block}.attention.q.weight", "embed heads head"),
    Parameter("block.{block}.attention.q.bias", "heads head"),
    Parameter("block.{block}.attention.k.weight", "embed heads head"),
    Parameter("block.{block}.attention.k.bias", "heads head"),
    Parameter("block.{block}.attention.v.weight", "embed heads head"),
    Parameter("block.{block}.attention.v.bias", "heads head"),
    Parameter("block.{block}.attention.o.weight", "heads head embed"),
    Parameter("block.{block}.attention.o.bias", "embed"),
    Parameter("block.{block}.attention_norm.weight", "embed"),
    Parameter("block.{block}.attention_norm.bias", "embed"),
    Parameter("block.{block}.ff.up.weight", "embed ff"),
    Parameter("block.{block}.ff.up.bias", "ff"),
    Parameter("block.{block}.ff.down.weight", "ff embed"),
    Parameter("block.{block}.ff.down.bias", "embed"),
    Parameter("block.{block}.ff_norm.weight", "embed"),
    Parameter("block.{block}.ff_norm.bias", "embed"),
    Parameter("pooler.weight", "embed pooled", part: "pooler"),
    Parameter("pooler.bias", "pooled", part: "pooler"),
    Parameter("mlm.transform.weight", "embed transformed", part: "mlm"),
    Parameter("mlm.transform.bias", "transformed", part: "mlm"),
    Parameter("mlm.norm.weight", "embed", part: "mlm"),
    Parameter("mlm.norm.bias", "embed", part: "mlm"),
    Parameter("mlm.decoder.weight", "vocab embed", part: "mlm", tiedTo: "embeddings.word.weight"),
    Parameter("mlm.decoder.bias", "vocab", part: "mlm"),
    Parameter("nsp.weight", "embed relations", part: "nsp"),
    Parameter("nsp.bias", "relations", part: "nsp"),
    Parameter("classifier.weight", "embed labels", part: "classifier"),
    Parameter("classifier.bias", "labels", part: "classifier"),
    Parameter("qa.weight", "embed spans", part: "qa"),
    Parameter("qa.bias", "spans", part: "qa"),
  ]

  /// The layouts.
  public static let layouts: [Layout] = [
    hf, tf1, flax, tf2, tf2H5, kerasHub, kerasHubH5, mlx, gguf, flaxformer,
  ]

  /// The parts that a head needs besides its own: only these make the stored name begin with the base model's prefix.
  static let heads: Set<String> = ["mlm", "nsp", "classifier", "qa"]

  /// What a model that is said to do a task has beside the encoder.
  private static let partsOfTask: [String: Set<String>] = [
    "pretraining": ["pooler", "mlm", "nsp"], "masked_lm": ["mlm"], "next_sentence": ["pooler", "nsp"],
    "sequence_classification": ["pooler", "classifier"], "token_classification": ["classifier"],
    "question_answering": ["qa"],
  ]

  /// Derives the head size and decides what a `classifier` classifies.
  public static func complete(_ values: inout Hyperparameters) throws(LayoutError) {
    try values.splitHeads(key: "num_attention_heads")
    try values.require("activation", "layer_norm_epsilon")
    for size in ["pooled", "transformed"] { values.set(size, .int(values.int("embed") ?? 0), origin: "equal to embed") }
    values.parts.formUnion(values.statedTask.flatMap { partsOfTask[$0] } ?? [])
    // Whether two sentences follow each other is asked of the pooled first token, in every class that asks it.
    if values.parts.contains("nsp") { values.parts.insert("pooler") }
    if values.parts.contains("nsp") { values.set("relations", .int(2), origin: "fixed: is next or is not") }
    if values.parts.contains("qa") { values.set("spans", .int(2), origin: "fixed: start and end") }
    guard values.parts.contains("classifier") else { return }
    let hasPooler = values.parts.contains("pooler")
    // What another model classifies does not tell what this one does if it has nothing to pool with.
    let isOverruled = !hasPooler && values.statedTask == nil && !classifiesTokens(values)
    if values.string("task") == nil || isOverruled {
      values.set(
        "task", .string(hasPooler ? "sequence_classification" : "token_classification"),
        origin: "a classifier \(hasPooler ? "with" : "without") a pooler")
    }
  }

  /// Whether the classifier judges every token rather than the text.
  private static func classifiesTokens(_ values: Hyperparameters) -> Bool {
    switch values.string("task") {
    case "token_classification": true
    case "sequence_classification": false
    default: !values.parts.contains("pooler")
    }
  }

  /// The task of the class that has these heads.
  public static func usualTask(_ parts: Set<String>) -> String {
    if parts.contains("mlm") { return parts.contains("nsp") ? "pretraining" : "masked_lm" }
    if parts.contains("nsp") { return "next_sentence" }
    if parts.contains("classifier") {
      return parts.contains("pooler") ? "sequence_classification" : "token_classification"
    }
    return parts.contains("qa") ? "question_answering" : "base"
  }

  /// Emits the forward pass.
  public static func forward(_ g: inout Graph, _ values: Hyperparameters) throws(LayoutError) {
    let epsilon = try values.number("layer_norm_epsilon")
    let activation = try values.activation()
    let ids = g.input("input_ids", .tokens, axes: ["batch", "seq"], bound: "vocab")
    let mask = g.input("attention_mask", .mask(over: "seq"), axes: ["batch", "seq"], default: .constant(1))
    let types = g.input(
      "token_type_ids", .segments, axes: ["batch", "seq"], default: .constant(0), bound: "token_types")
    let positions = g.input("position_ids", .positions(.counted(from: 0)), axes: ["batch", "seq"], bound: "positions")

    let word = g.embedding("embeddings.word", ids)
    let typed = g.add("embeddings.typed", word, g.embedding("embeddings.token_type", types))
    let placed = g.add("embeddings.placed", typed, g.embedding("embeddings.position", positions))
    var x = g.layerNorm("embeddings.norm", placed, epsilon: epsilon, from: ["layer_norm_epsilon"])
    var states = [x]
    for block in 0..<(values.int("block") ?? 0) {
      let path = "block.\(block)"
      let q = g.linear("\(path).attention.q", x)
      let k = g.linear("\(path).attention.k", x)
      let v = g.linear("\(path).attention.v", x)
      let mixed = g.attention(
        "\(path).attention", q: q, k: k, v: v, mask: mask, scale: values.attentionScale, from: ["heads", "head"])
      let attended = g.add("\(path).attention.residual", g.linear("\(path).attention.o", mixed), x)
      x = g.layerNorm("\(path).attention_norm", attended, epsilon: epsilon, from: ["layer_norm_epsilon"])
      let hidden = g.activation("\(path).ff.activation", g.linear("\(path).ff.up", x), activation, from: ["activation"])
      let fed = g.add("\(path).ff.residual", g.linear("\(path).ff.down", hidden), x)
      x = g.layerNorm("\(path).ff_norm", fed, epsilon: epsilon, from: ["layer_norm_epsilon"])
      states.append(x)
    }
    g.output("last_hidden_state", .states, x)
    g.output("hidden_states", .states, stacking: states)
    emitHeads(&g, values, x, activation: activation, epsilon: epsilon)
  }

  private static func emitHeads(
    _ g: inout Graph, _ values: Hyperparameters, _ x: Value, activation: Activation, epsilon: Double
  ) {
    var pooled: Value?
    if values.parts.contains("pooler") {
      let first = g.select("pooler.first_token", x, axis: "seq", index: 0)
      let output = g.activation("pooler.activation", g.linear("pooler", first), .tanh).renaming("pooled", to: "embed")
      g.output("pooler_output", .states, output)
      pooled = output
    }
    let heads = Heads(values.parts)
    var losses: [(name: String, value: Value)] = []
    if values.parts.contains("mlm") {
      let transformed = g.linear("mlm.transform", x).renaming("transformed", to: "embed")
      let hidden = g.activation("mlm.activation", transformed, activation, from: ["activation"])
      let normed = g.layerNorm("mlm.norm", hidden, epsilon: epsilon, from: ["layer_norm_epsilon"])
      let logits = g.linear(
        "mlm.decoder", normed, weight: values.flag("tied_head") ? "embeddings.word.weight" : nil)
      g.output(heads.areSeveral ? "prediction_logits" : "logits", .logits, logits)
      let labels = g.input("labels", .labels, axes: ["batch", "seq"], bound: "vocab")
      losses.append(("prediction_loss", g.crossEntropy("mlm.loss", logits: logits, labels: labels)))
    }
    if values.parts.contains("nsp") {
      let logits = g.linear("nsp", pooled ?? x)
      g.output(heads.areSeveral ? "seq_relationship_logits" : "logits", .logits, logits)
      let labels = g.input(
        heads.areSeveral ? "next_sentence_label" : "labels", .labels, axes: ["batch"], bound: "relations")
      losses.append(("next_sentence_loss", g.crossEntropy("nsp.loss", logits: logits, labels: labels)))
    }
    if values.parts.contains("classifier") {
      let ofTokens = classifiesTokens(values)
      let logits = g.linear("classifier", ofTokens ? x : pooled ?? x)
      g.output(heads.areSeveral ? "classifier_logits" : "logits", .logits, logits)
      let labels = g.input(
        heads.areSeveral ? "classifier_labels" : "labels", .labels, axes: ofTokens ? ["batch", "seq"] : ["batch"],
        bound: "labels")
      losses.append(("classifier_loss", g.crossEntropy("classifier.loss", logits: logits, labels: labels)))
    }
    if values.parts.contains("qa") {
      let logits = g.linear("qa", x)
      g.output("start_logits", .logits, g.select("qa.start", logits, axis: "spans", index: 0))
      g.output("end_logits", .logits, g.select("qa.end", logits, axis: "spans", index: 1))
    }
    if heads.arePretraining {
      g.output("loss", .loss, g.add("loss", losses[0].value, losses[1].value))
    } else {
      for loss in losses { g.output(heads.areSeveral ? loss.name : "loss", .loss, loss.value) }
    }
  }

  /// How the heads that take labels are called.
  ///
  /// One alone has `logits`, `labels` and `loss`. Those of `BertForPreTraining` are called as there, with one loss, their
  /// sum. Other heads in one file belong to no class of the reference: each has the name that it has there or would have
  /// beside others, its own labels and its own loss.
  private struct Heads {
    let areSeveral: Bool
    let arePretraining: Bool

    init(_ parts: Set<String>) {
      let labelled = parts.intersection(["mlm", "nsp", "classifier"])
      areSeveral = labelled.count > 1
      arePretraining = labelled == ["mlm", "nsp"]
    }
  }
}
