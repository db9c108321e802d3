import TensorData
public import TensorGraph

/// T5 1.0 and 1.1, an encoder-decoder with relative position biases (Raffel and others 2020, arXiv:1910.10683), and its kin:
/// mT5 (Xue and others 2021, arXiv:2010.11934), byT5 (arXiv:2105.13626), uMT5 (Chung and others 2023, arXiv:2304.09151).
///
/// Reference: transformers, `modeling_t5.py`; mesh-tensorflow, `transformer_layers.py`.
///
/// Parts: `decoder`, `lm`, `gated` or `ungated`, `layer_bias` (a table of relative positions in every layer, as in uMT5, instead
/// of one for all). Hyper-parameters beside the sizes: `activation`, `is_gated`,
/// `layer_norm_epsilon`, `max_distance`, `tied_head`, `scale_decoder_outputs`, `task`. Attention scores are not scaled.
public enum T5: Architecture {
  /// The name.
  public static let name = "t5"

  /// As transformers spells them; byT5 and Flan-T5 call themselves `t5` there.
  public static let modelTypes: Set<String> = ["t5", "mt5", "umt5", "byt5", "flant5"]

  /// The parameters of the common graph.
  public static let parameters: [Parameter] =
    [
      Parameter("shared.weight", "vocab embed"),
      Parameter("encoder.embeddings.weight", "vocab embed", tiedTo: "shared.weight", tie: "tied_encoder_embeddings"),
    ] + stack("encoder", part: nil) + [
      Parameter(
        "decoder.embeddings.weight", "vocab embed", part: "decoder", tiedTo: "shared.weight",
        tie: "tied_decoder_embeddings")
    ] + stack("decoder", part: "decoder") + [
      Parameter("lm_head.weight", "vocab embed", part: "lm", tiedTo: "shared.weight")
    ]

  private static func stack(_ side: String, part: String?) -> [Parameter] {
    func row(_ name: String, _ axes: Axes, part: String? = part, unless: String? = nil) -> Parameter {
      guard let template = NameTemplate(parsing: name) else { preconditionFailure(name) }
      return Parameter(template, axes, part: part, unless: unless)
    }
    let block = "\(side).block.{\(side)_block}"
    func feedForward(_ kind: String) -> String { side == "decoder" ? "decoder \(kind)" : kind }
    var rows: [Parameter] = []
    for attention in side == "decoder" ? ["self_attention", "cross_attention"] : ["self_attention"] {
      rows += ["q", "k", "v"].map { row("\(block).\(attention).\($0).weight", "embed heads head") }
      rows.append(row("\(block).\(attention).o.weight", "heads head embed"))
      rows.append(row("\(block).\(attention)_norm.weight", "embed"))
    }
    return rows + [
      row("\(side).relative_bias.weight", "buckets heads", unless: "layer_bias"),
      // Without a decoder there are no blocks of it.
      row("\(block).relative_bias.weight", "buckets heads", part: "layer_bias"),
      row("\(block).ff.wi.weight", "embed ff", part: feedForward("ungated")),
      row("\(block).ff.gate.weight", "embed ff", part: feedForward("gated")),
      row("\(block).ff.up.weight", "embed ff", part: feedForward("gated")),
      row("\(block).ff.down.weight", "ff embed"),
      row("\(block).ff_norm.weight", "embed"),
      row("\(side).final_norm.weight", "embed"),
    ]
  }

  /// The layouts.
  public static let layouts: [Layout] = [
    hf, tf1, flax, t5x, t5xScan, flaxformerScan, tf2, tf2H5, kerasHub, kerasHubH5, mlx, gguf,
  ]

  /// Whether the feed-forward is gated, and whether every layer has a table of relative positions.
  public static let namesDecidedByTensors: Set<String> = ["is_gated", "layer_biases"]

  /// Whether the logits are scaled.
  public static let namesThatFollow: Set<String> = ["scale_decoder_outputs"]

  /// With a head of its own, a T5 that is called tied scales its logits or does not, or does not use that head at all
  /// (transformers 4 and 5, `modeling_t5.py`, `configuration_t5.py`); the default is to be tied.
  public static func readings(ofStored parameter: Parameter, _ values: Hyperparameters) -> [OpenSetting.Reading] {
    guard parameter.tie == "tied_head",
      values.entries["scale_decoder_outputs"].map({ $0.origin == scaleOrigin || $0.isBorrowed }) ?? true
    else { return [] }
    return [
      OpenSetting.Reading(
        "the stored head counts and the logits are scaled, as transformers 5 reads it",
        option: "--set scale_decoder_outputs=true"),
      OpenSetting.Reading(
        "the stored head counts and the logits are not scaled, as in a model that was trained so",
        option: "--set tie_word_embeddings=false"),
      OpenSetting.Reading(
        "the embedding counts and the logits are scaled, as transformers before 5 reads it", option: nil),
    ]
  }

