import Architectures
import GraphRuntime
import TensorData
import TensorGraph

/// Why a fault cannot show in any compared output, where that can be proved.
enum Invisibility: Sendable, Hashable {
  /// No compared output is computed from the changed parameters.
  case unread
  /// The bias b of a key projection adds q·b to every score of a query, the same for all keys: the softmax cancels it.
  case keyBias
  /// Only rows of a table differ that no given id selects.
  case unusedRows
  /// In float64 every output is the same, bit for bit, on all inputs.
  case sameBits

  /// One sentence.
  var sentence: String {
    switch self {
    case .unread: "no compared output is computed from it"
    case .keyBias:
      "a key bias b adds q·b to every score of a query, the same for all keys, and the softmax cancels it"
    case .unusedRows: "only rows differ that none of the inputs selects"
    case .sameBits: "in float64 all outputs are the same, bit for bit, on these inputs"
    }
  }

  /// The reasons for which a fault cannot show on these inputs, or nil if it can.
  ///
  /// - Parameters:
  ///   - faulty: the model with the fault.
  ///   - sound: the model without.
  ///   - gate: the reference's outputs.
  /// - Returns: a reason, or nil.
  /// - Throws: what reading or running throws.
  static func reason(
    _ faulty: FaultyModel, _ sound: any ParameterSource, _ gate: OutputGate
  ) throws -> Invisibility? {
    if faulty.hasOtherParameters || faulty.changed.isEmpty { return try sameBits(faulty, gate) }
    var reasons: Set<Invisibility> = []
    for (name, tensor) in faulty.changed where try !tensor.isBitEqual(to: sound.parameter(named: name)) {
      guard let reason = try reason(name, tensor, sound, gate) else { return try sameBits(faulty, gate) }
      reasons.insert(reason)
    }
    return [.keyBias, .unusedRows, .unread].first(where: reasons.contains)
  }

  private static func reason(
    _ name: String, _ tensor: Tensor, _ sound: any ParameterSource, _ gate: OutputGate
  ) throws -> Invisibility? {
    let graph = gate.graph
    let compared = gate.outputs.flatMap { $0.values.map(\.node) }
    let readers = graph.nodes(neededFor: compared).filter { graph.nodes[$0].parameters.contains(name) }
    if readers.isEmpty { return .unread }
    if readers.allSatisfy({ isKeyProjection($0, withBias: name, graph) }) { return .keyBias }
    guard readers.allSatisfy({ graph.nodes[$0].op.traits.firstParameter == .embeddings }) else { return nil }
    var used: Set<Int> = []
    for reader in readers {
      let input = graph.nodes[graph.nodes[reader].inputs[0].node].name
      for reference in gate.references {
        guard let ids = reference.inputs[input] else { return nil }
        used.formUnion(try ids.doubles().map { Int($0) })
      }
    }
    let before = try sound.parameter(named: name)
    let isHidden = used.allSatisfy { row in
      tensor.selecting(row, onAxis: 0).isBitEqual(to: before.selecting(row, onAxis: 0))
    }
    return isHidden ? .unusedRows : nil
  }

  /// Whether the node adds the bias to keys that nothing but attention reads.
  private static func isKeyProjection(_ node: Int, withBias name: String, _ graph: Graph) -> Bool {
    guard graph.nodes[node].op == .linear, graph.nodes[node].parameters.dropFirst().first == name else { return false }
    let consumers = graph.nodes.filter { $0.inputs.contains { $0.node == node } }
    return !consumers.isEmpty
      && consumers.allSatisfy { consumer in
        guard case .attention = consumer.op else { return false }
        return consumer.inputs.indices.filter { consumer.inputs[$0].node == node } == [1]
      } && !graph.outputs.contains { $0.values.contains { $0.node == node } }
  }

  private static func sameBits(_ faulty: FaultyModel, _ gate: OutputGate) throws -> Invisibility? {
    let runs = try gate.judge(faulty.graph, faulty, precision: .f64, changing: faulty.inputs)
    let isSame = runs.flatMap(\.outputs).allSatisfy { $0.difference == 0 && $0.verdict == .pass }
    return isSame ? .sameBits : nil
  }
}
