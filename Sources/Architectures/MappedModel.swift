public import TensorData
public import TensorGraph

/// What became of one stored tensor.
public enum TensorUse: Sendable {
  /// It holds these parameters; several if it is fused.
  case parameters([String])
  /// A further copy of that parameter.
  case copy(of: String)
  /// No parameter needs it; the reason says what it is.
  case accounted(String)
  /// It has no place, and goes along under its own name because the user said so.
  case carried
  /// It has no place, and the user allowed that.
  case unmapped
}

/// A checkpoint read through a layout: every canonical parameter as a window on the stored tensors.
public struct MappedModel: ParameterSource {
  /// Where one parameter is stored.
  public struct Location: Sendable {
    /// The name of the stored tensor.
    public let tensor: String
    /// The row that says how.
    public let row: LayoutRow
    /// The row's positions on fused and stacked axes.
    public let at: [String: Int]
    /// The stored axes.
    public var axes: Axes { row.axes.filled(at) }
  }

  /// What a parameter holds that a file leaves out.
  public struct Constant: Sendable {
    /// The value of every element.
    public let value: Double
    /// The element type, that of the parameters around it.
    public let dtype: DType
  }

  /// The architecture.
  public let architecture: any Architecture.Type
  /// The layout that the checkpoint has.
  public let layout: Layout
  /// The complete hyper-parameters.
  public internal(set) var values: Hyperparameters
  /// Every parameter of the model, in the order of the table; tied ones that are not stored are left out.
  public let parameters: [ParameterInstance]
  /// Where each parameter is stored.
  public let locations: [String: Location]
  /// Tied parameters that are not stored, by the parameter whose values they share.
  public let ties: [String: String]
  /// Parameters that are not stored because the layout's files may leave them out, with what they hold.
  public let constants: [String: Constant]
  /// Parameters that are stored with the values of the parameter that they could share, tied or not.
  public let repeated: Set<String>
  /// What became of each stored tensor, in stored order.
  public let uses: [(tensor: TensorInfo, use: TensorUse)]
  /// The stored tensors that go along under their own names, in stored order.
  public var carried: [TensorInfo] {
    uses.compactMap { tensor, use in if case .carried = use { tensor } else { nil } }
  }
  /// Whether names begin with the base model's prefix; nil if the layout has none.
  public let hasPrefix: Bool?
  /// Parameters that are missing with the user's consent.
  public let missing: [String]
  /// What a user should know: a configuration that was overruled by the tensors.
  public let notes: [String]
  /// Settings of which the files say two things.
  public let openSettings: [OpenSetting]
  /// The checkpoint.
  public let source: any TensorSource
  /// The canonical axes of each parameter.
  let axes: [String: [String]]
  /// Another number of rows for the vocabulary, or nil.
  var vocabulary: VocabularyChange?

  /// The stored tensor that holds a parameter's values, those that it shares included; nil if none does.
  ///
  /// - Parameter name: a canonical name.
  /// - Returns: the stored name.
  public func storedName(of name: String) -> String? { locations[ties[name] ?? name]?.tensor }

  /// Whether the model gives values to a parameter: its own, or those that it shares.
  ///
  /// - Parameter name: a canonical name.
  /// - Returns: whether `parameter(named:)` finds it.
  public func hasValues(of name: String) -> Bool { storedName(of: name) != nil || constants[name] != nil }

  /// The parameter of that name with its canonical axes, one dimension each: a window on the stored bytes.
  ///
  /// A tied parameter that is not stored has the values that it shares, one that may be left out its constant.
  ///
  /// - Parameter name: a canonical name.
  /// - Returns: a strided tensor.
  /// - Throws: what the checkpoint throws if the bytes cannot be read.
  public func parameter(named name: String) throws -> Tensor {
    if let constant = constants[name], let axes = axes[name] {
      let sizes = values.sizes
      return try KnownValue.constant(constant.value)
        .filled(dtype: constant.dtype, shape: axes.map { sizes[$0] ?? 0 })
    }
    guard let location = locations[ties[name] ?? name], let axes = axes[name] else {
      throw LayoutError(.unmapped, "the model has no parameter \(name)")
    }
    let stored = try source.tensor(named: location.tensor)
    guard let vocabulary else {
      return location.axes.view(of: stored, as: axes, sizes: values.sizes, at: location.at)
    }
    let sizes = values.sizes.merging(["vocab": vocabulary.stored]) { $1 }
    return try vocabulary.applied(
      to: location.axes.view(of: stored, as: axes, sizes: sizes, at: location.at), axes: axes)
  }

  /// The common graph of the model.
  ///
  /// - Throws: if none fits the parts and sizes of the model.
  public func graph() throws(LayoutError) -> Graph { try architecture.graph(values) }
}
