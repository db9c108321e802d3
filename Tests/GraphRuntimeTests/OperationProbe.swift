import TensorData
import TensorGraph
import TestSupport

@testable import GraphRuntime

/// Parameters in memory.
struct ParameterTable: ParameterSource {
  struct Missing: Error { let name: String }

  var tensors: [String: Tensor] = [:]

  func parameter(named name: String) throws -> Tensor {
    guard let tensor = tensors[name] else { throw Missing(name: name) }
    return tensor
  }
}

/// One operation on its own, run through the public interface in either precision.
struct OperationProbe {
  var graph: Graph
  var parameters: ParameterTable

  /// Builds a graph whose last node is the operation.
  ///
  /// - Parameters:
  ///   - parameterAxes: the declared parameters.
  ///   - sizes: the sizes of their axes.
  ///   - tensors: the parameters.
  ///   - build: emits the inputs, then the operation.
  init(
    parameterAxes: [String: [String]] = [:], sizes: [String: Int] = [:], tensors: [String: Tensor] = [:],
    build: (inout Graph) -> Void
  ) {
    graph = Graph(parameterAxes: parameterAxes, sizes: sizes)
    build(&graph)
    parameters = ParameterTable(tensors: tensors)
  }

  /// The value of the operation on these inputs.
  func value(
    _ precision: Precision, _ inputs: [Tensor], threads: Int = 2, products: ProductLibrary = .best
  ) throws -> Tensor {
    try GraphExecutor(graph, parameters: parameters, precision: precision, threads: threads, products: products)
      .evaluate(node: graph.nodes.count - 1, inputs: inputs)
  }
}

/// How far a float32 result lies from the truth, in units in the last place of a number of that size.
func ulps(_ found: Float, _ truth: Double, scale: Double? = nil) -> Double {
  if found.isNaN && truth.isNaN { return 0 }
  if truth.isInfinite || found.isInfinite { return Double(found) == truth ? 0 : .infinity }
  let size = max(Float(scale ?? truth.magnitude), .leastNormalMagnitude)
  return (Double(found) - truth).magnitude / Double(size.ulp)
}

/// The largest distance between float32 results and the truth, in units in the last place of the largest truth.
func worstUlps(_ found: Tensor, _ truth: [Double]) throws -> Double {
  let scale = truth.reduce(0) { max($0, $1.magnitude) }
  return try zip(found.floats(), truth).map { ulps($0, $1, scale: scale) }.max() ?? 0
}

/// The largest difference between float64 results and the truth, relative to the largest truth.
func worstRelative(_ found: Tensor, _ truth: [Double]) throws -> Double {
  let scale = truth.reduce(0) { max($0, $1.magnitude) }
  return try zip(found.doubles(), truth).map { ($0 - $1).magnitude / max(scale, .leastNormalMagnitude) }.max() ?? 0
}

/// Whether both tensors are there and have the same type, shape and bits.
func sameBits(_ a: Tensor?, _ b: Tensor?) -> Bool {
  guard let a, let b else { return false }
  return a.isBitEqual(to: b)
}
