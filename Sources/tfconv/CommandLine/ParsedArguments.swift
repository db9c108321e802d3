/// The arguments of one command after parsing: checked against its table and ready to be asked for by name.
///
/// Asking for a name that the command's table does not declare is a programmer error and traps.
struct ParsedArguments: Sendable {
  let spec: CommandSpec
  /// The values given for each long option name, in order; an empty string for a flag.
  private let values: [String: [String]]
  private let positionals: [String: String]

  init(spec: CommandSpec, values: [String: [String]], positionals: [String: String]) {
    self.spec = spec
    self.values = values
    self.positionals = positionals
  }

  /// The positional called `name` in the table, or nil if it was left out.
  func positional(_ name: String) -> String? {
    precondition(spec.positionals.contains { $0.name == name }, "\(spec.name) declares no argument \(name)")
    return positionals[name]
  }

  /// The value of a positional that the table requires.
  func required(_ name: String) -> String {
    guard let value = positional(name) else { preconditionFailure("\(name) of \(spec.name) may be left out") }
    return value
  }

  /// Whether the option was given on the command line.
  func isGiven(_ name: String) -> Bool {
    declared(name)
    return values[name] != nil
  }

  /// Whether the flag was given.
  func flag(_ name: String) -> Bool { isGiven(name) }

  /// Every value of the option in the order given, or its default, or nothing.
  func all(_ name: String) -> [String] {
    let option = declared(name)
    if let given = values[name] { return given }
    if case .value(let fallback) = option.fallback { return [fallback] }
    return []
  }

  /// The value of the option, or its default, or nil.
  func string(_ name: String) -> String? { all(name).last }

  /// The value of a whole-number option, of a size in bytes, or nil.
  func int(_ name: String) -> Int? { string(name).flatMap { Int($0) } }

  /// The value of a number option, or nil.
  func double(_ name: String) -> Double? { string(name).flatMap { Double($0) } }

  /// The words of a comma-separated option, or nil.
  func list(_ name: String) -> [String]? { string(name)?.splitAtCommas() }

  /// The numbers of a comma-separated option, or nil.
  func ints(_ name: String) -> [Int]? { list(name)?.compactMap { Int($0) } }

  /// The pairs of a `KEY=VALUE` option, split at the first `=`.
  func pairs(_ name: String) -> [(key: String, value: String)] {
    all(name).compactMap { text in
      text.firstIndex(of: "=").map { (String(text[..<$0]), String(text[text.index(after: $0)...])) }
    }
  }

  @discardableResult
  private func declared(_ name: String) -> OptionSpec {
    guard let option = spec.options.first(where: { $0.long == name }) else {
      preconditionFailure("\(spec.name) declares no option --\(name)")
    }
    return option
  }
}
