import TensorData
import TensorGraph

// Faults of the code that recorded or that will run the model, not of its parameters: what it reads, what attention sees.

extension UndoneFaults {
  /// Inputs that were ignored or read otherwise: masks, token types, positions.
  ///
  /// - Returns: the hypotheses for the inputs that the part reads.
  /// - Throws: `CastError` if an input is no number.
  func readings() throws -> [Hypothesis] {
    let read = Set(nodes.flatMap { $0.inputs.map { graph.nodes[$0.node].name } })
    var all: [Hypothesis] = []
    for input in graph.inputs where read.contains(input.name) {
      guard let numbers = try input.numbers(in: inputs, of: graph) else { continue }
      let limit = input.bound.flatMap { graph.sizes[$0] } ?? .max
      func consider(_ diagnosis: Diagnosis, _ new: [Int]) {
        guard new != numbers.values, new.allSatisfy({ (0..<limit).contains($0) }) else { return }
        var changed = inputs
        changed[input.name] = numbers.replaced(by: new)
        all.append(Hypothesis(diagnosis: diagnosis, parameter: nil, graph: graph, parameters: model, inputs: changed))
      }
      if input.role.isMask {
        consider(
          Diagnosis(.mask, "would agree if what was recorded had ignored \(input.name)"), numbers.values.map { _ in 1 })
      }
      if input.role == .segments {
        consider(
          Diagnosis(.tokenTypes, "would agree if what was recorded had ignored \(input.name)"),
          numbers.values.map { _ in 0 })
      }
      guard let rule = input.role.positionRule else { continue }
      for step in [1, 2, -1] {
        consider(
          Diagnosis(.positions, "would agree with positions counted from \(rule.first + step)"),
          numbers.values.map { $0 + step })
      }
      if let mask = graph.mask(of: input), let kept = try keptPositions(numbers, mask: mask, from: rule.first) {
        consider(
          Diagnosis(.positions, "would agree with positions counted over the tokens that \(mask.name) keeps"), kept)
      }
      let width = max(numbers.shape.last ?? 1, 1)
      consider(
        Diagnosis(.positions, "would agree with positions counted over all tokens, padding included"),
        numbers.values.indices.map { rule.first + $0 % width })
    }
    return all
  }

  /// Positions as they are counted where padding does not count; nil without a mask of that shape.
  private func keptPositions(
    _ positions: InputNumbers, mask input: GraphInput, from first: Int
  ) throws -> [Int]? {
    guard let mask = inputs[input.name], mask.shape == positions.shape, let width = mask.shape.last, width > 0
    else { return nil }
    let kept = try mask.doubles()
    var count = 0
    return kept.indices.map { index in
      if index % width == 0 { count = 0 }
      defer { count += kept[index] > 0 ? 1 : 0 }
      return first + (kept[index] > 0 ? count : 0)
    }
  }

  /// Attention that sees later positions or does not, relative positions with and without direction.
  func operations() -> [Hypothesis] {
    nodes.flatMap { node in
      node.op.traits.constants.flatMap { constant -> [Hypothesis] in
        guard let kind = UndoneFaults.kinds[constant.kind] else { return [] }
        return constant.mistakes.map { wrong in
          let other = graph.changingOperations { $0.name == node.name ? wrong.op : $0.op }
          return Hypothesis(
            diagnosis: Diagnosis(kind.0, "\(node.name) would agree \(kind.1) \(wrong.words)"), parameter: nil,
            graph: other, parameters: model, inputs: inputs)
        }
      }
    }
  }

  /// The constants that code decides rather than a configuration, with the words that introduce another value.
  private static let kinds: [OpConstant.Kind: (Diagnosis.Kind, String)] = [
    .visibility: (.mask, "if"), .relativeDirection: (.relativeBuckets, "with"),
  ]
}