  private static let scaleOrigin = "as the head is tied or not"

  /// The task of a model without a decoder.
  public static let barestTask = "encoder"

  /// Decides on the head, the gate and the scale of the logits, from what was found.
  public static func complete(_ values: inout Hyperparameters) throws(LayoutError) {
    let isGated = values.parts.contains("gated") || values.parts.contains("decoder gated")
    if case .bool(let stated) = values["is_gated"], stated != isGated,
      values.entries["is_gated"]?.origin.hasPrefix("default") == false
    {
      throw LayoutError(
        .contradiction,
        "the configuration says the feed-forward is \(stated ? "" : "not ")gated, but the tensors say it is\(isGated ? "" : " not")",
        hint: projection(values, isGated: isGated).map { "if the tensors are right: --set feed_forward_proj=\($0)" })
    }
    values.set("is_gated", .bool(isGated), origin: "the feed-forward tensors")
    values.parts.insert(isGated ? "gated" : "ungated")
    try settleLayerBiases(&values)
    try values.require("activation", "layer_norm_epsilon", "max_distance", "heads", "head")
    values.setDefault("tied_encoder_embeddings", .bool(true), origin: "default: one embedding for both sides")
    if let task = values.statedTask, task != "encoder" { values.parts.insert("decoder") }
    guard values.parts.contains("decoder") else {
      if values.parts.contains("lm") {
        throw LayoutError(
          .unmapped, "there is an lm_head, but no decoder whose states it could read",
          hint: "is a file of the model missing? To leave the head out on purpose: --allow-unmapped NAME")
      }
      values.setDefault("task", .string("encoder"), origin: "no decoder tensors")
      values.remove("decoder_block")
      return
    }
    values.setDefault("tied_decoder_embeddings", .bool(true), origin: "default: one embedding for both sides")
    values.parts.insert(isGated ? "decoder gated" : "decoder ungated")
    values.setDefault("task", .string("lm"), origin: "a T5 file that does not say otherwise")
    if values.string("task") != "base" { values.parts.insert("lm") }
    applyDefaults(&values)
  }

  /// The word of `feed_forward_proj` for the model's own activation, gated or not; nil if there is none.
  private static func projection(_ values: Hyperparameters, isGated: Bool) -> String? {
    projections(HFConfig.activations).first {
      $0.meaning["is_gated"] == .bool(isGated) && $0.meaning["activation"] == values["activation"]
    }?.word
  }

  /// Decides whether every layer has a table of relative positions; with one layer on each side that is the same function.
  private static func settleLayerBiases(_ values: inout Hyperparameters) throws(LayoutError) {
    let isLayered = values.parts.contains("layer_bias")
    let isOneLayer = ["encoder_block", "decoder_block"].allSatisfy { values.int($0) ?? 0 <= 1 }
    if let stated = values.entries["layer_biases"], stated.value != .bool(isLayered) {
      if isOneLayer { return }
      throw LayoutError(
        .contradiction,
        "\(stated.origin) says that \(isLayered ? "one table" : "a table") of relative positions is in "
          + "\(isLayered ? "all layers" : "every layer"), but the tensors have \(isLayered ? "one in every layer" : "one for all")",
        hint: "the right one follows from the tensors: --set layer_biases=\(isLayered)")
    }
    values.set("layer_biases", .bool(isLayered), origin: "the tables of relative positions")
  }

  /// A file with a decoder that does not say otherwise has a head.
  public static func usualTask(_ parts: Set<String>) -> String { parts.contains("decoder") ? "lm" : "encoder" }

  /// The logits are scaled if nothing says otherwise and the head is tied (modeling_t5.py; mesh-tensorflow's
  /// `shared_embedding_and_softmax_weights`).
  public static func applyDefaults(_ values: inout Hyperparameters) {
    guard let tied = values["tied_head"] else { return }
    values.setDefault("scale_decoder_outputs", tied, origin: scaleOrigin)
  }

