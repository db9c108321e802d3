public import Architectures
import GraphRuntime
public import TensorData
import TensorGraph
public import WeightFiles

/// Records what a model computes, so that another file can be checked later without the model.
public enum GoldenMaker {
  /// Outputs up to this size are stored whole; of larger ones the sketch must do.
  private static let wholeOutputBytes = 16 << 10

  /// Runs the model in float64 and sketches every node.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - inputs: the inputs; nil for seeded ones.
  ///   - seed: of the inputs and of the projections.
  ///   - tool: the version of the program, for people.
  ///   - threads: how many threads may work.
  /// - Returns: the members of the golden.
  /// - Throws: what running the model throws.
  public static func entries(
    _ model: MappedModel, inputs: [String: Tensor]? = nil, seed: UInt64 = 1, tool: String, threads: Int? = nil
  ) throws -> [WriteEntry] {
    let graph = try model.graph()
    var known = SeededInputs.golden(for: graph, seed: seed).inputs
    if let inputs {
      known = RecordedNames.inputs(inputs, of: graph).inputs
      try GivenInputs.check(known, for: graph)
    }
    var nodes: [String] = []
    var sketches: [Sketch] = []
    let oracle = try GraphExecutor(graph, parameters: model, precision: .f64, threads: threads)
    let outputs = try oracle.run(inputs: known, outputs: graph.comparable(on: known).map(\.name)) { node, value in
      guard node.op != .input else { return }
      nodes.append(node.name)
      let counts = try CountedPositions.of(axes: node.axes, shape: value.shape, graph: graph, inputs: known)
      sketches.append(try Sketch(value, axes: node.axes, callerAxes: graph.callerAxes, counts: counts, seed: seed))
    }
    let record = GoldenRecord(
      architecture: model.architecture.name, seed: seed, values: model.values, weights: try GoldenWeights(model),
      nodes: nodes, sketches: sketches)
    var entries = record.entries(tool: tool)
    for (name, tensor) in known.sorted(by: { $0.key < $1.key }) {
      entries.append(GoldenRecord.entry("in_\(name)", tensor.contiguous()))
    }
    for (name, tensor) in outputs.sorted(by: { $0.key < $1.key }) where tensor.byteCount <= wholeOutputBytes {
      entries.append(GoldenRecord.entry("out_\(name)", tensor))
    }
    return entries
  }
}
