import GraphRuntime
import TensorData
import TensorGraph

/// The whole numbers of one input, so that they can be replaced.
struct InputNumbers {
  let shape: [Int]
  let values: [Int]

  /// The input with every number changed.
  func mapped(_ change: (Int) -> Int) -> Tensor { replaced(by: values.map(change)) }

  /// An input of the same shape with other numbers.
  func replaced(by numbers: [Int]) -> Tensor {
    Tensor(dtype: .i64, shape: shape) { bytes in
      numbers.map(Int64.init).withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }
}

extension GraphInput {
  /// The numbers of this input: those that were given, or the positions that stand for them where none were.
  ///
  /// - Parameters:
  ///   - inputs: what was given.
  ///   - graph: the graph that the input is of.
  /// - Returns: the numbers, or nil if the input was left out and its default is no position, or if it holds no whole
  ///   numbers.
  /// - Throws: `RuntimeError` if what was given is no whole number or does not fit the graph.
  func numbers(in inputs: [String: Tensor], of graph: Graph) throws -> InputNumbers? {
    guard !role.isReal, inputs[name] != nil || role.positionRule != nil else { return nil }
    let value: Tensor
    do { value = try graph.value(of: self, given: inputs) } catch RuntimeError.missingInput { return nil }
    return InputNumbers(shape: value.shape, values: try value.doubles().map { Int($0) })
  }
}
