import GraphRuntime
import TensorData
import TensorGraph
import TestSupport

/// Graphs with random weights that have every kind of node, small enough for plain expectations.
struct SmallModel {
  var graph: Graph
  var parameters: ParameterTable

  /// A decoder of two blocks with learned positions, a mask, a gated feed-forward part, logits and loss.
  static func decoder(positions: Int = 16) -> SmallModel {
    let sizes = ["vocab": 11, "positions": positions, "embed": 12, "heads": 3, "head": 4, "ff": 10]
    var axes = ["tokens.weight": ["vocab", "embed"], "positions.weight": ["positions", "embed"]]
    for block in 0..<2 {
      axes.merge(blockAxes("block.\(block)"), uniquingKeysWith: { $1 })
    }
    var graph = Graph(parameterAxes: axes, sizes: sizes)
    let ids = graph.input("input_ids", .tokens, axes: ["batch", "seq"], bound: "vocab")
    let mask = graph.input("attention_mask", .mask(over: "seq"), axes: ["batch", "seq_keys"], default: .constant(1))
    let places = graph.input("position_ids", .positions(.counted(from: 0)), axes: ["batch", "seq"])
    let labels = graph.input("labels", .labels, axes: ["batch", "seq"], bound: "vocab")
    var x = graph.add("embedded", graph.embedding("tokens", ids), graph.embedding("positions", places))
    var states = [x]
    for block in 0..<2 {
      x = attend(&graph, "block.\(block)", x, x, mask: mask, isCausal: true)
      x = feedForward(&graph, "block.\(block)", x)
      states.append(x)
    }
    let logits = graph.linear("logits", x, weight: "tokens.weight")
    graph.output("logits", .nextToken, logits)
    graph.output("hidden_states", .states, stacking: states)
    graph.output("loss", .loss, graph.crossEntropy("loss", logits: logits, labels: labels, isShifted: true))
    return SmallModel(graph: graph, seed: 30)
  }

  /// An encoder and a decoder with relative positions and cross-attention.
  static func encoderDecoder() -> SmallModel {
    let sizes = ["vocab": 11, "embed": 12, "heads": 3, "head": 4, "ff": 10, "buckets": 8]
    var axes = ["tokens.weight": ["vocab", "embed"]]
    for block in ["encoder", "decoder", "cross"] { axes.merge(blockAxes(block), uniquingKeysWith: { $1 }) }
    axes["encoder.bias.weight"] = ["buckets", "heads"]
    axes["decoder.bias.weight"] = ["buckets", "heads"]
    var graph = Graph(parameterAxes: axes, sizes: sizes)
    let ids = graph.input("input_ids", .tokens, axes: ["batch", "seq"], bound: "vocab")
    let mask = graph.input("attention_mask", .mask(over: "seq"), axes: ["batch", "seq"], default: .constant(1))
    let decoderIDs = graph.input(
      "decoder_input_ids", .tokens, of: .decoder, axes: ["batch", "decoder_seq"], bound: "vocab")
    let decoderMask = graph.input(
      "decoder_attention_mask", .mask(over: "decoder_seq"), of: .decoder, axes: ["batch", "decoder_seq"],
      default: .constant(1))
    var x = graph.embedding("encoder.embedded", ids, table: "tokens.weight")
    let bias = graph.relativeBias("encoder.bias", queries: x, isBidirectional: true, maxDistance: 20)
    x = attend(&graph, "encoder", x, x, mask: mask, bias: bias)
    let encoded = feedForward(&graph, "encoder", x)
    var y = graph.embedding("decoder.embedded", decoderIDs, table: "tokens.weight")
    let decoderBias = graph.relativeBias("decoder.bias", queries: y, isBidirectional: false, maxDistance: 20)
    y = attend(&graph, "decoder", y, y, mask: decoderMask, bias: decoderBias, isCausal: true)
    y = feedForward(&graph, "decoder", y)
    y = attend(&graph, "cross", y, encoded, mask: mask)
    y = feedForward(&graph, "cross", y)
    graph.output("encoded", .states, encoded)
    graph.output("logits", .nextToken, graph.linear("logits", y, weight: "tokens.weight"))
    return SmallModel(graph: graph, seed: 31)
  }

  private init(graph: Graph, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    self.graph = graph
    parameters = ParameterTable()
    for name in graph.usedParameters {
      parameters.tensors[name] = generator.tensor((graph.parameterAxes[name] ?? []).map { graph.sizes[$0] ?? 0 })
    }
  }

  func executor(_ precision: Precision, threads: Int = 2) throws -> GraphExecutor {
    try GraphExecutor(graph, parameters: parameters, precision: precision, threads: threads)
  }

  private static func blockAxes(_ name: String) -> [String: [String]] {
    [
      "\(name).q.weight": ["embed", "heads", "head"], "\(name).q.bias": ["heads", "head"],
      "\(name).k.weight": ["embed", "heads", "head"], "\(name).v.weight": ["embed", "heads", "head"],
      "\(name).o.weight": ["heads", "head", "embed"], "\(name).o.bias": ["embed"], "\(name).norm.weight": ["embed"],
      "\(name).norm.bias": ["embed"], "\(name).up.weight": ["embed", "ff"], "\(name).gate.weight": ["embed", "ff"],
      "\(name).down.weight": ["ff", "embed"], "\(name).final.weight": ["embed"],
    ]
  }

  private static func attend(
    _ graph: inout Graph, _ name: String, _ x: Value, _ source: Value, mask: Value? = nil, bias: Value? = nil,
    isCausal: Bool = false
  ) -> Value {
    let q = graph.linear("\(name).q", x)
    let k = graph.linear("\(name).k", source)
    let v = graph.linear("\(name).v", source)
    let mixed = graph.attention(
      "\(name).mix", q: q, k: k, v: v, mask: mask, bias: bias, scale: 0.5, visibility: isCausal ? .causal : .all,
      isCached: isCausal)
    let sum = graph.add("\(name).attended", x, graph.linear("\(name).o", mixed))
    return graph.layerNorm("\(name).norm", sum, epsilon: 1e-5)
  }

  private static func feedForward(_ graph: inout Graph, _ name: String, _ x: Value) -> Value {
    let gate = graph.activation("\(name).active", graph.linear("\(name).gate", x), .geluTanh)
    let inner = graph.multiply("\(name).gated", gate, graph.linear("\(name).up", x))
    let sum = graph.add("\(name).sum", x, graph.scale("\(name).scaled", graph.linear("\(name).down", inner), by: 0.7))
    return graph.rmsNorm("\(name).final", sum, epsilon: 1e-6)
  }
}

/// Ids as a tensor `[rows, length]`.
func ids(_ rows: [[Int]]) -> Tensor {
  Tensor(.i64, [rows.count, rows.first?.count ?? 0], rows.joined().map { Int64($0) })
}
