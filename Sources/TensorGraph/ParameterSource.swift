public import TensorData

/// Gives out the parameters of a graph by name.
public protocol ParameterSource: Sendable {
  /// The parameter of that name, with the axes that the graph declares for it.
  ///
  /// The tensor may have any strides and any floating dtype; it is used where it lies if the arithmetic allows it. Each
  /// node asks for its parameters when it runs and lets go of them afterwards.
  ///
  /// - Parameter name: a name out of the graph's `usedParameters`.
  /// - Returns: the tensor.
  /// - Throws: an error that says why there is none.
  func parameter(named name: String) throws -> Tensor
}

/// The tensors of a source whose names and axes are already those of the graph.
public struct SourceParameters: ParameterSource {
  private let source: any TensorSource

  /// Takes a source of canonical parameters.
  public init(_ source: any TensorSource) { self.source = source }

  /// The tensor of that name.
  public func parameter(named name: String) throws -> Tensor { try source.tensor(named: name) }
}
