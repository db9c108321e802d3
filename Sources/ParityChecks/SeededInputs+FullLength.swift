import GraphRuntime
import TensorData
import TensorGraph

extension SeededInputs {
  /// Tables of at most so many rows are read whole.
  static let smallTable = 4096
  /// Of larger tables at least so many rows are read.
  static let sampleOfLargeTable = 1024
  /// No row is longer than this, whatever the model allows.
  static let longestFullLength = 4096
  /// A batch goes through the whole model if tokens times parameters are not more than this.
  ///
  /// Of a dearer one only what goes into the first block and comes out of it is compared: positions, distances and
  /// tokens enter nowhere else.
  static let multiplicationsOfFullLength = 0x1p31

  /// Batches that read what others have left, one for each half of the model that reads tokens.
  ///
  /// They read every position, every distance, every token of a small table and every kind of segment.
  ///
  /// - Parameters:
  ///   - graph: the graph.
  ///   - batches: the batches that there are.
  ///   - random: where numbers come from when nothing is left to be read.
  /// - Returns: the further batches.
  static func fullLength(for graph: Graph, after batches: [Batch], _ random: SplitMix64) -> [Batch] {
    var draws = Draws(random)
    // A graph whose inputs cannot be counted reads nothing that way, and every row counts as unread.
    let read = (try? InputCoverage.rowsRead(graph, batches)) ?? [:]
    for node in graph.nodes where node.op == .embedding {
      let table = node.parameters[0]
      guard draws.unread[table] == nil, let rows = graph.rows(of: table) else { continue }
      draws.shuffle((0..<rows).filter { !(read[table]?.contains($0) ?? false) }, of: table)
    }
    let sides = [ModelSide.encoder, .decoder].filter { graph.tokens($0) != nil }
    return sides.map { side in
      let length = fullLength(of: side, in: graph)
      let wanted = graph.inputs.filter { $0.side == side }.compactMap { table(of: $0, in: graph) }.map { table in
        let rows = graph.rows(of: table) ?? 0
        let unread = draws.unread[table]?.count ?? 0
        return rows <= smallTable ? unread : min(unread, sampleOfLargeTable)
      }
      let count = max(1, ((wanted.max() ?? 0) + length - 1) / length)
      let full = Rows([Int](repeating: length, count: count))
      let name = sides.count == 1 ? "full length" : "full length of the \(side.rawValue)"
      let other = Rows([Int](repeating: shortLength(in: graph), count: count))
      let isDear = Double(count * length) * graph.parameterCount > multiplicationsOfFullLength
      let batch =
        sides.count == 2 && side == .decoder
        ? batch(name, other, decoder: full, graph, &draws) : batch(name, full, decoder: other, graph, &draws)
      let canBeCut = !graph.firstStates(of: side).outputs.isEmpty
      return Batch(name: name, inputs: batch.inputs, firstStates: isDear && canBeCut ? side : nil)
    }
  }

  /// How long a row must be to reach every position, or every relative distance that has a row of its own.
  private static func fullLength(of side: ModelSide, in graph: Graph) -> Int {
    if let limit = graph.positionLimit(side) { return max(1, min(limit, longestFullLength)) }
    let axis = graph.tokens(side)?.axes.last
    let distances = graph.nodes.compactMap { node -> Int? in
      guard case .relativeBias(_, let distance) = node.op, node.axes.count > 1, node.axes[1] == axis else { return nil }
      return distance
    }
    guard let distance = distances.max() else { return longest }
    return max(1, min(distance, longestFullLength - 1) + 1)
  }

  /// The table of which an input chooses rows, or nil.
  static func table(of input: GraphInput, in graph: Graph) -> String? {
    guard let index = graph.index(of: input.name) else { return nil }
    return graph.nodes.first { $0.op == .embedding && $0.inputs[0].node == index }?.parameters[0]
  }
}

extension Graph {
  /// How many elements the parameters have that the graph reads.
  fileprivate var parameterCount: Double {
    usedParameters.reduce(0) { count, name in
      count + (parameterAxes[name] ?? []).reduce(1) { $0 * Double(sizes[$1] ?? 1) }
    }
  }
}
