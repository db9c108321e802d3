public import TensorGraph

/// A model family: its parameters, its layouts and its forward pass.
public protocol Architecture: Sendable {
  /// The name, as `model_type` in a Hugging Face configuration: `bert`.
  static var name: String { get }
  /// The model types of Hugging Face configurations that are this architecture, in small letters and without dashes.
  static var modelTypes: Set<String> { get }
  /// The parameters that the common graph asks for.
  static var parameters: [Parameter] { get }
  /// The layouts, best known first.
  static var layouts: [Layout] { get }

  /// The hyper-parameters other than sizes and ties that follow from which tensors there are.
  static var namesDecidedByTensors: Set<String> { get }

  /// The task of a model of which only the smallest part is there.
  static var barestTask: String { get }

  /// Completes and checks what the configuration and the shapes gave: derived sizes, defaults, which head the model has.
  ///
  /// - Parameter values: hyper-parameters with the parts that were found.
  /// - Throws: if a value is missing that nothing gives, or two contradict each other.
  static func complete(_ values: inout Hyperparameters) throws(LayoutError)

  /// Sets what the reference code takes for values that follow from others, such as whether the head is tied.
  ///
  /// - Parameter values: hyper-parameters; those that are set stay.
  static func applyDefaults(_ values: inout Hyperparameters)

  /// The names of values that `applyDefaults` sets; where nothing says them, they follow from the others.
  static var namesThatFollow: Set<String> { get }

  /// How a parameter can be read that is stored with values of its own, although its configuration, or the default for a
  /// configuration that does not say it, has it share another's.
  ///
  /// - Parameters:
  ///   - parameter: the parameter.
  ///   - values: the hyper-parameters, before the tie is overruled.
  /// - Returns: the readings, the one that is used first; none if the files decide.
  static func readings(ofStored parameter: Parameter, _ values: Hyperparameters) -> [OpenSetting.Reading]

  /// What a model with these parts is for unless it is stated: `base`, `lm`, `masked_lm` …
  ///
  /// - Parameter parts: the parts that the model has.
  /// - Returns: the task that a file without a statement is taken for.
  static func usualTask(_ parts: Set<String>) -> String

  /// Emits the forward pass.
  ///
  /// - Parameters:
  ///   - graph: an empty graph that knows the model's parameters.
  ///   - values: the complete hyper-parameters.
  /// - Throws: if a value is missing; what does not fit otherwise is the graph's misfit.
  static func forward(_ graph: inout Graph, _ values: Hyperparameters) throws(LayoutError)
}

extension Architecture {
  /// The one that has its name.
  public static var modelTypes: Set<String> { [name] }

  /// None.
  public static var namesDecidedByTensors: Set<String> { [] }

  /// None.
  public static var namesThatFollow: Set<String> { [] }

  /// A configuration that says so contradicts the file; one that does not say it is complete without the key.
  public static func readings(ofStored parameter: Parameter, _ values: Hyperparameters) -> [OpenSetting.Reading] {
    guard parameter.tie == "tied_head", values.entries["tied_head"]?.origin.hasPrefix("default") == false else {
      return []
    }
    return [
      OpenSetting.Reading(
        "the stored head counts, as transformers 5 reads it", option: "--set tie_word_embeddings=false"),
      OpenSetting.Reading("the embedding counts, as transformers before 5 reads it", option: nil),
    ]
  }

  /// The body without a head.
  public static var barestTask: String { "base" }

  /// Nothing follows from other values.
  public static func applyDefaults(_ values: inout Hyperparameters) {}

  /// The task that was stated, or the usual one; it names the class of the reference code.
  public static func task(_ values: Hyperparameters) -> String { values.string("task") ?? usualTask(values.parts) }

  /// The parameters of one model, tied ones included, in the order of the table.
  public static func instances(_ values: Hyperparameters) -> [ParameterInstance] { instances(of: parameters, values) }

  /// Those of them that may share another's values.
  public static func tieableInstances(_ values: Hyperparameters) -> [ParameterInstance] {
    instances(of: parameters.filter { $0.tiedTo != nil }, values)
  }

  private static func instances(of parameters: [Parameter], _ values: Hyperparameters) -> [ParameterInstance] {
    let sizes = values.sizes
    return parameters.filter { parameter in
      (parameter.part.map(values.parts.contains) ?? true) && !(parameter.unless.map(values.parts.contains) ?? false)
    }.flatMap { $0.instances(sizes) }
  }

  /// The common graph of one model.
  ///
  /// - Parameter values: the complete hyper-parameters.
  /// - Returns: the graph, with an input and an output for each that the reference library's model has.
  /// - Throws: if a size is missing or out of range, or the model lacks what its own parts need.
  public static func graph(_ values: Hyperparameters) throws(LayoutError) -> Graph {
    try checkSizes(values)
    var axes: [String: [String]] = [:]
    for instance in instances(values) { axes[instance.name] = instance.axes }
    var graph = Graph(parameterAxes: axes, sizes: values.sizes)
    try forward(&graph, values)
    if let misfit = graph.misfit {
      throw LayoutError(
        .contradiction, "no forward pass of \(name) fits this model: \(misfit)",
        details: ["parts: \(values.parts.sorted().joined(separator: ", "))"])
    }
    return graph
  }

  /// Checks that every axis of the model has a size that can be computed with, and every parameter a countable number of
  /// elements.
  private static func checkSizes(_ values: Hyperparameters) throws(LayoutError) {
    let present = parameters.filter { $0.part.map(values.parts.contains) ?? true }
    for axis in Set(present.flatMap(\.name.holes)).sorted() { try values.checkCount(axis) }
    // Without an instance the sizes are asked for all the same: a model of no layers still has a width.
    let axes = present.flatMap { parameter -> [String] in
      let own = parameter.axes.filter { !$0.contains("{") }
      return own.count == parameter.axes.count ? own : own + parameter.instances(values.sizes).flatMap(\.axes)
    }
    for axis in Set(axes).sorted() {
      guard let size = values.int(axis) else {
        throw LayoutError(.missingHyperparameter, "nothing says how long the axis \(axis) of \(name) is")
      }
      guard size > 0 else {
        throw LayoutError(
          .contradiction,
          "\(axis) = \(size) (\(values.entries[axis]?.origin ?? "")): there is nothing that could be computed")
      }
    }
    for parameter in present {
      guard parameter.axes.contains(where: { $0.contains("{") }) else {
        try values.checkSizes(of: parameter.axes, parameter.name.description)
        continue
      }
      for instance in parameter.instances(values.sizes) { try values.checkSizes(of: instance.axes, instance.name) }
    }
  }

  /// The layout of that name, or nil.
  public static func layout(named name: String) -> Layout? { layouts.first { $0.name == name } }
}

/// The architectures that tfconv knows.
public enum ArchitectureRegistry {
  /// One line for each.
  public static let all: [any Architecture.Type] = [BERT.self, GPT2.self, T5.self]

  /// The architecture of that name, or nil.
  public static func named(_ name: String) -> (any Architecture.Type)? { all.first { $0.name == name } }

  /// The architecture of a Hugging Face `model_type`, however it is spelled, or nil.
  public static func ofModelType(_ modelType: String) -> (any Architecture.Type)? {
    let type = modelType.plainModelType
    return all.first { $0.modelTypes.contains(type) }
  }
}

extension String {
  /// A model type in small letters and without dashes: `umt5` for `UMT5` and `uMT-5`.
  var plainModelType: String { String(lowercased().filter { $0 != "-" && $0 != "_" }) }
}
