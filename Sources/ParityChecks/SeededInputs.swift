import Architectures
public import TensorData
public import TensorGraph

/// Inputs that follow from a seed: several lengths, padding on either side, a single token, several rows.
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
    var random = SplitMix(seed: seed)
    let length = min(graph.sizes["positions"] ?? longest, longest)
    let short = max(1, min(length, 13))
    return [
      batch(
        "padded on the right", lengths: [short, max(1, short / 2), max(1, short - 3)], isLeft: false, graph, &random),
      batch("padded on the left", lengths: [short - short / 3, short], isLeft: true, graph, &random),
      batch("a single token", lengths: [1], isLeft: false, graph, &random),
      batch("full length", lengths: [length], isLeft: false, graph, &random),
    ]
  }

  private static func batch(
    _ name: String, lengths: [Int], isLeft: Bool, _ graph: Graph, _ random: inout SplitMix
  ) -> Batch {
    var inputs: [String: Tensor] = [:]
    let width = lengths.max() ?? 1
    let mask = lengths.map { length in
      (0..<width).map { (isLeft ? $0 >= width - length : $0 < length) ? 1 : 0 }
    }
    func ids(_ axis: String, _ rows: Int, _ columns: Int) -> Tensor {
      let bound = graph.sizes[axis] ?? 2
      return tensor([rows, columns], (0..<(rows * columns)).map { _ in random.number(below: bound) })
    }
    for input in graph.inputs {
      switch input.name {
      case "input_ids": inputs[input.name] = ids("vocab", lengths.count, width)
      case "attention_mask": inputs[input.name] = tensor([lengths.count, width], mask.flatMap { $0 })
      case "token_type_ids": inputs[input.name] = ids("token_types", lengths.count, width)
      case "decoder_input_ids": inputs[input.name] = ids("vocab", lengths.count, max(1, width * 2 / 3))
      case "position_ids" where isLeft:
        let positions = mask.map { row in
          row.indices.map { index in row[index] == 0 ? 0 : row[...index].reduce(0, +) - 1 }
        }
        inputs[input.name] = tensor([lengths.count, width], positions.flatMap { $0 })
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

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
private struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func number(below bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(max(bound, 1)))
  }
}
