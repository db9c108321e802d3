import Architectures
public import TensorData
public import TensorGraph

/// Inputs that follow from a seed: several lengths, padding on either side, a single token, several rows, for an
/// encoder-decoder both a shorter and a longer decoder, and rows of full length that read what the others have not.
public struct SeededInputs: Sendable {
  /// One batch of inputs.
  public struct Batch: Sendable {
    /// What it tries: "padded on the left".
    public let name: String
    /// The inputs by name.
    public let inputs: [String: Tensor]
    /// The half of the model of which only the first states are computed; nil if every output is.
    ///
    /// The first states are what goes into the first block and what comes out of it.
    public let firstStates: ModelSide?

    /// Takes the fields.
    public init(name: String, inputs: [String: Tensor], firstStates: ModelSide? = nil) {
      self.name = name
      self.inputs = inputs
      self.firstStates = firstStates
    }

    /// The graph with the outputs that are computed on the batch.
    func scoped(_ graph: Graph) -> Graph { firstStates.map(graph.firstStates) ?? graph }
  }

  /// The longest sequence that goes through a large model whole.
  static let longest = 48

  /// Numbers to draw: rows of tables that nothing has read yet, then chance.
  struct Draws {
    var random: SplitMix64
    /// What is left to be read of each table, the next row last.
    private(set) var unread: [String: [Int]] = [:]

    init(_ random: SplitMix64) { self.random = random }

    /// Takes what is left to be read of a table, in an order of chance.
    mutating func shuffle(_ rows: [Int], of table: String) {
      var rows = rows
      for index in rows.indices.reversed() { rows.swapAt(index, random.number(below: index + 1)) }
      unread[table] = rows
    }

    /// The next row of a table.
    mutating func row(of table: String?, below count: Int) -> Int {
      table.flatMap { unread[$0]?.popLast() } ?? random.number(below: count)
    }
  }

  /// The batches for a graph.
  ///
  /// - Parameters:
  ///   - graph: the graph; its inputs and sizes decide.
  ///   - seed: one seed gives one set of inputs on every machine.
  /// - Returns: the batches.
  public static func batches(for graph: Graph, seed: UInt64) -> [Batch] {
    var draws = Draws(SplitMix64(seed: seed))
    let short = shortLength(in: graph)
    let half = max(1, short / 2)
    var batches = [
      batch("padded on the right", Rows([short, half, max(1, short - 3)]), graph, &draws),
      batch("padded on the left", Rows([short - short / 3, short], isLeft: true), graph, &draws),
      batch("a single token", Rows([1]), graph, &draws),
    ]
    let longer = batch("a longer row", Rows([min(positionLimit(of: graph) ?? longest, longest)]), graph, &draws)
    if graph.tokens(.encoder) != nil, graph.tokens(.decoder) != nil {
      batches.append(
        batch("a longer decoder", Rows([half, short]), decoder: Rows([short + 4, half + 2]), graph, &draws))
    }
    let full = fullLength(for: graph, after: batches, draws.random)
    // Rows of full length that go through the whole model are longer rows.
    if full.allSatisfy({ $0.firstStates != nil }) { batches.append(longer) }
    return batches + full
  }

  /// How many positions both halves of a model have, or nil if nothing limits them.
  private static func positionLimit(of graph: Graph) -> Int? {
    [ModelSide.encoder, .decoder].compactMap(graph.positionLimit).min()
  }

  /// The length of a short row.
  static func shortLength(in graph: Graph) -> Int { max(1, min(positionLimit(of: graph) ?? longest, 13)) }

  /// How long each row of a batch is and where it is padded.
  struct Rows {
    let lengths: [Int]
    let isLeft: Bool

    init(_ lengths: [Int], isLeft: Bool = false) {
      self.lengths = lengths
      self.isLeft = isLeft
    }

    var width: Int { lengths.max() ?? 1 }
    /// Two thirds as long, at least one token.
    var shortened: Rows { Rows(lengths.map { max(1, $0 * 2 / 3) }, isLeft: isLeft) }
    /// For each row 1 where a token is and 0 where padding is.
    var mask: [[Int]] {
      lengths.map { length in (0..<width).map { (isLeft ? $0 >= width - length : $0 < length) ? 1 : 0 } }
    }
  }

  static func batch(
    _ name: String, _ rows: Rows, decoder: Rows? = nil, _ graph: Graph, _ draws: inout Draws
  ) -> Batch {
    var inputs: [String: Tensor] = [:]
    let isEncoderDecoder = graph.tokens(.encoder) != nil && graph.tokens(.decoder) != nil
    let decoder = decoder ?? rows.shortened
    for input in graph.inputs {
      let rows = isEncoderDecoder && input.side == .decoder ? decoder : rows
      let shape = [rows.lengths.count, rows.width]
      switch input.role {
      case .tokens, .segments:
        let count = input.bound.flatMap { graph.sizes[$0] } ?? 2
        let table = table(of: input, in: graph)
        var ids = (0..<(shape[0] * shape[1])).map { _ in draws.row(of: table, below: count) }
        if case .keptOnly(let first) = graph.positions(input.side)?.role.positionRule, input.role == .tokens {
          for (index, isToken) in rows.mask.joined().enumerated() where isToken == 0 { ids[index] = first - 1 }
        }
        inputs[input.name] = tensor(shape, ids)
      case .mask:
        // The decoder of an encoder-decoder starts every row at once; its padding is on the right or nowhere.
        if rows.isLeft, isEncoderDecoder, input.side == .decoder { continue }
        inputs[input.name] = tensor(shape, rows.mask.flatMap { $0 })
      case .positions(let rule):
        // Otherwise the default is what the reference library takes.
        guard rows.isLeft, case .counted(let first) = rule else { continue }
        let positions = rows.mask.map { row in
          row.indices.map { index in first + (row[index] == 0 ? 0 : row[...index].reduce(0, +) - 1) }
        }
        inputs[input.name] = tensor(shape, positions.flatMap { $0 })
      case .features, .state:
        let sizes = zip(input.axes, shape + [Int](repeating: 1, count: input.axes.count)).map {
          graph.sizes[$0.0] ?? $0.1
        }
        inputs[input.name] = real(sizes, &draws.random)
      case .labels:
        // The loss is not compared: it is a function of logits that are.
        continue
      }
    }
    return Batch(name: name, inputs: inputs)
  }

  /// Normal numbers.
  private static func real(_ shape: [Int], _ random: inout SplitMix64) -> Tensor {
    let values = (0..<shape.reduce(1, *)).map { _ in random.normal() }
    return Tensor(dtype: .f32, shape: shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
  }

  private static func tensor(_ shape: [Int], _ numbers: [Int]) -> Tensor {
    let values = numbers.map { Int64($0) }
    return Tensor(dtype: .i64, shape: shape) { bytes in
      values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }
}
