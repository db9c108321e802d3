import Architectures
import GraphRuntime
import TensorData
import TensorGraph

/// Finds the part of a model that is wrong when only some of its values were recorded, such as the hidden states.
///
/// Each part between recorded values runs from the recorded values, so that a fault does not spread to the parts behind
/// it. In a part that fails, one fault after the other is undone and the part run again.
struct SuspectSearch {
  private let model: MappedModel
  private let graph: Graph
  private let inputs: [String: Tensor]
  /// Recorded values that a part can begin or end at.
  private var recorded: [(name: String, node: Int, value: Tensor)] = []
  private let threads: Int?

  init(_ model: MappedModel, inputs: [String: Tensor], recorded: [String: Tensor], threads: Int?) throws {
    self.model = model
    self.threads = threads
    graph = try model.graph()
    self.inputs = inputs
    for output in graph.outputs where output.role != .loss {
      guard let value = recorded[output.name] else { continue }
      for (layer, node) in output.values.enumerated() {
        let name = output.isStacked ? "\(output.name)[\(layer)]" : output.name
        guard !self.recorded.contains(where: { $0.node == node.node }) else { continue }
        guard !output.isStacked || value.shape.first == output.values.count else { continue }
        self.recorded.append((name, node.node, output.isStacked ? value.selecting(layer, onAxis: 0) : value))
      }
    }
    self.recorded.sort { $0.node < $1.node }
  }

  /// Every part that fails by itself, with what may be wrong in it.
  ///
  /// - Returns: the parts, in the order of the graph.
  /// - Throws: what running throws.
  func sections() throws -> [SuspectSection] {
    let base = PartRun(graph: graph, parameters: model, inputs: inputs, threads: threads)
    var sections: [SuspectSection] = []
    // Only values of the node's own shape and of real numbers can stand for it.
    var fitting: [Int: Tensor] = [:]
    for target in recorded where target.value.dtype.isComputableFloat {
      let given = fitting
      let exact = try base.value(of: target.node, given: given, precision: .f64)
      let rounded = try base.value(of: target.node, given: given, precision: .f32)
      guard exact.shape == target.value.shape else { continue }
      fitting[target.node] = target.value
      let counts = try CountedPositions.of(
        axes: graph.nodes[target.node].axes, shape: exact.shape, graph: graph, inputs: inputs)
      let isNarrow = { (tensor: Tensor) in tensor.dtype == .f16 || tensor.dtype == .bf16 }
      var noise = try ModelRuns.noise(exact, rounded, counts: counts)
      // The part begins at values that recording has rounded.
      if given.values.contains(where: isNarrow) {
        let moved = try given.mapValues { value in
          isNarrow(value) ? try RerolledRounding.moved(value, type: value.dtype, seed: target.name) : value
        }
        noise = max(
          noise,
          try ModelRuns.noise(exact, base.value(of: target.node, given: moved, precision: .f64), counts: counts))
      }
      let recorded = isNarrow(target.value) ? (type: target.value.dtype, noise: 0.0) : nil
      func judge(_ found: Tensor) throws -> OutputComparison {
        try OutputComparison(
          target.name, truth: target.value, found: found, counts: counts, noise: noise, tolerance: Tolerance(),
          isFloat64: false, recorded: recorded)
      }
      let comparison = try judge(rounded)
      guard comparison.verdict == .fail else { continue }
      let nodes = base.nodes(of: target.node, given: given)
      var suspects: [Suspect] = []
      for hypothesis in try UndoneFaults(model, graph, inputs, nodes: nodes.map { graph.nodes[$0] }).all() {
        let run = PartRun(
          graph: hypothesis.graph, parameters: hypothesis.parameters, inputs: hypothesis.inputs, threads: threads)
        // A hypothesis that cannot be run, such as positions past the table, explains nothing.
        guard let node = hypothesis.graph.index(of: graph.nodes[target.node].name),
          let value = try? run.value(of: node, given: translated(given, to: hypothesis.graph), precision: .f32),
          value.shape == target.value.shape
        else { continue }
        let remaining = try judge(value)
        let reduction = comparison.difference / max(remaining.difference, .leastNonzeroMagnitude)
        guard remaining.nonFinite.found == 0, reduction > 2 else { continue }
        let diagnosis = Diagnosis(
          hypothesis.diagnosis.kind, hypothesis.diagnosis.sentence, .likely(reduction: reduction),
          remedy: hypothesis.diagnosis.remedy)
        let place = hypothesis.parameter.flatMap { StoredPlace(of: $0, in: model) }
        suspects.append(
          Suspect(
            cause: Cause(parameter: hypothesis.parameter, place: place, diagnosis: diagnosis), reduction: reduction,
            isEnough: remaining.verdict == .pass))
      }
      suspects.sort { $0.reduction > $1.reduction }
      // The parts of a fused tensor stand for one hypothesis.
      var told: Set<String> = []
      suspects = suspects.filter { suspect in
        told.insert("\(suspect.cause.place?.tensor ?? "") \(suspect.cause.diagnosis.sentence)").inserted
      }
      sections.append(
        SuspectSection(
          target: target.name, nodes: nodes.map { graph.nodes[$0].name }, comparison: comparison,
          suspects: Array(suspects.prefix(5)),
          oddities: try WeightOddities(model).sentences(nodes.flatMap { graph.nodes[$0].parameters })))
    }
    return sections
  }

  /// Known values by the nodes of another graph of the same names.
  private func translated(_ given: [Int: Tensor], to other: Graph) -> [Int: Tensor] {
    var result: [Int: Tensor] = [:]
    for (node, value) in given {
      if let index = other.index(of: graph.nodes[node].name) { result[index] = value }
    }
    return result
  }
}

/// Runs a part of a graph from known values to one node.
struct PartRun {
  let graph: Graph
  let parameters: any ParameterSource
  let inputs: [String: Tensor]
  let threads: Int?

  /// The nodes of the part, in order, without inputs.
  func nodes(of target: Int, given: [Int: Tensor]) -> [Int] {
    graph.nodes(neededFor: [target], given: Set(given.keys)).filter { graph.nodes[$0].op != .input }
  }

  /// Computes one node.
  ///
  /// - Parameters:
  ///   - target: the node.
  ///   - given: known values by node.
  ///   - precision: the arithmetic.
  /// - Returns: the node's value.
  /// - Throws: what running throws.
  func value(of target: Int, given: [Int: Tensor], precision: Precision) throws -> Tensor {
    let executor = try GraphExecutor(graph, parameters: parameters, precision: precision, threads: threads)
    do { return try executor.evaluate(node: target, given: given, inputs: inputs) } catch RuntimeError.missingInput(
      let name, _)
    {
      throw ParityError("in_\(name) is needed to run this part and was not recorded")
    }
  }
}
