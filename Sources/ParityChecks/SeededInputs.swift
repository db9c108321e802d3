import Architectures
public import TensorData
public import TensorGraph

/// Inputs that follow from a seed: several lengths, padding on either side, a single token, several rows, and for an
/// encoder-decoder both a shorter and a longer decoder.
public struct SeededInputs: Sendable {
  /// One batch of inputs.
  public struct Batch: Sendable {
    /// What it tries: "padded on the left".
    public let name: String
    /// The inputs by name.
    public let inputs: [String: Tensor]

    /// Takes both fields.
    public init(name: String, inputs: [String: Tensor]) {
      self.name = name
      self.inputs = inputs
    }
  }

  /// The longest sequence; longer ones cost time and show nothing new.
  private static let longest = 48

  /// The batches for a graph.
  ///
  /// - Parameters:
  ///   - graph: the graph; its inputs and sizes decide.
  ///   - seed: one seed gives one set of inputs on every machine.
  /// - Returns: the batches.
  public static func batches(for graph: Graph, seed: UInt64) -> [Batch] {
    var random = SplitMix64(seed: seed)
    let length = min(graph.sizes["positions"] ?? longest, longest)
    let short = max(1, min(length, 13))
    let half = max(1, short / 2)
    var batches = [
      batch("padded on the right", Rows([short, half, max(1, short - 3)]), graph, &random),
      batch("padded on the left", Rows([short - short / 3, short], isLeft: true), graph, &random),
      batch("a single token", Rows([1]), graph, &random),
      batch("full length", Rows([length]), graph, &random),
    ]
    if graph.inputs.contains(where: { $0.name == "decoder_input_ids" }) {
      batches.append(
        batch("a longer decoder", Rows([half, short]), decoder: Rows([short + 4, half + 2]), graph, &random))
    }
    return batches
  }

  /// How long each row of a batch is and where it is padded.
  private struct Rows {
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

  private static func batch(
    _ name: String, _ rows: Rows, decoder: Rows? = nil, _ graph: Graph, _ random: inout SplitMix64
  ) -> Batch {
    var inputs: [String: Tensor] = [:]
    let decoder = decoder ?? rows.shortened
    func ids(_ axis: String, _ rows: Rows) -> Tensor {
      let bound = graph.sizes[axis] ?? 2
      return tensor(
        [rows.lengths.count, rows.width],
        (0..<(rows.lengths.count * rows.width)).map { _ in random.number(below: bound) })
    }
    for input in graph.inputs {
      switch input.name {
      case "input_ids": inputs[input.name] = ids("vocab", rows)
      case "attention_mask": inputs[input.name] = tensor([rows.lengths.count, rows.width], rows.mask.flatMap { $0 })
      case "token_type_ids": inputs[input.name] = ids("token_types", rows)
      case "decoder_input_ids": inputs[input.name] = ids("vocab", decoder)
      case "decoder_attention_mask" where !decoder.isLeft:
        inputs[input.name] = tensor([decoder.lengths.count, decoder.width], decoder.mask.flatMap { $0 })
      case "position_ids" where rows.isLeft:
        let positions = rows.mask.map { row in
          row.indices.map { index in row[index] == 0 ? 0 : row[...index].reduce(0, +) - 1 }
        }
        inputs[input.name] = tensor([rows.lengths.count, rows.width], positions.flatMap { $0 })
      default: break
      }
    }
    return Batch(name: name, inputs: inputs)
  }

  private static func tensor(_ shape: [Int], _ numbers: [Int]) -> Tensor {
    let values = numbers.map { Int64($0) }
    return Tensor(dtype: .i64, shape: shape) { bytes in
      values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }
}
