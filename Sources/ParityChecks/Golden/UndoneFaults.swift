import Architectures
import TensorData
import TensorGraph

/// Ways in which a part of a model may be wrong, each with the model as it would be without that fault.
struct UndoneFaults {
  /// One fault, undone.
  struct Hypothesis {
    let diagnosis: Diagnosis
    let parameter: String?
    let graph: Graph
    let parameters: any ParameterSource
    let inputs: [String: Tensor]
  }

  let model: MappedModel
  let graph: Graph
  let inputs: [String: Tensor]
  let nodes: [Node]
  /// The axes whose slices have an order that code can get wrong: rows of tables, heads.
  private let ordered: Set<String>

  /// Takes the part.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - graph: its graph.
  ///   - inputs: the recorded inputs.
  ///   - nodes: the nodes of the part.
  init(_ model: MappedModel, _ graph: Graph, _ inputs: [String: Tensor], nodes: [Node]) {
    self.model = model
    self.graph = graph
    self.inputs = inputs
    self.nodes = nodes
    ordered = graph.rowAxes.union(graph.headAxes.map(\.heads))
  }

  /// Every hypothesis, those on the operations first.
  ///
  /// - Returns: the hypotheses.
  /// - Throws: what reading the parameters throws.
  func all() throws -> [Hypothesis] {
    var seen: Set<String> = []
    let names = nodes.flatMap(\.parameters).filter { seen.insert($0).inserted }
    return try attributes() + readings() + operations() + names.flatMap(parameter)
  }

  // MARK: Operations

  /// Other values of the hyper-parameters that the part's constants come from.
  private func attributes() -> [Hypothesis] {
    var seen: Set<String> = []
    return nodes.flatMap { node in
      node.settings.filter { seen.insert($0).inserted }.flatMap { name -> [Hypothesis] in
        guard let own = model.values[name] else { return [] }
        return others(own, of: node).compactMap { attribute(name, own, $0) }
      }
    }
  }

  /// What a hyper-parameter that decides a node's constants may be instead: the other of two, or a usual value.
  private func others(_ own: Hyperparameter, of node: Node) -> [Hyperparameter] {
    if case .bool(let flag) = own { return [.bool(!flag)] }
    return node.op.traits.constants.filter { Hyperparameter($0.value) == own }.flatMap(\.usual)
      .map(Hyperparameter.init).filter { $0 != own }
  }

  private func attribute(_ name: String, _ own: Hyperparameter, _ value: Hyperparameter) -> Hypothesis? {
    var changed = model.values
    changed.set(name, value, origin: "hypothesis")
    // A hypothesis that makes no model explains nothing.
    guard let other = try? model.architecture.graph(changed),
      let differing = nodes.first(where: { differs($0, other) }), let index = other.index(of: differing.name)
    else { return nil }
    let difference = OperationDifference(first: changed, second: model, graphs: (other, graph))
    let kind = difference.diagnoses(other.nodes[index], differing).first?.kind ?? .structure
    let remedy = HyperparameterDifference.remedy(name, value, changed, model)
    return Hypothesis(
      diagnosis: Diagnosis(kind, "has \(name) = \(own), and would agree with \(value)", remedy: remedy),
      parameter: nil, graph: other, parameters: model, inputs: inputs)
  }

  private func differs(_ node: Node, _ other: Graph) -> Bool {
    guard let index = other.index(of: node.name) else { return true }
    let reads = other.nodes[index].inputs.map { other.nodes[$0.node].name }
    return other.nodes[index].op != node.op || reads != node.inputs.map { graph.nodes[$0.node].name }
  }

  // MARK: Parameters

  private func parameter(_ name: String) throws -> [Hypothesis] {
    guard let instance = model.parameters.first(where: { $0.name == name }) else { return [] }
    let found = try model.parameter(named: name)
    guard found.dtype.isComputableFloat else { return [] }
    var all: [Hypothesis] = []
    func consider(_ diagnosis: Diagnosis, _ replaced: [String: Tensor]) {
      all.append(
        Hypothesis(
          diagnosis: diagnosis, parameter: name, graph: graph,
          parameters: ReplacedParameters(model: model, replaced: replaced), inputs: inputs))
    }
    for fused in try fusedOrders(instance) { consider(fused.diagnosis, fused.replaced) }
    consider(
      Diagnosis(.negated, "would agree if every sign were turned"), [name: try ValueRelation.mapped(found) { -$0 }])
    for (axis, axisName) in instance.axes.enumerated()
    where ordered.contains(axisName) && found.shape[axis] > 1 {
      let count = found.shape[axis]
      for step in [1, -1] {
        guard
          let diagnosis = SliceMap(axis: axisName, sources: (0..<count).map { ($0 + step + count) % count }).diagnosis
        else { continue }
        let order = (0..<count).map { ($0 - step + count) % count }
        consider(diagnosis, [name: found.gathering(order, onAxis: axis)])
      }
    }
    let head = Double(graph.headAxes.first.flatMap { graph.sizes[$0.head] } ?? 1).squareRoot()
    for (factor, text) in [(2, "2"), (0.5, "1/2"), (head, "√head"), (1 / head, "1/√head")] where factor != 1 {
      consider(
        Diagnosis(.scaled, "would agree if it were not multiplied by \(text)"),
        [name: try ValueRelation.mapped(found) { $0 / factor }])
    }
    for other in model.parameters where other.name != name && other.axes == instance.axes {
      let isLayer = other.parameter.name == instance.parameter.name
      let isSibling = other.indices == instance.indices && !isLayer
      guard isLayer || isSibling else { continue }
      consider(
        Diagnosis(isLayer ? .otherLayer : .otherParameter, "would agree if it and \(other.name) changed places"),
        [name: try model.parameter(named: other.name), other.name: found])
    }
    return all
  }

  /// The stored tensor with its axes in each other order; all parameters in it change together.
  private func fusedOrders(
    _ instance: ParameterInstance
  ) throws -> [(diagnosis: Diagnosis, replaced: [String: Tensor])] {
    guard let location = model.locations[instance.name] else { return [] }
    let sizes = model.values.sizes
    let order = location.axes.names
    let stored = try model.source.tensor(named: location.tensor)
    let whole = location.axes.view(of: stored, as: order, sizes: sizes, at: [:])
    let together = model.parameters.filter { model.locations[$0.name]?.tensor == location.tensor }
    return AxisOrder.all(order, whole.shape).map { candidate in
      let mended = candidate.undone(on: whole).reshaped(stored.shape)
      var replaced: [String: Tensor] = [:]
      for other in together {
        guard let place = model.locations[other.name] else { continue }
        replaced[other.name] = place.axes.view(of: mended, as: other.axes, sizes: sizes, at: place.at)
      }
      return (candidate.diagnosis, replaced)
    }
  }
}

/// A model some of whose parameters are replaced.
struct ReplacedParameters: ParameterSource {
  let model: MappedModel
  let replaced: [String: Tensor]

  func parameter(named name: String) throws -> Tensor { try replaced[name] ?? model.parameter(named: name) }
}

extension Hyperparameter {
  /// The value of an operation's constant.
  fileprivate init(_ value: OpConstant.Value) {
    self =
      switch value {
      case .number(let number): .double(number)
      case .whole(let number): .int(number)
      case .word(let word): .string(word)
      }
  }
}
