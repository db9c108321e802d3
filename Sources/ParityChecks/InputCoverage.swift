import Architectures
import GraphRuntime
import TensorData
import TensorGraph

/// Which rows of a model's tables a set of inputs reads: what no input reads, no run has compared.
public struct InputCoverage: Sendable {
  /// A table of which inputs choose rows.
  public struct Table: Sendable, Hashable {
    /// The canonical name of the parameter.
    public let name: String
    /// How many rows can be read: those of a vocabulary, of positions; of relative distances those that some distance
    /// selects.
    public let rows: Int
    /// How many of them are read at positions that count.
    public let read: Int
  }

  /// Every table, in the order in which the graph first reads them.
  public let tables: [Table]
  /// The names of batches of which only the first states were compared.
  public let shallow: [String]

  /// The tables of which rows were left unread.
  public var partial: [Table] { tables.filter { $0.read < $0.rows } }

  /// Counts what inputs read.
  ///
  /// - Parameters:
  ///   - graph: the model's graph.
  ///   - batches: the inputs that it is run on.
  /// - Throws: `RuntimeError` if an input does not fit the graph.
  init(_ graph: Graph, _ batches: [SeededInputs.Batch]) throws {
    let read = try InputCoverage.rowsRead(graph, batches)
    var tables: [Table] = []
    for node in graph.nodes where node.op.traits.firstParameter.isTable {
      let name = node.parameters[0]
      guard !tables.contains(where: { $0.name == name }), let rows = graph.rows(of: name) else { continue }
      let possible = node.op.reachableBuckets(of: rows)?.count ?? rows
      tables.append(Table(name: name, rows: possible, read: read[name]?.count ?? 0))
    }
    self.tables = tables
    shallow = batches.filter { $0.firstStates != nil }.map(\.name)
  }

  /// The rows of each table that the inputs read, at positions that their masks keep.
  static func rowsRead(_ graph: Graph, _ batches: [SeededInputs.Batch]) throws -> [String: Set<Int>] {
    var read: [String: Set<Int>] = [:]
    for batch in batches {
      let scoped = batch.scoped(graph)
      let nodes = scoped.nodes(neededFor: scoped.comparable(on: batch.inputs).flatMap { $0.values.map(\.node) })
      for node in nodes.map({ graph.nodes[$0] }) where node.op.traits.firstParameter.isTable {
        let name = node.parameters[0]
        if case .relativeBias = node.op {
          let sizes = try graph.sizes(inputShapes: batch.inputs.mapValues(\.shape))
          guard let rows = graph.rows(of: name), let length = sizes[node.axes[1]] else { continue }
          read[name, default: []].formUnion(node.op.buckets(within: length, of: rows) ?? [])
        } else if let input = graph.input(graph.nodes[node.inputs[0].node].name) {
          read[name, default: []].formUnion(try rows(graph, input, batch.inputs))
        }
      }
    }
    return read
  }

  /// The numbers of an input at positions that count.
  private static func rows(_ graph: Graph, _ input: GraphInput, _ given: [String: Tensor]) throws -> Set<Int> {
    let value = try graph.value(of: input, given: given)
    let numbers = try value.doubles()
    let counts = try CountedPositions.of(axes: input.axes, shape: value.shape, graph: graph, inputs: given)
    return Set(numbers.indices.filter { counts?[$0] ?? true }.map { Int(numbers[$0]) })
  }
}

extension Graph {
  /// How many rows a table has, or nil if that is not known.
  func rows(of table: String) -> Int? { parameterAxes[table]?.first.flatMap { sizes[$0] } }
}
