import Architectures
import TensorData
import TensorGraph

/// Every fault that a model offers a place for, found from its graph alone: nothing here knows an architecture.
struct FaultList {
  private let model: MappedModel
  let graph: Graph
  private var random: SplitMix64

  /// The faults of each kind.
  ///
  /// - Parameters:
  ///   - model: the sound model.
  ///   - limit: at most so many of each kind, chosen by the seed.
  ///   - seed: chooses them, and the values of parameters that are drawn anew.
  /// - Returns: the faults, by kind in the order of the enumeration.
  /// - Throws: if the model has no graph.
  static func faults(in model: MappedModel, atMost limit: Int, seed: UInt64) throws -> [Fault] {
    var list = FaultList(model: model, graph: try model.graph(), random: SplitMix64(seed: seed))
    return FaultKind.allCases.flatMap { kind in
      list.random.chosen(limit, of: list.faults(kind))
    }
  }

  private mutating func faults(_ kind: FaultKind) -> [Fault] {
    switch kind {
    case .swapped: return swapped()
    case .transposed: return weights { name, split in ([name: .transposed(split: split)], name) }
    case .exchangedQueryKey: return exchanged(kind, 0, 1)
    case .exchangedQueryValue: return exchanged(kind, 0, 2)
    case .interleavedHeads: return interleaved()
    case .shiftedRows: return tables.map { Fault(kind, $0, [$0: .shifted]) }
    case .droppedRow:
      return tables.flatMap { table in
        let rows = rows(of: table)
        return Set([0, rows / 3, random.number(below: rows)]).sorted().map {
          Fault(kind, "row \($0) of \(table)", [table: .dropped(row: $0)])
        }
      }
    case .negatedBias: return biases.map { Fault(kind, $0, [$0: .times(-1)]) }
    case .scaled: return stored.map { Fault(kind, $0, [$0: .times(1.01)]) }
    case .reinitialized: return stored.map { Fault(kind, $0, [$0: .redrawn(seed: random.next())]) }
    case .rounded: return stored.map { Fault(kind, $0, [$0: .rounded]) }
    case .cutOff: return stored.map { Fault(kind, $0, [$0: .cutOff]) }
    case .throughHalf: return stored.map { Fault(kind, $0, [$0: .throughHalf]) }
    case .overflowed: return stored.map { Fault(kind, $0, [$0: .spoilt(fromEnd: 0, .infinity)]) }
    case .notANumber:
      return (tables + stored.filter { !tables.contains($0) }).map { name in
        Fault(kind, name, [name: .spoilt(fromEnd: random.number(below: max(shape(of: name).last ?? 1, 1)), .nan)])
      }
    case .absentBias: return biases.map { Fault(kind, $0, [$0: .times(0)]) }
    case .otherLayer: return otherLayers()
    case .layerOrder: return layerOrder()
    case .untied: return ties(kind, were: true)
    case .retied: return ties(kind, were: false)
    case .activation: return together(kind, .activation, isOfOneValue: true)
    case .epsilon: return together(kind, .epsilon, isOfOneValue: true)
    case .attentionScale: return together(kind, .attentionScale, isOfOneValue: false)
    case .causality: return single(kind, .visibility) { _, _, node in node }
    case .maskIgnored:
      return graph.inputs.filter(\.role.isMask).map { input in
        Fault(kind: kind, detail: input.name, change: .input(input.name) { _ in 1 })
      }
    case .positionOffset:
      return graph.inputs.filter { $0.role.positionRule != nil }.map { input in
        Fault(kind: kind, detail: input.name, change: .input(input.name) { $0 + 1 })
      }
    case .tokenTypesIgnored:
      return graph.inputs.filter { $0.role == .segments }.map { input in
        Fault(kind: kind, detail: input.name, change: .input(input.name) { _ in 0 })
      }
    case .relativeDistance: return single(kind, .relativeDistance) { "\($0) for \($1) in \($2)" }
    case .relativeDirection: return single(kind, .relativeDirection) { _, _, node in node }
    case .outputScale:
      return single(kind, .factor) { wrong, _, node in "\(node) \(wrong)" }
    }
  }

  // MARK: What the graph says about its parameters

  private var stored: [String] { graph.usedParameters }

  func nodes(_ isWanted: (Op) -> Bool) -> [Node] { graph.nodes.filter { isWanted($0.op) } }

  private var tables: [String] {
    unique(nodes { $0.traits.firstParameter.isTable }.map { $0.parameters[0] })
  }

  private var biases: [String] { unique(graph.nodes.compactMap { $0.parameters.count > 1 ? $0.parameters[1] : nil }) }

  private func rows(of table: String) -> Int { graph.sizes[graph.parameterAxes[table]?.first ?? ""] ?? 1 }

