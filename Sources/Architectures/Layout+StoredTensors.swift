import TensorData

/// A tensor that a file of some layout has, known from the table alone.
public struct ExpectedTensor: Sendable {
  /// The stored name.
  public let name: String
  /// Older spellings and further copies.
  public let otherNames: [String]
  /// The stored shape.
  public let shape: [Int]
  /// The parameter that it holds; of a fused or stacked tensor the first.
  public let parameter: ParameterInstance
}

extension Layout {
  /// The tensors that files of this layout hold for some hyper-parameters, those of both sides of a tie.
  ///
  /// - Parameters:
  ///   - architecture: the architecture.
  ///   - values: the hyper-parameters; they need not be complete, and the parts need not go together.
  ///   - hasPrefix: whether names begin with the base model's prefix; nil for what this layout's loader expects.
  /// - Returns: every tensor whose shape follows from the sizes, in the order of the architecture's table.
  public func storedTensors(
    of architecture: any Architecture.Type, _ values: Hyperparameters, hasPrefix: Bool? = nil
  ) -> [ExpectedTensor] {
    let spelling = Spelling(self, architecture, values, hasPrefix: hasPrefix)
    var seen: Set<String> = []
    var tensors: [ExpectedTensor] = []
    for instance in architecture.instances(values) {
      guard let row = rows.first(where: { $0.canonical == instance.parameter.name }),
        let shape = row.axes.filled(instance.indices).shape(values.sizes)
      else { continue }
      for indices in row.repetitions(of: instance.indices, values.sizes) {
        let names = (row.names + row.copies.map(\.name)).map { spelling.text($0, indices) }
        guard seen.insert(names[0]).inserted else { continue }
        tensors.append(
          ExpectedTensor(name: names[0], otherNames: Array(names.dropFirst()), shape: shape, parameter: instance))
      }
    }
    return tensors
  }
}
