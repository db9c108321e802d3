public import TensorData

/// A parameter of an architecture as the common graph asks for it.
public struct Parameter: Sendable {
  /// The canonical name: `block.{block}.attention.q.weight`.
  public let name: NameTemplate
  /// The canonical axes, outermost first, one dimension each; a number in braces, `width{layer}`, makes an axis of its own
  /// for each instance.
  public let axes: [String]
  /// The part of the model that has it (a head, a decoder), or nil if every model has it.
  public let part: String?
  /// The part whose models do not have it, or nil.
  public let unless: String?
  /// The parameter whose values it shares unless a file stores others, or nil.
  public let tiedTo: String?
  /// The hyper-parameter that says whether it does: `tied_head`.
  public let tie: String

  /// Makes a row of a parameter table.
  ///
  /// - Parameters:
  ///   - name: the canonical name.
  ///   - axes: the canonical axes, `"embed heads head"`.
  ///   - part: the part of the model that has it.
  ///   - unless: the part whose models do not have it.
  ///   - tiedTo: the parameter whose values it shares.
  ///   - tie: the hyper-parameter that says whether it does.
  public init(
    _ name: NameTemplate, _ axes: Axes, part: String? = nil, unless: String? = nil, tiedTo: String? = nil,
    tie: String = "tied_head"
  ) {
    self.tie = tie
    self.name = name
    self.axes = axes.names
    self.part = part
    self.unless = unless
    self.tiedTo = tiedTo
  }
}

/// One parameter of one model: a row of the table with its indices filled in.
public struct ParameterInstance: Sendable {
  /// The row.
  public let parameter: Parameter
  /// An index for each hole of the name.
  public let indices: [String: Int]
  /// The canonical axes of this instance.
  public let axes: [String]
  /// The name with the indices filled in: `block.3.attention.q.weight`.
  public let name: String
}

extension Hyperparameters {
  /// Whether a parameter has no values of its own in this model.
  public func isTied(_ parameter: Parameter) -> Bool { parameter.tiedTo != nil && flag(parameter.tie) }
}

extension Parameter {
  /// Every instance under the given sizes, in order of the indices.
  func instances(_ sizes: [String: Int]) -> [ParameterInstance] {
    var all: [[String: Int]] = [[:]]
    for axis in name.holes {
      all = all.flatMap { indices in
        (0..<(sizes[axis] ?? 0)).map { indices.merging([axis: $0]) { $1 } }
      }
    }
    return all.map { indices in
      ParameterInstance(
        parameter: self, indices: indices, axes: axes.map { Axes.filled($0, indices) }, name: name.filled(indices))
    }
  }
}