  /// Emits the forward pass.
  public static func forward(_ g: inout Graph, _ values: Hyperparameters) throws(LayoutError) {
    let ids = g.input("input_ids", .tokens, axes: ["batch", "seq"], bound: "vocab")
    let mask = g.input("attention_mask", .mask(over: "seq"), axes: ["batch", "seq"], default: .constant(1))
    let encoder = try emitStack(
      &g, values, side: "encoder", g.embedding("encoder.embeddings", ids, table: table(values, "encoder")), mask: mask,
      memory: nil)
    guard values.parts.contains("decoder") else {
      g.output("last_hidden_state", .states, encoder.last)
      g.output("hidden_states", .states, stacking: encoder.states)
      return
    }
    g.output("encoder_last_hidden_state", .states, encoder.last)
    g.output("encoder_hidden_states", .states, stacking: encoder.states)

    let decoderIDs = g.input(
      "decoder_input_ids", .tokens, of: .decoder, axes: ["batch", "decoder_seq"], bound: "vocab")
    let decoderMask = g.input(
      "decoder_attention_mask", .mask(over: "decoder_seq"), of: .decoder, axes: ["batch", "decoder_seq_keys"],
      default: .constant(1))
    let decoder = try emitStack(
      &g, values, side: "decoder", g.embedding("decoder.embeddings", decoderIDs, table: table(values, "decoder")),
      mask: decoderMask, memory: (encoder.last, mask))
    g.output("last_hidden_state", .states, of: .decoder, decoder.last)
    g.output("decoder_hidden_states", .states, of: .decoder, stacking: decoder.states)
    guard values.parts.contains("lm") else { return }
    var x = decoder.last
    if values.flag("scale_decoder_outputs") {
      x = g.scale(
        "lm_head.scale", x, by: 1 / Double(values.int("embed") ?? 1).squareRoot(),
        from: ["scale_decoder_outputs", "tied_head"])
    }
    let logits = g.linear(
      "lm_head", x, weight: values.flag("tied_head") ? "shared.weight" : nil,
      from: ["scale_decoder_outputs", "tied_head"])
    g.output("logits", .nextToken, of: .decoder, logits)
    let labels = g.input("labels", .labels, of: .decoder, axes: ["batch", "decoder_seq"], bound: "vocab")
    g.output("loss", .loss, of: .decoder, g.crossEntropy("loss", logits: logits, labels: labels))
  }

  private static func table(_ values: Hyperparameters, _ side: String) -> String {
    values.flag("tied_\(side)_embeddings") ? "shared.weight" : "\(side).embeddings.weight"
  }

  private static func emitStack(
    _ g: inout Graph, _ values: Hyperparameters, side: String, _ embedded: Value, mask: Value,
    memory: (states: Value, mask: Value)?
  ) throws(LayoutError) -> (last: Value, states: [Value]) {
    let epsilon = try values.number("layer_norm_epsilon")
    let maxDistance = try values.wholeNumber("max_distance")
    let activation = try values.activation()
    let isDecoder = memory != nil
    var x = embedded
    var states: [Value] = []
    func emitBias(_ path: String) -> Value {
      g.relativeBias(
        "\(path).relative_bias", queries: x, isBidirectional: !isDecoder, maxDistance: maxDistance,
        from: ["max_distance"])
    }
    let shared = values.parts.contains("layer_bias") ? nil : emitBias(side)
    for block in 0..<(values.int("\(side)_block") ?? 0) {
      states.append(x)
      let path = "\(side).block.\(block)"
      let bias = shared ?? emitBias(path)
      let normed = g.rmsNorm("\(path).self_attention_norm", x, epsilon: epsilon, from: ["layer_norm_epsilon"])
      let mixed = g.attention(
        "\(path).self_attention", q: g.linear("\(path).self_attention.q", normed),
        k: g.linear("\(path).self_attention.k", normed), v: g.linear("\(path).self_attention.v", normed), mask: mask,
        bias: bias, scale: 1, visibility: isDecoder ? .causal : .all, isCached: isDecoder)
      x = g.add("\(path).self_attention.residual", g.linear("\(path).self_attention.o", mixed), x)
      if let memory {
        let normed = g.rmsNorm("\(path).cross_attention_norm", x, epsilon: epsilon, from: ["layer_norm_epsilon"])
        let mixed = g.attention(
          "\(path).cross_attention", q: g.linear("\(path).cross_attention.q", normed),
          k: g.linear("\(path).cross_attention.k", memory.states),
          v: g.linear("\(path).cross_attention.v", memory.states), mask: memory.mask, scale: 1)
        x = g.add("\(path).cross_attention.residual", g.linear("\(path).cross_attention.o", mixed), x)
      }
      let ready = g.rmsNorm("\(path).ff_norm", x, epsilon: epsilon, from: ["layer_norm_epsilon"])
      let fed = feedForward(&g, values, path, ready, activation)
      x = g.add("\(path).ff.residual", g.linear("\(path).ff.down", fed), x)
    }
    x = g.rmsNorm("\(side).final_norm", x, epsilon: epsilon, from: ["layer_norm_epsilon"])
    return (x, states + [x])
  }

  private static func feedForward(
    _ g: inout Graph, _ values: Hyperparameters, _ path: String, _ x: Value, _ activation: Activation
  ) -> Value {
    guard values.flag("is_gated") else {
      return g.activation(
        "\(path).ff.activation", g.linear("\(path).ff.wi", x), activation, from: ["activation"])
    }
    let gate = g.activation(
      "\(path).ff.activation", g.linear("\(path).ff.gate", x), activation, from: ["activation"])
    return g.multiply("\(path).ff.gated", gate, g.linear("\(path).ff.up", x))
  }
}
