import TensorGraph

// Faults of what a configuration says and of what the code does: constants of operations, not values of parameters. What
// an operation's constants are and what they are mistaken for stands in its traits.

extension FaultList {
  /// A constant of one node, with one mistake about it.
  private struct Mistake {
    let node: Node
    let constant: OpConstant
    let wrong: OpConstant.Alternative
  }

  /// Every mistake about constants of one kind, by node.
  private func mistakes(_ kind: OpConstant.Kind) -> [Mistake] {
    graph.nodes.flatMap { node in
      node.op.traits(headSize: graph.headSize(of: node)).constants.filter { $0.kind == kind }.flatMap { constant in
        constant.mistakes.map { Mistake(node: node, constant: constant, wrong: $0) }
      }
    }
  }

  /// Faults of one node each.
  ///
  /// - Parameters:
  ///   - kind: the kind of fault.
  ///   - constant: the kind of constant that is wrong.
  ///   - detail: says in words which value stands for which, given the wrong value, the right one, and the node.
  /// - Returns: a fault for each node and each wrong value.
  func single(
    _ kind: FaultKind, _ constant: OpConstant.Kind,
    _ detail: (_ wrong: String, _ right: String, _ node: String) -> String
  ) -> [Fault] {
    mistakes(constant).map { mistake in
      let (name, op) = (mistake.node.name, mistake.wrong.op)
      return Fault(
        kind: kind, detail: detail(mistake.wrong.words, mistake.constant.value.words, name),
        change: .operations { operation in
          var changed = operation
          if operation.node == name { changed.op = op }
          return changed
        })
    }
  }

  /// Faults of all nodes that take a constant from the configuration, such as the epsilon of every norm.
  ///
  /// - Parameters:
  ///   - kind: the kind of fault.
  ///   - constant: the kind of constant that is wrong.
  ///   - isOfOneValue: whether nodes with other values of the constant are left as they are; if not, all go wrong alike.
  /// - Returns: a fault for each wrong value.
  func together(_ kind: FaultKind, _ constant: OpConstant.Kind, isOfOneValue: Bool) -> [Fault] {
    let all = mistakes(constant).filter { !$0.node.settings.isEmpty }
    let right = Dictionary(grouping: all) { isOfOneValue ? $0.constant.value.words : "" }
    return right.sorted { $0.key < $1.key }.flatMap { value, mistakes -> [Fault] in
      var seen: Set<String> = []
      let wrongs = mistakes.map(\.wrong.words).filter { seen.insert($0).inserted }
      return wrongs.map { wrong in
        var ops: [String: Op] = [:]
        for mistake in mistakes where mistake.wrong.words == wrong { ops[mistake.node.name] = mistake.wrong.op }
        return Fault(
          kind: kind, detail: isOfOneValue ? "\(wrong) for \(value)" : wrong,
          change: .operations { [ops] operation in
            var changed = operation
            changed.op = ops[operation.node] ?? operation.op
            return changed
          })
      }
    }
  }
}

extension OpConstant.Value {
  /// The value as text.
  var words: String {
    switch self {
    case .number(let number): "\(number)"
    case .whole(let number): "\(number)"
    case .word(let word): word
    }
  }
}
