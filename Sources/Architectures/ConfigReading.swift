public import StrictJSON

extension ConfigDialect {
  /// Reads a configuration into canonical hyper-parameters.
  ///
  /// - Parameters:
  ///   - whole: the file's members.
  ///   - file: the file's name, for origins and errors.
  ///   - allowed: keys that may be ignored although they are not understood.
  ///   - passesOver: whether what is not understood is left out, so that the rest can be looked at.
  /// - Returns: every value that the file or, for absent keys, the framework gives, and what a user should know.
  /// - Throws: if a key is not understood, or two contradict each other.
  public func read(
    _ whole: JSONObject, file: String, allowed: Set<String> = [], passesOver: Bool = false
  ) throws(LayoutError) -> Hyperparameters {
    let object = members(of: whole)
    var values = Hyperparameters()
    for (name, value) in implied { values.set(name, value, origin: "fixed in the code that reads \(fileName)") }
    for key in keys where object[key.name] == nil || object[key.name] == .null {
      guard let fallback = fallback(of: key, in: object) else { continue }
      for (name, value) in try key.meaning(of: fallback, file: file) {
        values.set(name, value, origin: "default for \(file) without \(key.name)")
      }
    }
    var stated: [String: String] = [:]
    for key in keys {
      guard let json = object[key.name], json != .null else { continue }
      do throws(LayoutError) {
        try values.take(key.meaning(of: json, file: file), of: key, file: file, stated: &stated)
      } catch {
        guard passesOver else { throw error }
        values.unread.formUnion(key.names)
      }
    }
    if let extras = whole[ConfigDialect.extras]?.object {
      for member in extras.members {
        guard let value = Hyperparameter(member.value) else {
          throw LayoutError(
            .contradiction,
            "\(file): \(ConfigDialect.extras).\(member.key) is \(member.value.text()), expected a number, a truth value or a text"
          )
        }
        values.set(member.key, value, origin: "\(file): \(ConfigDialect.extras).\(member.key)")
      }
    }
    values.notes += try judgeOtherKeys(object, file: file, allowed: allowed, passesOver: passesOver)
    return values
  }

  /// Judges the keys that have no row.
  ///
  /// - Returns: what a user should know: the keys that nobody looks at, and that the model brings code of its own.
  /// - Throws: if there are keys that may change what is computed.
  private func judgeOtherKeys(
    _ object: JSONObject, file: String, allowed: Set<String>, passesOver: Bool
  ) throws(LayoutError) -> [String] {
    guard let irrelevant else { return [] }
    let harmless = Set(keys.map(\.name)).union(irrelevant).union(allowed).union([ConfigDialect.extras])
    let others = object.members.filter { !harmless.contains($0.key) }
    let ownCode = object["auto_map"].map { !$0.saysNothing } ?? false
    let strangers = others.filter { known?.contains($0.key) == false }
    let stopping = others.filter { member in
      !member.value.saysNothing && (ownCode || !strangers.contains { $0.key == member.key })
    }
    guard passesOver || stopping.isEmpty else {
      let reason = ownCode ? "; auto_map names code that the model brings along, and that code may know them" : ""
      throw LayoutError(
        .unmapped, "\(file) has keys that are not understood; they may change what the model computes\(reason)",
        details: stopping.map { "\($0.key) = \($0.value.text())" },
        hint: "if they do not matter: " + stopping.map { "--allow-config \($0.key)" }.joined(separator: " "))
    }
    var notes: [String] = []
    if ownCode {
      notes.append(
        "\(file): auto_map names code that the model brings along; what is computed here is what transformers' class of "
          + "that model type computes")
    }
    let carried = strangers.map(\.key).filter { key in !stopping.contains { $0.key == key } }
    if !carried.isEmpty {
      notes.append(
        "\(file) has \(carried.count == 1 ? "a key" : "\(carried.count) keys") that no version of the code which reads it "
          + "knows; nothing depends on \(carried.count == 1 ? "it, and it is" : "them, and they are") carried along: "
          + carried.joined(separator: ", "))
    }
    return notes
  }
}

extension Hyperparameters {
  /// Takes what one key of a configuration says.
  ///
  /// - Parameters:
  ///   - meaning: the canonical values that it gives.
  ///   - key: the key.
  ///   - file: the file's name.
  ///   - stated: which key has stated which value so far.
  /// - Throws: if another key has given another value.
  fileprivate mutating func take(
    _ meaning: [String: Hyperparameter], of key: ConfigKey, file: String, stated: inout [String: String]
  ) throws(LayoutError) {
    for (name, value) in meaning {
      if let other = stated[name], self[name] != value, !key.overrules {
        throw LayoutError(
          .contradiction, "\(file) contradicts itself: \(other) and \(key.name) give different values of \(name)")
      }
      stated[name] = key.name
      set(name, value, origin: "\(file): \(key.name)")
    }
  }
}

