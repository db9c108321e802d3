import TensorData

/// Sizes that the stored shapes give, and where they contradict the configuration.
struct ShapeInference {
  private(set) var values: Hyperparameters
  /// Contradictions between the configuration and the tensors, a sentence each.
  private(set) var contradictions: [(axis: String, sentence: String)] = []
  private var shapeOrigins: [String: String] = [:]

  init(_ values: Hyperparameters) { self.values = values }

  /// Learns from every tensor that a row places: stored dimensions of one axis first, then products with one unknown.
  mutating func learn(_ placed: [PlacedTensor]) {
    learnCounts(placed)
    let fitting = placed.filter { $0.axes.groups.count == $0.tensor.shape.count }
    for place in fitting {
      let tensor = place.tensor
      for (group, size) in zip(place.axes.groups, tensor.shape) where group.count == 1 && Int(group[0]) == nil {
        note(group[0], size, "shape \(tensor.shape) of \(tensor.name)")
      }
    }
    for place in fitting {
      let (tensor, row) = (place.tensor, place.row)
      for (group, size) in zip(place.axes.groups, tensor.shape) where group.count > 1 {
        let unknown = group.filter { Int($0) == nil && values.int($0) == nil && row.at[$0] == nil }
        let known = group.filter { !unknown.contains($0) }.reduce(1) { $0 * (Int($1) ?? values.int($1) ?? 1) }
        guard unknown.count == 1, row.at.isEmpty, known > 0, size % known == 0 else { continue }
        note(unknown[0], size / known, "shape \(tensor.shape) of \(tensor.name)")
      }
    }
  }

  private mutating func learnCounts(_ placed: [PlacedTensor]) {
    var last: [String: (index: Int, name: String)] = [:]
    for place in placed {
      for (axis, index) in place.indices where index > last[axis]?.index ?? -1 {
        last[axis] = (index, place.tensor.name)
      }
    }
    for (axis, found) in last.sorted(by: { $0.key < $1.key }) {
      note(axis, found.index + 1, "last of them: \(found.name)")
    }
  }

  private mutating func note(_ axis: String, _ size: Int, _ origin: @autoclosure () -> String) {
    guard let entry = values.entries[axis], case .int(let known) = entry.value else {
      let origin = origin()
      values.set(axis, .int(size), origin: origin)
      shapeOrigins[axis] = origin
      return
    }
    guard known != size, shapeOrigins[axis] == nil else { return }
    let origin = origin()
    shapeOrigins[axis] = origin
    if entry.origin.hasPrefix("default for") {
      values.set(axis, .int(size), origin: origin)
    } else {
      contradictions.append(
        (axis, "\(entry.origin) says \(axis) = \(known), but the tensors say \(size) (\(origin))"))
      // What the tensors say is what can be read; whether the contradiction matters is for the caller to decide.
      values.set(axis, .int(size), origin: origin)
    }
  }
}
