// Parameters that may share another's values: which do, and the same function with or without the tie.

public import TensorGraph

extension MappedModel {
  /// The same model with parameters tied that hold the values of the ones that they could share.
  ///
  /// - Parameters:
  ///   - instances: the parameters; they are in `repeated`.
  ///   - origin: why they are tied, for the hyper-parameters.
  /// - Returns: the model.
  func sharing(_ instances: [ParameterInstance], origin: String) -> MappedModel {
    var values = values
    for instance in instances where !values.isTied(instance.parameter) {
      values.set(instance.parameter.tie, .bool(true), origin: origin)
    }
    var model = self
    model.values = values
    return model
  }

  /// The common graph with some ties undone: those parameters are asked for under their own names.
  ///
  /// Two models of which one shares what the other stores compute the same function if these graphs are the same and
  /// every parameter has the same values.
  ///
  /// - Parameter names: the hyper-parameters that state the ties, such as `tied_head`.
  /// - Returns: the graph.
  /// - Throws: if none fits the parts and sizes of the model.
  public func graph(untying names: Set<String>) throws(LayoutError) -> Graph {
    var untied = values
    for name in names where untied.flag(name) {
      untied.set(name, .bool(false), origin: "compared with a model that stores the values")
    }
    return try architecture.graph(untied)
  }

  /// The parameters that one of two models shares with another and the other model does not.
  ///
  /// - Parameter other: a model of the same architecture.
  /// - Returns: the parameters in the order of the table.
  public func ties(unlike other: MappedModel) -> [ParameterInstance] {
    architecture.tieableInstances(values).filter { values.isTied($0.parameter) != other.values.isTied($0.parameter) }
  }
}
