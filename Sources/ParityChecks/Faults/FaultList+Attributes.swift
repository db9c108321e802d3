import TensorGraph

// Faults of what a configuration says and of what the code does: constants of operations, not values of parameters.

extension FaultList {
  func operation(
    _ kind: FaultKind, _ detail: String, _ change: @escaping @Sendable (Operation) -> Op
  ) -> Fault {
    Fault(
      kind: kind, detail: detail,
      change: .operations { operation in
        var changed = operation
        changed.op = change(operation)
        return changed
      })
  }

  func activations() -> [Fault] {
    let used = Set(
      graph.nodes.compactMap { node -> Activation? in
        if case .activation(let function) = node.op, function != .tanh { function } else { nil }
      })
    return used.sorted { $0.rawValue < $1.rawValue }.flatMap { right in
      Activation.usual.filter { $0 != right }.map { wrong in
        operation(.activation, "\(wrong.rawValue) for \(right.rawValue)") {
          $0.op == .activation(right) ? .activation(wrong) : $0.op
        }
      }
    }
  }

  func epsilons() -> [Fault] {
    var used: Set<Double> = []
    for node in graph.nodes {
      switch node.op {
      case .layerNorm(let epsilon), .rmsNorm(let epsilon): used.insert(epsilon)
      default: break
      }
    }
    return [1e-12, 1e-6, 1e-5].filter { !used.contains($0) }.map { wrong in
      operation(.epsilon, "\(wrong) for \(used.sorted().map { "\($0)" }.joined(separator: ", "))") {
        switch $0.op {
        case .layerNorm: .layerNorm(epsilon: wrong)
        case .rmsNorm: .rmsNorm(epsilon: wrong)
        default: $0.op
        }
      }
    }
  }

  private func attentions(
    _ kind: FaultKind, _ detail: String, _ change: @escaping @Sendable (inout AttentionOptions) -> Void
  ) -> Fault {
    operation(kind, detail) { operation in
      guard case .attention(var options) = operation.op else { return operation.op }
      change(&options)
      return .attention(options)
    }
  }

  func scales() -> [Fault] {
    guard let head = graph.headAxes.first.flatMap({ graph.sizes[$0.head] }).map(Double.init), head > 1 else {
      return []
    }
    return [
      attentions(.attentionScale, "times the square root of the head size") { $0.scale *= head.squareRoot() },
      attentions(.attentionScale, "divided by the square root of the head size") { $0.scale /= head.squareRoot() },
    ]
  }

  func causalities() -> [Fault] {
    nodes { if case .attention = $0 { true } else { false } }.map { node in
      operation(.causality, node.name) { operation in
        guard operation.node == node.name, case .attention(var options) = operation.op else { return operation.op }
        options.isCausal.toggle()
        return .attention(options)
      }
    }
  }

  func relativeDistances() -> [Fault] {
    relative { node, isBidirectional, distance in
      [2 * distance, (distance + 1) / 2].map { wrong in
        ("\(wrong) for \(distance) in \(node)", .relativeBias(isBidirectional: isBidirectional, maxDistance: wrong))
      }
    }.map { operation(.relativeDistance, $0.detail, $0.change) }
  }

  func relativeDirections() -> [Fault] {
    relative { node, isBidirectional, distance in
      [(node, .relativeBias(isBidirectional: !isBidirectional, maxDistance: distance))]
    }.map { operation(.relativeDirection, $0.detail, $0.change) }
  }

  private func relative(
    _ wrong: (String, Bool, Int) -> [(String, Op)]
  ) -> [(detail: String, change: @Sendable (Operation) -> Op)] {
    graph.nodes.flatMap { node -> [(detail: String, change: @Sendable (Operation) -> Op)] in
      guard case .relativeBias(let isBidirectional, let distance) = node.op else { return [] }
      return wrong(node.name, isBidirectional, distance).map { detail, op in
        (detail, { $0.node == node.name ? op : $0.op })
      }
    }
  }
}
