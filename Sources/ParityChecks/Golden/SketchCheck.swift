import Architectures
import GraphRuntime
public import TensorData
import TensorGraph

/// One node compared with its sketch.
public struct SketchedNode: Sendable {
  /// The name of the node.
  public let node: String
  /// About how far its float64 value is from the recorded one, as a norm.
  public let difference: Double
  /// The largest difference that passes.
  public let budget: Double
  /// The norm of the recorded value.
  public let norm: Double
  /// The row and position where the norms are farthest apart, or nil if the value has no positions.
  public let position: (row: Int, column: Int)?
  /// How it ended.
  public let verdict: Verdict

  /// The difference in units of the budget.
  public var ratio: Double { budget > 0 ? difference / budget : difference > 0 ? .infinity : 0 }
}

/// A model compared with the sketches of a golden, node by node.
public struct SketchReport: Sendable {
  /// How many nodes were compared.
  public let compared: Int
  /// Those that do not pass, in the order of the graph.
  public let failures: [SketchedNode]
  /// The first node that leaves the recorded values, and why; nil if everything passes.
  public let first: (node: SketchedNode, causes: [Cause])?
  /// The node that is closest to its budget, or farthest beyond.
  public let worst: SketchedNode?
  /// Nodes that only the golden or only the model has.
  public let unmatched: [String]
  /// Parameters that are not, bit for bit, those that the golden was made from.
  public let changed: [Cause]
  /// Parameters that are, exactly rounded to a narrower type, those that the golden was made from.
  public let rounded: [String: DType]
  /// Whether the user chose how far values may be off; other weights are then judged by what they compute.
  public let isTolerant: Bool

  /// How it ended.
  public var verdict: Verdict {
    if !unmatched.isEmpty { return .fail }
    // Weights that no input reads differ nevertheless.
    if !isTolerant, changed.contains(where: { $0.diagnosis.kind != .absent }) { return .fail }
    if compared == 0 { return .inconclusive }
    return failures.isEmpty ? .pass : .combined(failures.map(\.verdict))
  }
}

/// Compares a model with the sketches that a golden holds of every node.
struct SketchCheck {
  private let model: MappedModel
  private let runs: ModelRuns
  private let record: GoldenRecord
  private let tolerance: Tolerance
  private let weights: DigestDiagnosis
  /// The model as other roundings of the same weights could have been; empty if none was rounded.
  private let others: [GraphExecutor]

  /// Two float64 runs of one function agree to this, relative to the norm; what exceeds it is where the models part.
  private static let sameFunction = 1e-10

  init(
    _ model: MappedModel, _ runs: ModelRuns, _ record: GoldenRecord, _ tolerance: Tolerance, _ weights: DigestDiagnosis,
    others: [GraphExecutor]
  ) throws {
    guard record.architecture == model.architecture.name else {
      throw ParityError(
        "the golden is of a \(record.architecture) model, this is a \(model.architecture.name) model")
    }
    self.model = model
    self.runs = runs
    self.record = record
    self.tolerance = tolerance
    self.weights = weights
    self.others = others
  }

