import TensorData
public import StrictJSON

extension ConfigDialect {
  /// The configuration that says `values` in this dialect's words.
  ///
  /// Keys of `base` that say nothing about the computation stay as they are. What no key can say is kept under the member
  /// `tfconv`, which `read` understands and other code ignores or refuses.
  ///
  /// - Parameters:
  ///   - values: complete hyper-parameters.
  ///   - base: a configuration of the same dialect to start from, or nil.
  ///   - names: the canonical values that matter for the architecture.
  ///   - derivable: those of them that the tensors give.
  ///   - complete: sets what follows from other values.
  /// - Returns: the members, and the canonical names of what had to go under `tfconv` and decides what is computed.
  public func written(
    _ values: Hyperparameters, base: JSONObject?, names: Set<String>, derivable: Set<String>,
    complete: (inout Hyperparameters) -> Void
  ) -> (object: JSONObject, unsaid: [String]) {
    var whole = base ?? frame
    whole[ConfigDialect.extras] = nil
    var object = members(of: whole)
    for key in keys {
      guard let json = key.written(values) else {
        // No word says it: another one in its place would say something else.
        if case .words = key.kind, let old = object[key.name], !key.isSaid(by: values, as: old, file: fileName) {
          object[key.name] = nil
        }
        continue
      }
      if json == .string("") {
        object[key.name] = nil
        continue
      }
      if let old = object[key.name], old != .null {
        let before = (try? key.meaning(of: old, file: fileName)) ?? [:]
        let after = (try? key.meaning(of: json, file: fileName)) ?? [:]
        if before != after { object[key.name] = json }
      } else if key.isWritten,
        base == nil || (json != fallback(of: key, in: object) && !derivable.contains(key.canonical))
      {
        object[key.name] = json
      }
    }
    var extras = JSONObject()
    whole = replacing(object, in: whole)
    var readBack = (try? read(whole, file: fileName, allowed: Set(object.members.map(\.key)))) ?? Hyperparameters()
    readBack.parts = values.parts
    for name in derivable where readBack[name] == nil {
      if let value = values[name] { readBack.set(name, value, origin: "the tensors") }
    }
    imply(&readBack)
    complete(&readBack)
    for name in names.sorted() {
      guard let value = values[name] else { continue }
      if let said = readBack[name], said.means(value) { continue }
      extras[name] = value.json
    }
    if !extras.members.isEmpty { whole[ConfigDialect.extras] = .object(extras) }
    return (whole, extras.members.map(\.key).filter { $0 != "task" })
  }
}

extension ConfigKey {
  /// Labels beyond this number are not listed one by one.
  private static let mostLabels = 1 << 20

  /// The JSON value that says what `values` hold for this key, or nil if they hold nothing or no word says it.
  func written(_ values: Hyperparameters) -> JSONValue? {
    if let tasks, !tasks.contains(values.string("task") ?? "") { return nil }
    switch kind {
    case .int, .token, .double, .bool: return values[canonical]?.json
    case .anything: return nil
    case .kerasFunction(let words):
      return words.first { $0.isSaid(by: values) }.map { KerasHubConfig.function($0.word) }
    case .words(let words), .modelType(let words):
      return words.first { $0.isSaid(by: values) }.map { .string($0.word) }
    case .firstWord(let words):
      return words.first { $0.isSaid(by: values) }.map { .array([.string($0.word)]) }
    case .labels:
      // A number of labels that no head is known to have may be anything.
      guard let count = values.int(canonical), (0...ConfigKey.mostLabels).contains(count) else { return nil }
      var object = JSONObject()
      for index in 0..<count { object[String(index)] = .string("LABEL_\(index)") }
      return .object(object)
    case .must(let accepted):
      return accepted.first
    }
  }
}

extension ConfigKey {
  /// Whether a JSON value of this key says what `values` hold.
  fileprivate func isSaid(by values: Hyperparameters, as json: JSONValue, file: String) -> Bool {
    guard let meaning = try? meaning(of: json, file: file) else { return false }
    return meaning.allSatisfy { name, value in values[name] == value }
  }
}

extension ConfigWord {
  fileprivate func isSaid(by values: Hyperparameters) -> Bool {
    meaning.allSatisfy { name, value in values[name] == value }
  }
}

extension Layout {
  /// The configuration of a model in this layout's words.
  ///
  /// - Parameters:
  ///   - architecture: the model's architecture.
  ///   - values: its complete hyper-parameters.
  ///   - base: a configuration of the same dialect to start from, or nil.
  /// - Returns: the members, and the canonical names of what only tfconv's own member can say.
  public func configuration(
    of architecture: any Architecture.Type, _ values: Hyperparameters, base: JSONObject?
  ) -> (object: JSONObject, unsaid: [String]) {
    var values = values
    for setting in absences { values.setDefault(setting, .bool(true), origin: "everything is stored") }
    // Whether a parameter is tied shows in the tensors wherever the layout can store it.
    let ties = architecture.parameters.filter { parameter in
      parameter.tiedTo != nil && rows.contains { $0.canonical == parameter.name }
    }
    var names = architecture.functionNames
    if architecture.task(values) != architecture.usualTask(values.parts) { names.insert("task") }
    return config.written(
      values, base: base, names: names,
      derivable: derivableSizes.union(ties.map(\.tie)).union(architecture.namesDecidedByTensors),
      complete: architecture.applyDefaults)
  }

  /// The sizes that the shapes of this layout's tensors give by themselves.
  var derivableSizes: Set<String> {
    Set(rows.flatMap { row in row.canonical.holes + row.axes.groups.compactMap { $0.count == 1 ? $0[0] : nil } })
  }
}

extension ConfigDialect {
  /// A configuration as the text of its file.
  public func text(of object: JSONObject) -> String {
    switch format {
    case .json: JSONValue.object(object).text(indent: 2) + "\n"
    case .gin: GinText.text(object)
    }
  }
}
