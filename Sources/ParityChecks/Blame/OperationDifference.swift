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
    var all = operation(expected, found).map { [$0] } ?? []
    let reads = expected.inputs.map { graphs.first.nodes[$0.node].name }
    let others = found.inputs.map { graphs.second.nodes[$0.node].name }
    let settings = expected.settings + found.settings.filter { !expected.settings.contains($0) }
    for (expected, found) in zip(reads, others) where expected != found {
      all.append(step(expected, found, before: settings))
    }
    for (expected, found) in zip(expected.parameters, found.parameters) where expected != found {
      all.append(
        Diagnosis(
          .tie,
          "uses \(found) where the reference uses \(expected)\(words(of: ties([expected, found])))"))
    }
    if expected.parameters.count != found.parameters.count, all.isEmpty {
      all.append(
        Diagnosis(
          .structure, "has \(found.parameters.count) parameters where the reference has \(expected.parameters.count)"))
    }
    return all
  }

  /// The hyper-parameters that say whether one of the parameters shares another's values.
  private func ties(_ names: [String]) -> [String] {
    second.architecture.parameters.filter { parameter in
      parameter.tiedTo != nil && names.contains(parameter.name.description)
    }.map(\.tie)
  }

  /// A step that only one of the graphs makes before a node that these settings decide on.
  private func step(_ expected: String, _ found: String, before settings: [String]) -> Diagnosis {
    let lacking = graphs.second.index(of: expected) == nil ? graphs.first.index(of: expected) : nil
    if let node = lacking.map({ graphs.first.nodes[$0] }), case .number(let factor) = node.factor {
      return scaling("lacks the step \(expected), which multiplies by \(ValueRelation.short(factor))", settings)
    }
    let extra = graphs.first.index(of: found) == nil ? graphs.second.index(of: found) : nil
    if let node = extra.map({ graphs.second.nodes[$0] }), case .number(let factor) = node.factor {
      return scaling("has one step more, \(found), which multiplies by \(ValueRelation.short(factor))", settings)
    }
    return Diagnosis(.structure, "reads \(found) where the reference reads \(expected)\(words(of: settings))")
  }

  private func scaling(_ sentence: String, _ settings: [String]) -> Diagnosis {
    Diagnosis(.scale, sentence + words(of: settings), remedy: remedy(settings))
  }

  /// The first constant in which the operations differ.
  private func operation(_ expected: Node, _ found: Node) -> Diagnosis? {
    guard expected.op != found.op else { return nil }
    let (a, b) = (expected.op.traits, found.op.traits)
    guard a.name == b.name, a.constants.map(\.kind) == b.constants.map(\.kind) else {
      return Diagnosis(.structure, "is another operation than in the reference")
    }
    guard let (own, other) = zip(a.constants, b.constants).first(where: { $0.value != $1.value }),
      let kind = OperationDifference.kinds[own.kind]
    else { return Diagnosis(.structure, "has \(a.name) with other options than the reference") }
    let settings = own.isConfigured ? found.settings : []
    return Diagnosis(
      kind, "has \(own.noun) \(other.short) where the reference has \(own.short)\(words(of: settings))",
      remedy: remedy(settings))
  }

  /// What another value of a constant is called.
  private static let kinds: [OpConstant.Kind: Diagnosis.Kind] = [
    .activation: .activation, .epsilon: .epsilon, .factor: .scale, .attentionScale: .scale, .visibility: .mask,
    .relativeDistance: .relativeBuckets, .relativeDirection: .relativeBuckets,
  ]

  /// The hyper-parameters among these that differ, with their origins: ` (config.json: n_head says 4)`.
  private func words(of names: [String]) -> String {
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

extension Node {
  /// The factor of a node that only multiplies.
  fileprivate var factor: OpConstant.Value? { op.traits.constant(.factor)?.value }
}

extension OpConstant {
  /// The value in a sentence; factors with the digits that tell them apart.
  fileprivate var short: String {
    if case .number(let number) = value, kind != .epsilon { ValueRelation.short(number) } else { value.words }
  }

  /// Whether a configuration can decide it; who attends to whom and in which direction is for the code alone.
  fileprivate var isConfigured: Bool { kind != .visibility && kind != .relativeDirection }
}