  /// Runs the model on the recorded inputs in both precisions.
  ///
  /// - Parameter inputs: the recorded inputs that the model has.
  /// - Returns: the report.
  /// - Throws: what running throws.
  func run(_ inputs: [String: Tensor]) throws -> SketchReport {
    let names = runs.graph.comparable(on: inputs).map(\.name)
    let exact = try sketches(runs.oracle, inputs, names)
    let rounded = try sketches(runs.fast, inputs, names)
    let moved = try others.map { try sketches($0, inputs, names) }
    let rows = runs.graph.inputs.lazy.compactMap { inputs[$0.name]?.shape.first }.first ?? 1
    var failures: [SketchedNode] = []
    var first: SketchedNode?
    var worst: SketchedNode?
    for (name, recorded) in zip(record.nodes, record.sketches) {
      guard let found = exact[name], let float32 = rounded[name] else { continue }
      // What a cast moved belongs to the budget, if it is the cast of the very weights that were recorded.
      let noise = moved.compactMap { $0[name] }.reduce(found.distance(to: float32)) { max($0, found.distance(to: $1)) }
      let node = compare(name, recorded, found, noise: noise, rows: rows)
      if node.verdict != .pass { failures.append(node) }
      if first == nil, node.difference > SketchCheck.sameFunction * node.norm || node.verdict != .pass { first = node }
      if worst.map({ node.ratio > $0.ratio }) ?? true { worst = node }
    }
    let changed = try weights.causes()
    let unmatched = Set(record.nodes).symmetricDifference(exact.keys).sorted()
    let hasFailed = !failures.isEmpty || !unmatched.isEmpty
    return SketchReport(
      compared: record.nodes.count { exact[$0] != nil }, failures: failures,
      first: hasFailed ? try first.map { ($0, try causes($0.node, changed)) } : nil, worst: worst, unmatched: unmatched,
      changed: changed, rounded: weights.rounded, isTolerant: tolerance.isChosen)
  }

  private func sketches(
    _ executor: GraphExecutor, _ inputs: [String: Tensor], _ outputs: [String]
  ) throws -> [String: Sketch] {
    var sketches: [String: Sketch] = [:]
    _ = try executor.run(inputs: inputs, outputs: outputs) { node, value in
      guard node.op != .input else { return }
      let counts = try CountedPositions.of(axes: node.axes, shape: value.shape, graph: runs.graph, inputs: inputs)
      sketches[node.name] = try Sketch(
        value, axes: node.axes, callerAxes: runs.graph.callerAxes, counts: counts, seed: record.seed)
    }
    return sketches
  }

  private func compare(
    _ name: String, _ recorded: Sketch, _ found: Sketch, noise: Double, rows: Int
  ) -> SketchedNode {
    let difference = recorded.distance(to: found)
    let budget = tolerance.budget(of: name, noise: noise, scale: recorded.norm, isFloat64: false)
    let verdict: Verdict =
      if recorded.nonFinite > 0, recorded.nonFinite != found.nonFinite {
        .fail
      } else if recorded.nonFinite > 0, !tolerance.allowsNonFinite || recorded.norm == 0 {
        .inconclusive
      } else if found.nonFinite != recorded.nonFinite || !(difference <= budget) {
        .fail
      } else if tolerance.bounds(of: name) == nil, noise > 0.1 * recorded.norm, recorded.norm > 0 {
        .inconclusive
      } else {
        .pass
      }
    let gaps = zip(recorded.positions, found.positions).map { abs($0 - Double(Float($1))) }
    let place = gaps.indices.max { gaps[$0] < gaps[$1] }
    let columns = max(1, found.positions.count / max(rows, 1))
    return SketchedNode(
      node: name, difference: difference, budget: budget, norm: recorded.norm,
      position: place.flatMap { gaps[$0] > 0 ? ($0 / columns, $0 % columns) : nil }, verdict: verdict)
  }

  /// What is wrong with a node: its operation against that of the golden's own graph, its parameters by their digests.
  private func causes(_ name: String, _ changed: [Cause]) throws -> [Cause] {
    guard let index = runs.graph.index(of: name) else { return [] }
    let node = runs.graph.nodes[index]
    let graph = try recordedGraph()
    var causes: [Cause] = []
    if let own = graph.index(of: name) {
      let difference = OperationDifference(first: record.values, second: model, graphs: (graph, runs.graph))
      causes += difference.diagnoses(graph.nodes[own], node).map { Cause(parameter: nil, place: nil, diagnosis: $0) }
    }
    return causes + changed.filter { cause in cause.parameter.map(node.parameters.contains) ?? false }
  }

  /// The graph of the model that was recorded, by the hyper-parameters that the golden holds.
  private func recordedGraph() throws -> Graph {
    do { return try model.architecture.graph(record.values) } catch {
      throw ParityError("the golden's own hyper-parameters describe no model: \(error.message)")
    }
  }
}
