import TensorGraph

/// An output of two models that one of them computes from parameters for which the other's layout has no place.
public struct UnheldOutput: Sendable, Hashable {
  /// Its name.
  public let name: String
  /// Whether both models have an output of that name; what they compute is not the same then.
  public let isInBoth: Bool

  /// Every such output, by name.
  ///
  /// - Parameters:
  ///   - first: the graph of the first model.
  ///   - second: the graph of the second model.
  ///   - weights: how their parameters relate.
  /// - Returns: the outputs.
  static func all(_ first: Graph, _ second: Graph, _ weights: [WeightFinding]) -> [UnheldOutput] {
    let unheld = Set(weights.filter(\.isUnheld).map(\.name))
    guard !unheld.isEmpty else { return [] }
    let needing = [first, second].flatMap { graph in
      graph.outputs.filter { $0.role != .loss }.map(\.name).filter {
        !unheld.isDisjoint(with: graph.parameters(neededFor: $0))
      }
    }
    return Set(needing).sorted().map {
      UnheldOutput(name: $0, isInBoth: first.output($0) != nil && second.output($0) != nil)
    }
  }
}

extension Graph {
  /// The parameters from which an output is computed; none if there is no such output.
  fileprivate func parameters(neededFor output: String) -> Set<String> {
    let targets = self.output(output)?.values.map(\.node) ?? []
    return Set(nodes(neededFor: targets).flatMap { nodes[$0].parameters })
  }
}
