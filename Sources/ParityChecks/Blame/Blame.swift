import Architectures
import GraphRuntime
import TensorData
import TensorGraph
import WeightFiles

/// One thing that is wrong with a node: its operation, or a parameter that it uses.
public struct Cause: Sendable, Hashable {
  /// The parameter, or nil if it is the operation.
  public let parameter: String?
  /// Where the parameter lies, or nil.
  public let place: StoredPlace?
  /// What is wrong.
  public let diagnosis: Diagnosis
}

/// A node that computes something else than the reference does from the same inputs.
public struct BlamedNode: Sendable {
  /// The name of the node.
  public let node: String
  /// How far its value is from the reference, on the reference's own inputs; nil if it cannot be compared.
  public let comparison: OutputComparison?
  /// What is wrong with it; empty if nothing was found.
  public let causes: [Cause]
}

/// One way of rounding that several parameters share: one cause, told once.
public struct SharedCause: Sendable {
  /// What was done to them.
  public let diagnosis: Diagnosis
  /// The parameters, in the order of the graph.
  public let parameters: [String]
  /// How many nodes stray for this cause alone.
  public let nodes: Int

  /// Takes the nodes together that stray only because of a way of rounding that an earlier node has shown.
  ///
  /// - Parameter nodes: every node that strays.
  /// - Returns: the nodes to tell of, and the causes that more than one node has.
  static func merging(_ nodes: [BlamedNode]) -> (told: [BlamedNode], shared: [SharedCause]) {
    var shared: [(diagnosis: Diagnosis, parameters: [String], nodes: Int)] = []
    var told: [BlamedNode] = []
    for node in nodes {
      let diagnoses = Set(node.causes.map(\.diagnosis))
      guard diagnoses.count == 1, let diagnosis = diagnoses.first, diagnosis.kind == .rounded else {
        told.append(node)
        continue
      }
      let parameters = node.causes.compactMap(\.parameter)
      if let index = shared.firstIndex(where: { $0.diagnosis == diagnosis }) {
        shared[index].parameters += parameters.filter { !shared[index].parameters.contains($0) }
        shared[index].nodes += 1
      } else {
        told.append(node)
        shared.append((diagnosis, parameters, 1))
      }
    }
    return (
      told,
      shared.filter { $0.nodes > 1 }.map {
        SharedCause(diagnosis: $0.diagnosis, parameters: $0.parameters, nodes: $0.nodes)
      }
    )
  }
}

/// Where two models part, and why.
public struct BlameReport: Sendable {
  /// The batch of inputs on which the nodes were compared.
  public let batch: String
  /// Every node that diverges by itself, in the order of the graph; the first is where the models part.
  ///
  /// Of nodes that only show a shared cause, the first stands for all.
  public let nodes: [BlamedNode]
  /// Ways of rounding that several nodes show.
  public let shared: [SharedCause]
  /// How many nodes were compared.
  public let compared: Int
  /// Nodes of one graph that the other does not have.
  public let unmatched: [String]

  /// The first node that diverges.
  public var first: BlamedNode? { nodes.first }

  /// How many nodes diverge by themselves, those that show a shared cause counted each.
  public var straying: Int { nodes.count + shared.reduce(0) { $0 + $1.nodes - 1 } }
}

/// Finds the nodes in which a model departs from a reference.
///
/// Every node of the judged model computes from the reference's inputs, so that one fault does not spread over the nodes
/// behind it. What a node may stray is its own float32 noise, measured on the same inputs.
struct Blame {
  private let first: MappedModel
  private let second: MappedModel
  private let reference: ModelRuns
  private let judged: GraphExecutor
  private let difference: OperationDifference
  private let diagnoses: [String: Diagnosis]

  /// Prepares both sides.
  ///
  /// - Parameters:
  ///   - first: the model taken to be right.
  ///   - second: the model that is judged.
  ///   - truth: the parameters of the first, rounded where a declared cast has rounded the second's.
  ///   - weights: every parameter compared.
  ///   - threads: how many threads may work.
  ///   - side: the half of the models of which the first states alone are computed; nil for all that the outputs need.
  /// - Throws: `RuntimeError.libraryUnavailable`.
  init(
    _ first: MappedModel, _ second: MappedModel, truth: any ParameterSource, weights: [WeightFinding], threads: Int?,
    firstStates side: ModelSide? = nil
  ) throws {
    func scoped(_ graph: Graph) -> Graph { side.map(graph.firstStates) ?? graph }
    self.first = first
    self.second = second
    reference = try ModelRuns(scoped(first.graph()), truth, threads: threads)
    judged = try GraphExecutor(scoped(second.graph()), parameters: second, precision: .f32, threads: threads)
    difference = OperationDifference(first: first.values, second: second, graphs: (reference.graph, judged.graph))
    var diagnoses: [String: Diagnosis] = [:]
    for finding in weights {
      switch finding.relation {
      case .equal, .rounded: break
      case .overflowed(_, let to): diagnoses[finding.name] = .overflow(finding.loss, to: to)
      case .differs: diagnoses[finding.name] = finding.diagnosis ?? Diagnosis(.changed, "differs", .measured)
      case .shapes(let a, let b):
        diagnoses[finding.name] = Diagnosis(.shape, "has the shape \(b) where the reference has \(a)")
      case .absent(let inFirst), .unheld(let inFirst, _):
        diagnoses[finding.name] = Diagnosis(.absent, "exists only in \(inFirst ? "this model" : "the reference")")
      }
    }
    self.diagnoses = diagnoses
  }

