import Architectures

/// Recognises that whole layers hold each other's values.
enum LayerOrder {
  /// The order of the layers, for every parameter that only differs because of it.
  ///
  /// - Parameters:
  ///   - sources: the parameter of the first model whose values it holds.
  ///   - model: the first model.
  /// - Returns: the diagnosis that replaces the parameter's own.
  static func diagnose(
    sources: [String: String], in model: MappedModel
  ) -> [String: Diagnosis] {
    let instances = Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0) })
    var layers: [String: [Int: Set<Int>]] = [:]
    for (name, source) in sources {
      guard let own = instances[name], let other = instances[source], own.parameter.name == other.parameter.name,
        let axis = own.parameter.name.holes.first, let index = own.indices[axis], let from = other.indices[axis]
      else { continue }
      layers[axis, default: [:]][index, default: []].insert(from)
    }
    var result: [String: Diagnosis] = [:]
    for (axis, moved) in layers {
      guard moved.count > 1, moved.values.allSatisfy({ $0.count == 1 }), let count = model.values.int(axis) else {
        continue
      }
      let order = (0..<count).map { moved[$0]?.first ?? $0 }
      guard Set(order).count == count else { continue }
      let diagnosis = Diagnosis(.layerOrder, sentence(order))
      for (name, source) in sources {
        guard let own = instances[name], instances[source]?.parameter.name == own.parameter.name,
          own.parameter.name.holes.first == axis, isWhole(own, moved, sources, model)
        else { continue }
        result[name] = diagnosis
      }
    }
    return result
  }

  /// Whether two parameters are the same one of different layers.
  static func isSameRow(_ first: String, _ second: String, in model: MappedModel) -> Bool {
    let rows = model.parameters.filter { $0.name == first || $0.name == second }.map(\.parameter.name)
    return rows.count == 2 && rows[0] == rows[1]
  }

  /// Whether every parameter of the layer came from the same other layer.
  private static func isWhole(
    _ instance: ParameterInstance, _ moved: [Int: Set<Int>], _ sources: [String: String], _ model: MappedModel
  ) -> Bool {
    guard let axis = instance.parameter.name.holes.first, let index = instance.indices[axis] else { return false }
    let layer = model.parameters.filter { $0.parameter.name.holes.first == axis && $0.indices[axis] == index }
    return layer.count { sources[$0.name] != nil } * 2 > layer.count
  }

  private static func sentence(_ order: [Int]) -> String {
    let list = order.prefix(16).map { String($0) }.joined(separator: ", ") + (order.count > 16 ? " …" : "")
    let asText = order == order.indices.sorted { String($0) < String($1) }
    return "is in the wrong layer: the layers are in the order \(list)"
      + (asText ? ", as their numbers sort as text" : "")
  }
}