extension ConfigKey {
  /// The canonical names of what the key says.
  var names: Set<String> {
    switch kind {
    case .words(let words), .kerasFunction(let words), .firstWord(let words), .modelType(let words):
      Set(words.flatMap(\.meaning.keys))
    default: canonical.isEmpty ? [] : [canonical]
    }
  }

  /// The canonical values that a JSON value of this key stands for.
  func meaning(of json: JSONValue, file: String) throws(LayoutError) -> [String: Hyperparameter] {
    func wrong(_ expected: String) -> LayoutError {
      LayoutError(.contradiction, "\(file): \(name) is \(json.text()), expected \(expected)")
    }
    switch kind {
    case .int:
      guard let value = json.int else { throw wrong("a whole number") }
      return [canonical: .int(value)]
    case .token:
      if let list = json.array { return list.count == 1 ? try meaning(of: list[0], file: file) : [:] }
      guard let value = json.int else { throw wrong("a whole number") }
      return [canonical: .int(value)]
    case .double:
      guard let value = json.double else { throw wrong("a number") }
      guard value.isFinite else { throw wrong("a number that a double can hold") }
      return [canonical: .double(value)]
    case .bool:
      guard let value = json.bool else { throw wrong("true or false") }
      return [canonical: .bool(value)]
    case .words(let words):
      guard let found = words.first(where: { $0.word == json.string }) else {
        throw LayoutError(
          .unmapped, "\(file): \(name) = \(json.text()) is not known",
          details: ["known: " + words.map(\.word).joined(separator: ", ")],
          hint: "nothing stands in for it: with another value the model would compute something else")
      }
      return found.meaning
    case .kerasFunction(let words):
      if json.string != nil { return try ConfigKey(name, canonical, .words(words)).meaning(of: json, file: file) }
      return words.first { $0.word == json["config"]?.string }?.meaning ?? [:]
    case .firstWord(let words):
      guard let list = json.array else { throw wrong("a list") }
      return words.first { $0.word == list.first?.string }?.meaning ?? [:]
    case .modelType(let words):
      guard let found = words.first(where: { $0.word == json.string?.plainModelType }) else {
        return try ConfigKey(name, canonical, .must(words.map { .string($0.word) })).meaning(of: json, file: file)
      }
      return found.meaning
    case .labels:
      guard let object = json.object else { throw wrong("an object") }
      return [canonical: .int(object.members.count)]
    case .anything: return [:]
    case .must(let accepted):
      guard accepted.contains(json) else {
        throw LayoutError(
          .unmapped, "\(file): \(name) = \(json.text()) is not supported",
          details: ["supported: " + accepted.map { $0.text() }.joined(separator: ", ")],
          hint: "no conversion of such a model can be trusted yet; nothing stands in for this key")
      }
      return [:]
    }
  }
}

extension JSONValue {
  /// Whether the value switches nothing on: null, false, empty.
  var saysNothing: Bool {
    switch self {
    case .null, .bool(false), .string(""): true
    case .array(let items): items.isEmpty
    case .object(let object): object.members.isEmpty
    default: false
    }
  }
}

extension Hyperparameter {
  /// The hyper-parameter that a JSON number, truth value or string holds; nil for anything else, and for a number beyond
  /// the range of a double.
  public init?(_ json: JSONValue) {
    switch json {
    case .bool(let value): self = .bool(value)
    case .string(let value): self = .string(value)
    case .number(let number):
      guard number.double.isFinite else { return nil }
      self = number.int.map { .int($0) } ?? .double(number.double)
    default: return nil
    }
  }

  /// The value as JSON.
  public var json: JSONValue {
    switch self {
    case .int(let value): .number(JSONNumber(value))
    case .double(let value): .number(JSONNumber(value))
    case .bool(let value): .bool(value)
    case .string(let value): .string(value)
    }
  }

  /// Whether both are the same value; a whole number equals the same real number.
  public func means(_ other: Hyperparameter) -> Bool {
    switch (self, other) {
    case (.int(let a), .double(let b)), (.double(let b), .int(let a)): Double(a) == b
    default: self == other
    }
  }
}