  /// Compares every node that the given outputs depend on.
  ///
  /// - Parameters:
  ///   - batch: the inputs.
  ///   - outputs: the outputs that both models have.
  /// - Returns: the report.
  /// - Throws: what running throws.
  func find(_ batch: SeededInputs.Batch, outputs: [String]) throws -> BlameReport {
    let graph = judged.graph
    let inputs = batch.inputs.filter { name, _ in reference.graph.input(name) != nil }
    let truth = try values(inputs, outputs)
    let needed = graph.nodes(neededFor: outputs.compactMap { graph.output($0) }.flatMap { $0.values.map(\.node) })
    var nodes: [BlamedNode] = []
    var unmatched: [String] = []
    var compared = 0
    for index in needed where graph.nodes[index].op != .input {
      let node = graph.nodes[index]
      guard let own = reference.graph.index(of: node.name), let expected = truth[node.name] else {
        unmatched.append(node.name)
        continue
      }
      compared += 1
      let counterpart = reference.graph.nodes[own]
      guard let comparison = try compare(index, own, expected, truth, inputs) else {
        nodes.append(BlamedNode(node: node.name, comparison: nil, causes: causes(counterpart, node)))
        continue
      }
      if comparison.verdict == .fail {
        nodes.append(BlamedNode(node: node.name, comparison: comparison, causes: causes(counterpart, node)))
      }
    }
    let names = Set(needed.map { graph.nodes[$0].name })
    unmatched += truth.keys.filter { !names.contains($0) && graph.index(of: $0) == nil }.sorted()
    let (told, shared) = SharedCause.merging(nodes)
    return BlameReport(batch: batch.name, nodes: told, shared: shared, compared: compared, unmatched: unmatched)
  }

  /// The true value of every node, by name.
  private func values(_ inputs: [String: Tensor], _ outputs: [String]) throws -> [String: Tensor] {
    var values: [String: Tensor] = [:]
    _ = try reference.oracle.run(inputs: inputs, outputs: outputs) { node, value in values[node.name] = value }
    return values
  }

  /// One node of both models on the reference's inputs; nil if the shapes do not allow a comparison.
  private func compare(
    _ index: Int, _ own: Int, _ expected: Tensor, _ truth: [String: Tensor], _ inputs: [String: Tensor]
  ) throws -> OutputComparison? {
    let node = judged.graph.nodes[index]
    let operands = node.inputs.compactMap { truth[judged.graph.nodes[$0.node].name] }
    guard operands.count == node.inputs.count,
      zip(operands, node.inputs).allSatisfy({
        $0.0.shape.count == judged.graph.rank(ofInput: $0.1, of: index)
      }),
      let found = try? judged.evaluate(node: index, inputs: operands), found.shape == expected.shape
    else { return nil }
    let described = reference.graph.nodes[own]
    let owns = described.inputs.compactMap { truth[reference.graph.nodes[$0.node].name] }
    let rounded = try reference.fast.evaluate(node: own, inputs: owns)
    let counts = try CountedPositions.of(
      axes: described.axes, shape: expected.shape, graph: reference.graph, inputs: inputs)
    return try OutputComparison(
      node.name, truth: expected, found: found, counts: counts,
      noise: ModelRuns.noise(expected, rounded, counts: counts), tolerance: Tolerance(), isFloat64: false)
  }

  private func causes(_ expected: Node, _ found: Node) -> [Cause] {
    var causes = difference.diagnoses(expected, found).map { Cause(parameter: nil, place: nil, diagnosis: $0) }
    for parameter in found.parameters {
      guard let diagnosis = diagnoses[parameter] else { continue }
      if diagnosis.kind == .shape, let heads = heads { causes.append(heads) }
      causes.append(Cause(parameter: parameter, place: StoredPlace(of: parameter, in: second), diagnosis: diagnosis))
    }
    return causes
  }

  /// That the models have different numbers of heads, which makes the shapes differ.
  private var heads: Cause? {
    guard let axis = judged.graph.headAxes.first?.heads, let a = reference.graph.sizes[axis],
      let b = judged.graph.sizes[axis], a != b
    else { return nil }
    return Cause(
      parameter: nil, place: nil,
      diagnosis: Diagnosis(
        .heads, "has \(b) attention heads where the reference has \(a)",
        remedy: HyperparameterDifference.remedy(axis, .int(a), first.values, second)))
  }
}