  private func shape(of parameter: String) -> [Int] {
    (graph.parameterAxes[parameter] ?? []).map { graph.sizes[$0] ?? 1 }
  }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  /// A fault for the weight of each product; `split` is how many axes it sums over.
  private func weights(_ make: (String, Int) -> ([String: Fault.Replacement], String)) -> [Fault] {
    var seen: Set<String> = []
    return nodes { $0 == .linear }.compactMap { node in
      let weight = node.parameters[0]
      guard seen.insert(weight).inserted, let axes = graph.parameterAxes[weight] else { return nil }
      let contracted = node.inputs[0].axes.filter(axes.contains).count
      // A tied head sums over the last axes of the table.
      let split = axes.first.map(node.inputs[0].axes.contains) == true ? contracted : axes.count - contracted
      let (replacements, detail) = make(weight, split)
      return Fault(.transposed, detail, replacements)
    }
  }

  // MARK: Faults of parameters

  private mutating func swapped() -> [Fault] {
    let groups = Dictionary(grouping: stored) { shape(of: $0).map(String.init).joined(separator: " ") }
    return groups.sorted { $0.key < $1.key }.flatMap { _, names -> [Fault] in
      guard names.count > 1 else { return [] }
      return names.indices.map { index in
        let other = names[(index + 1 + random.number(below: names.count - 1)) % names.count]
        return Fault(
          .swapped, "\(names[index]) and \(other)",
          [names[index]: .valuesOf(other), other: .valuesOf(names[index])])
      }
    }
  }

  private func exchanged(_ kind: FaultKind, _ first: Int, _ second: Int) -> [Fault] {
    nodes { if case .attention = $0 { true } else { false } }.compactMap { node in
      let projections = [first, second].map { graph.nodes[node.inputs[$0].node] }
      guard projections.allSatisfy({ $0.op == .linear }) else { return nil }
      var replacements: [String: Fault.Replacement] = [:]
      for (a, b) in zip(projections[0].parameters, projections[1].parameters) {
        replacements[a] = .valuesOf(b)
        replacements[b] = .valuesOf(a)
      }
      return Fault(kind, node.name, replacements)
    }
  }

  private func interleaved() -> [Fault] {
    let pairs = graph.headAxes
    return stored.compactMap { name in
      guard let axes = graph.parameterAxes[name],
        let axis = axes.indices.dropLast().first(where: { index in
          pairs.contains { $0.heads == axes[index] && $0.head == axes[index + 1] }
        })
      else { return nil }
      return Fault(.interleavedHeads, name, [name: .interleaved(axis: axis)])
    }
  }

  /// The instances of each row of the parameter table that has several.
  private var layers: [[ParameterInstance]] {
    let used = Set(stored)
    let instances = model.parameters.filter { !$0.indices.isEmpty && used.contains($0.name) }
    return Dictionary(grouping: instances) { $0.parameter.name.description }.sorted { $0.key < $1.key }
      .map(\.value).filter { $0.count > 1 }
  }

  private mutating func otherLayers() -> [Fault] {
    layers.flatMap { instances in
      instances.indices.map { index in
        let other = instances[(index + 1 + random.number(below: instances.count - 1)) % instances.count].name
        return Fault(
          .otherLayer, "\(instances[index].name) holds \(other)", [instances[index].name: .valuesOf(other)])
      }
    }
  }

  private func layerOrder() -> [Fault] {
    let stacks = Dictionary(grouping: layers) { $0[0].parameter.name.holes.joined() }
    return stacks.sorted { $0.key < $1.key }.compactMap { axis, stack in
      let count = stack[0].count
      let order = (0..<count).sorted { String($0) < String($1) }
      guard order != Array(0..<count) else { return nil }
      var replacements: [String: Fault.Replacement] = [:]
      for instances in stack {
        for (position, origin) in order.enumerated() where position != origin {
          replacements[instances[position].name] = .valuesOf(instances[origin].name)
        }
      }
      return Fault(.layerOrder, "the \(count) of \(axis)", replacements)
    }
  }

  private func ties(_ kind: FaultKind, were isTied: Bool) -> [Fault] {
    model.architecture.tieableInstances(model.values).compactMap { instance in
      guard model.values.isTied(instance.parameter) == isTied else { return nil }
      return Fault(
        kind: kind, detail: instance.name,
        change: .tie(instance.parameter.tie, isTied: !isTied, head: instance.name))
    }
  }
}

extension Fault {
  fileprivate init(_ kind: FaultKind, _ detail: String, _ replacements: [String: Replacement]) {
    self.init(kind: kind, detail: detail, change: .parameters(replacements))
  }
}

extension SplitMix64 {
  /// At most so many elements, in their order.
  mutating func chosen<Element>(_ limit: Int, of elements: [Element]) -> [Element] {
    guard elements.count > limit else { return elements }
    var positions = Array(elements.indices)
    positions.shuffle(using: &self)
    return positions.prefix(limit).sorted().map { elements[$0] }
  }
}
