import StrictJSON

extension Layout {
  /// The hyper-parameters that configuration files and the user give for this layout.
  ///
  /// - Parameters:
  ///   - architecture: the architecture, for the dialect of a Hugging Face file beside the layout's own.
  ///   - request: the files and what the user says.
  /// - Returns: the values with their origins.
  /// - Throws: if a file is not understood or two files disagree.
  func hyperparameters(
    _ architecture: any Architecture.Type, _ request: MappingRequest
  ) throws(LayoutError) -> Hyperparameters {
    let overrides = try splitOverrides(architecture, request)
    let own = request.configs.first(where: config.reads)
    var object = own?.object ?? JSONObject()
    var members = config.members(of: object)
    for (key, value) in overrides.keys {
      // What the user sets counts more than whatever else the file has for the same.
      let set = config.keys.filter { $0.name == key }.reduce(into: Set<String>()) { $0.formUnion($1.names) }
      for other in config.keys where other.name != key && !other.names.isEmpty && other.names.isSubset(of: set) {
        if !overrides.keys.contains(where: { $0.0 == other.name }) { members[other.name] = nil }
      }
      members[key] = value
    }
    object = config.replacing(members, in: object)
    let file = own?.name ?? config.fileName
    var values =
      own == nil && overrides.keys.isEmpty
      ? config.impliedValues()
      : try config.read(
        object, file: file, allowed: request.allowedConfigKeys, passesOver: request.passesOverConfiguration)
    // Without a file there is no default for it either: what is tied shows in the tensors.
    for tie in Set(architecture.parameters.filter { $0.tiedTo != nil }.map(\.tie)) where own == nil {
      if values.entries[tie]?.origin.hasPrefix("default for") == true { values.remove(tie) }
    }
    for (key, _) in overrides.keys { values.relabel(origin: "\(file): \(key)", to: "--set \(key)") }
    try addOther(&values, architecture, request, own: own)
    for (name, value) in overrides.values { values.set(name, value, origin: "--set \(name)") }
    if let fallback = request.fallback {
      // What the tensors decide, or what follows from other values, is not taken from another model.
      let own = derivableSizes.union(architecture.namesDecidedByTensors).union(architecture.namesThatFollow)
        .union(architecture.parameters.filter { $0.tiedTo != nil }.map(\.tie))
      for name in architecture.hyperparameterNames.subtracting(own).subtracting(architecture.absences) {
        if values[name] == nil, let entry = fallback.entries[name] {
          values.set(name, entry.value, origin: Hyperparameters.Entry.borrowed)
        }
      }
    }
    return values
  }

  /// Adds what another layout's configuration file says, such as the `config.json` beside a `bert_config.json`.
  private func addOther(
    _ values: inout Hyperparameters, _ architecture: any Architecture.Type, _ request: MappingRequest, own: ConfigFile?
  ) throws(LayoutError) {
    for file in request.configs where !config.reads(file) {
      guard let dialect = architecture.layouts.first(where: { $0.config.reads(file) })?.config else {
        continue
      }
      let others = try dialect.read(
        file.object, file: file.name, allowed: request.allowedConfigKeys, passesOver: request.passesOverConfiguration)
      values.notes += others.notes
      for (name, entry) in others.entries.sorted(by: { $0.key < $1.key }) {
        guard let known = values.entries[name] else {
          values.set(name, entry.value, origin: entry.origin)
          continue
        }
        let isStated = entry.origin.hasPrefix(file.name) && known.origin.hasPrefix(own?.name ?? "\u{0}")
        if known.value.means(entry.value) { continue }
        if isStated {
          throw LayoutError(
            .contradiction,
            "\(known.origin) says \(name) = \(known.value), but \(entry.origin) says \(entry.value)",
            hint: "give the file that is right: --config FILE")
        }
        // What the code fixes counts for the function; a model class or a token id is as good from any file.
        if own == nil || !architecture.functionNames.contains(name), entry.origin.hasPrefix(file.name) {
          values.set(name, entry.value, origin: entry.origin)
        }
      }
    }
  }

  /// Sorts the user's values into keys of this layout's configuration and canonical names.
  private func splitOverrides(
    _ architecture: any Architecture.Type, _ request: MappingRequest
  ) throws(LayoutError) -> (keys: [(String, JSONValue)], values: [(String, Hyperparameter)]) {
    var keys: [(String, JSONValue)] = []
    var values: [(String, Hyperparameter)] = []
    let dialects = [config] + architecture.layouts.map(\.config)
    let canonical = architecture.hyperparameterNames
    for (name, json) in request.overrides {
      if config.keys.contains(where: { $0.name == name }) {
        keys.append((name, json))
      } else if canonical.contains(name), let value = Hyperparameter(json) {
        // A canonical name counts more than a key of the same name in another framework's configuration.
        values.append((name, value))
      } else if let key = dialects.lazy.flatMap(\.keys).first(where: { $0.name == name }) {
        values += try key.meaning(of: json, file: "--set").map { ($0.key, $0.value) }
      } else {
        let known = Set(dialects.flatMap(\.keys).map(\.name)).union(canonical)
        let nearest = NearestName.of(name, among: known.sorted()).map { "did you mean \($0)?" }
        throw LayoutError(
          .unmapped, "--set \(name): a \(architecture.name) model has no such hyper-parameter",
          details: [nearest ?? "it has " + known.sorted().joined(separator: ", ")])
      }
    }
    return (keys, values)
  }
}

extension ConfigDialect {
  /// Sets what the code fixes for models with certain parts.
  func imply(_ values: inout Hyperparameters) {
    for part in values.parts.sorted() {
      for (name, value) in impliedByPart[part] ?? [:] {
        guard values.entries[name]?.isBorrowed ?? true else { continue }
        values.set(name, value, origin: "fixed in the code that reads \(fileName), for a \(part) model")
      }
    }
  }

  /// What the code fixes and what it takes for absent keys, when there is no file.
  func impliedValues() -> Hyperparameters {
    var values = Hyperparameters()
    for (name, value) in implied { values.set(name, value, origin: "fixed in the code that reads \(fileName)") }
    return values
  }
}

extension Hyperparameters {
  fileprivate mutating func relabel(origin old: String, to new: String) {
    for (name, entry) in entries where entry.origin == old { set(name, entry.value, origin: new) }
  }
}

extension Architecture {
  /// The canonical names of everything that the forward pass depends on.
  static var hyperparameterNames: Set<String> {
    var names: Set<String> = []
    for layout in layouts {
      names.formUnion(layout.config.implied.keys)
      for key in layout.config.keys {
        if !key.canonical.isEmpty { names.insert(key.canonical) }
        switch key.kind {
        case .words(let words), .kerasFunction(let words), .firstWord(let words), .modelType(let words):
          names.formUnion(words.flatMap(\.meaning.keys))
        default: break
        }
      }
    }
    return names
  }

  /// Those of them that decide what is computed; the others choose ids, name the model class or say what a file stores.
  public static var functionNames: Set<String> {
    hyperparameterNames.subtracting(absences).filter { $0 != "task" && !$0.hasSuffix("_token_id") }
  }
}
