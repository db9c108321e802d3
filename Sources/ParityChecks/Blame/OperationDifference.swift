import Architectures
import TensorGraph

/// Compares one node of two graphs without running anything: its operation, its constants, what it reads.
struct OperationDifference {
  /// The hyper-parameters of the reference.
  let first: Hyperparameters
  let second: MappedModel
  let graphs: (first: Graph, second: Graph)

  /// Everything in which the node differs, as facts.
  ///
  /// - Parameters:
  ///   - expected: the node of the first graph.
  ///   - found: the node of the same name of the second.
  /// - Returns: a diagnosis for each difference.
  func diagnoses(_ expected: Node, _ found: Node) -> [Diagnosis] {
    var all = operation(expected.op, found.op).map { [$0] } ?? []
    let reads = expected.inputs.map { graphs.first.nodes[$0.node].name }
    let others = found.inputs.map { graphs.second.nodes[$0.node].name }
    for (expected, found) in zip(reads, others) where expected != found {
      all.append(step(expected, found))
    }
    for (expected, found) in zip(expected.parameters, found.parameters) where expected != found {
      all.append(
        Diagnosis(
          .tie,
          "uses \(found) where the reference uses \(expected)\(settings(["tied_head", "tied_encoder_embeddings", "tied_decoder_embeddings"]))"
        ))
    }
    if expected.parameters.count != found.parameters.count, all.isEmpty {
      all.append(
        Diagnosis(
          .structure, "has \(found.parameters.count) parameters where the reference has \(expected.parameters.count)"))
    }
    return all
  }

  /// A step that only one of the graphs makes before this node.
  private func step(_ expected: String, _ found: String) -> Diagnosis {
    let node = graphs.first.index(of: expected).map { graphs.first.nodes[$0] }
    let extra = graphs.second.index(of: found).map { graphs.second.nodes[$0] }
    if case .scale(let factor) = node?.op, graphs.second.index(of: expected) == nil {
      return scaling("lacks the step \(expected), which multiplies by \(ValueRelation.short(factor))")
    }
    if case .scale(let factor) = extra?.op, graphs.first.index(of: found) == nil {
      return scaling("has one step more, \(found), which multiplies by \(ValueRelation.short(factor))")
    }
    return Diagnosis(.structure, "reads \(found) where the reference reads \(expected)")
  }

  private func scaling(_ sentence: String) -> Diagnosis {
    let names = ["scale_decoder_outputs", "tied_head"]
    return Diagnosis(.scale, sentence + settings(names), remedy: remedy(names))
  }

  private func operation(_ expected: Op, _ found: Op) -> Diagnosis? {
    guard expected != found else { return nil }
    func changed(_ kind: Diagnosis.Kind, _ what: String, _ a: String, _ b: String, _ names: [String]) -> Diagnosis {
      Diagnosis(kind, "has \(what) \(b) where the reference has \(a)\(settings(names))", remedy: remedy(names))
    }
    switch (expected, found) {
    case (.activation(let a), .activation(let b)):
      return changed(.activation, "the activation", a.rawValue, b.rawValue, ["activation"])
    case (.layerNorm(let a), .layerNorm(let b)), (.rmsNorm(let a), .rmsNorm(let b)):
      return changed(.epsilon, "the epsilon", "\(a)", "\(b)", ["layer_norm_epsilon"])
    case (.scale(let a), .scale(let b)):
      return changed(.scale, "the factor", ValueRelation.short(a), ValueRelation.short(b), ["scale_decoder_outputs"])
    case (.relativeBias(let bothWays, let a), .relativeBias(let isBidirectional, let b)):
      if a != b {
        return changed(.relativeBuckets, "relative buckets up to the distance", "\(a)", "\(b)", ["max_distance"])
      }
      return changed(
        .relativeBuckets, "relative buckets", bothWays ? "for both directions" : "for the past alone",
        isBidirectional ? "for both directions" : "for the past alone", [])
    case (.attention(let a), .attention(let b)):
      if a.scale != b.scale {
        return changed(
          .scale, "attention scores scaled by", ValueRelation.short(a.scale), ValueRelation.short(b.scale),
          ["scale_attn_weights", "scale_attn_by_inverse_layer_idx", "heads", "head"])
      }
      if a.isCausal != b.isCausal || a.hasMask != b.hasMask {
        return changed(.mask, "the mask", Self.mask(a), Self.mask(b), [])
      }
      return Diagnosis(.structure, "has attention with other options than the reference")
    default:
      return Diagnosis(.structure, "is another operation than in the reference")
    }
  }

  private static func mask(_ options: AttentionOptions) -> String {
    [options.isCausal ? "causal" : nil, options.hasMask ? "over the keys" : nil].compactMap { $0 }.joined(
      separator: " and ")
  }

  /// The hyper-parameters among these that differ, with their origins: ` (config.json: n_head says 4)`.
  private func settings(_ names: [String]) -> String {
    let texts = names.compactMap { name -> String? in
      let (a, b) = (first.entries[name], second.values.entries[name])
      guard let b, a?.value != b.value else { return nil }
      return "\(name) = \(b.value) from \(b.origin)"
    }
    return texts.isEmpty ? "" : "; \(texts.joined(separator: ", "))"
  }

  private func remedy(_ names: [String]) -> String? {
    names.lazy.compactMap { name -> String? in
      guard let a = first[name], second.values[name] != a else { return nil }
      return HyperparameterDifference.remedy(name, a, first, second)
    }.first
  }
}
