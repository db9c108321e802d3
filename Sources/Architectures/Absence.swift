import TensorData

/// What a parameter holds where a layout's files leave it out: a setting of the original code does without it, which
/// computes the same as with a constant in its place.
///
/// The rows of one setting are stored all together, or none is.
public struct Absence: Sendable, Hashable {
  /// The hyper-parameter that says whether the rows are stored: `has_biases`.
  public let setting: String
  /// The value of every element of a parameter that is not stored.
  public let value: Double

  /// Takes both fields.
  public init(_ setting: String, value: Double) {
    self.setting = setting
    self.value = value
  }
}

extension Layout {
  /// The settings by which files of this layout leave parameters out.
  public var absences: Set<String> { Set(rows.compactMap(\.absence?.setting)) }

  /// Whether files of a model with these hyper-parameters leave a row out.
  func leavesOut(_ row: LayoutRow, _ values: Hyperparameters) -> Bool {
    row.absence.map { values[$0.setting] == .bool(false) } ?? false
  }

  /// The parameters of a model that this layout leaves out by a setting, but that do not hold the constant.
  ///
  /// - Parameters:
  ///   - setting: the hyper-parameter.
  ///   - model: the model.
  /// - Returns: their canonical names.
  /// - Throws: what reading the parameters throws.
  func nonconstant(_ setting: String, in model: MappedModel) throws -> [String] {
    let values = Dictionary(
      rows.compactMap { row in
        row.absence.flatMap { $0.setting == setting ? (row.canonical, $0.value) : nil }
      }, uniquingKeysWith: { first, _ in first })
    return try model.parameters.filter { instance in
      guard let value = values[instance.parameter.name], model.constants[instance.name] == nil else { return false }
      return try model.parameter(named: instance.name).doubles().contains { $0 != value }
    }.map(\.name)
  }

  /// The parameters of a model that files of this layout leave out, because they are a constant.
  ///
  /// - Parameter model: the model.
  /// - Returns: their canonical names.
  public func leftOut(of model: MappedModel) -> Set<String> {
    let canonical = Set(rows.filter { leavesOut($0, model.values) }.map(\.canonical))
    return Set(model.parameters.filter { canonical.contains($0.parameter.name) }.map(\.name))
  }

  /// The model with a decision for every setting by which this layout leaves parameters out.
  ///
  /// They are left out if the model says so, or if it once came from such a file and still holds the constants.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - remembered: settings that were off in the file that the model once came from.
  /// - Returns: the same function.
  /// - Throws: `LayoutError` if the model says that it has none of what it holds; what reading the parameters throws.
  public func decidingAbsences(of model: MappedModel, remembered: Set<String>) throws -> MappedModel {
    var decided = model
    for setting in absences.sorted() {
      switch model.values[setting] {
      case .bool(false):
        let others = try nonconstant(setting, in: model)
        guard others.isEmpty else {
          throw LayoutError(
            .notRepresentable,
            "\(setting) is false (\(model.values.entries[setting]?.origin ?? "")), but \(others.count) of the parameters "
              + "that \(model.architecture.name).\(name) then leaves out are not zero",
            details: others, hint: "to store them: --set \(setting)=true")
        }
      case nil where try remembered.contains(setting) && nonconstant(setting, in: model).isEmpty:
        decided.values.set(setting, .bool(false), origin: "as in the file that the model came from")
      default: break
      }
    }
    return decided
  }
}

extension Architecture {
  /// The hyper-parameters that say which parameters a file stores and change nothing that is computed.
  static var absences: Set<String> { layouts.reduce(into: []) { $0.formUnion($1.absences) } }
}
