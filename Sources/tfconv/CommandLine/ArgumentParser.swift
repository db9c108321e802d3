import Architectures

/// Parses the words after a command's name against the command's table.
///
/// Understood are `--option value`, `--option=value`, `-o value`, `-o=value`, `--` before words that begin with a dash,
/// `-` as an argument, and negative numbers as values. Any other word that begins with a dash is an option, never the
/// value of the option before it.
struct ArgumentParser {
  private let spec: CommandSpec
  private var values: [String: [String]] = [:]
  private var positionals: [String: String] = [:]

  private init(spec: CommandSpec) {
    self.spec = spec
  }

  /// Parses `words`.
  ///
  /// - Parameters:
  ///   - words: what was typed after the command's name.
  ///   - spec: the command's table.
  /// - Returns: the checked arguments.
  /// - Throws: a failure with exit code 2 and one sentence on the first word that is not understood.
  static func parse(_ words: [String], for spec: CommandSpec) throws(CommandFailure) -> ParsedArguments {
    var parser = ArgumentParser(spec: spec)
    try parser.read(words)
    return try parser.result()
  }

  /// Whether a word that begins with a dash is nevertheless a value: `-` alone or a negative number.
  static func isValue(_ word: String) -> Bool {
    guard word.hasPrefix("-"), word != "-" else { return true }
    return word.dropFirst().first.map { $0.isASCIIDigit || $0 == "." } == true && Double(word) != nil
  }

  private mutating func read(_ words: [String]) throws(CommandFailure) {
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        for word in rest { try addPositional(word) }
        return
      }
      if Self.isValue(word) {
        try addPositional(word)
      } else {
        try readOption(word, &rest)
      }
    }
  }

  private mutating func readOption(_ word: String, _ rest: inout ArraySlice<String>) throws(CommandFailure) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    let joined = parts.count > 1 ? parts[1] : nil
    let option = try declaredOption(name)
    switch option.argument {
    case .none:
      guard joined == nil else { throw usage("\(name) takes no value") }
      values[option.long] = [""]
    case .required(let placeholder):
      if let joined {
        try add(joined, to: option, as: name)
      } else if let next = rest.first, Self.isValue(next) {
        rest.removeFirst()
        try add(next, to: option, as: name)
      } else {
        let found = rest.first.map { ", but \(quoted($0)) follows" } ?? ""
        let remedy = rest.isEmpty ? "" : "; for a value that begins with a dash write \(name)=\(placeholder)"
        throw usage("\(name) needs a value \(placeholder)\(found)\(remedy)")
      }
    case .optional(_, let implied):
      try add(joined ?? implied, to: option, as: name)
    }
  }

  private func declaredOption(_ name: String) throws(CommandFailure) -> OptionSpec {
    if name.hasPrefix("--") {
      if let option = spec.option(named: String(name.dropFirst(2))) { return option }
    } else if name.count == 2, let letter = name.last, let option = spec.option(short: letter) {
      return option
    }
    let bare = String(name.drop { $0 == "-" })
    let names = spec.options.flatMap { [$0.long] + $0.aliases } + ["help"]
    throw usage("unknown option \(quoted(name))" + suggestion(bare, names) { "--\($0)" })
  }

  private mutating func add(_ text: String, to option: OptionSpec, as name: String) throws(CommandFailure) {
    let value = try accepted(text, option.kind, what: name)
    if let earlier = values[option.long]?.first, !option.isRepeatable {
      throw usage("\(name) is given twice, as \(quoted(earlier)) and as \(quoted(value))")
    }
    values[option.long, default: []].append(value)
  }

  private mutating func addPositional(_ word: String) throws(CommandFailure) {
    guard let position = spec.positionals.first(where: { positionals[$0.name] == nil }) else {
      let expected = spec.positionals.map(\.name).joined(separator: " ")
      throw usage(
        "one argument too many: \(quoted(word))" + (expected.isEmpty ? "" : "; \(spec.name) takes \(expected)"))
    }
    positionals[position.name] = try accepted(word, position.kind, what: position.name)
  }

  private func accepted(_ text: String, _ kind: ValueKind, what: String) throws(CommandFailure) -> String {
    if let value = kind.accepted(text) { return value }
    var message = "\(what) expects \(kind.expectation), not \(quoted(text))"
    if case .choice(let values) = kind { message += suggestion(text, values) { $0 } }
    throw usage(message)
  }

  private func result() throws(CommandFailure) -> ParsedArguments {
    if let missing = spec.positionals.first(where: { $0.arity == .one && positionals[$0.name] == nil }) {
      throw usage("\(missing.name) is missing: \(missing.summary)")
    }
    if let missing = spec.options.first(where: { $0.isRequired && values[$0.long] == nil }) {
      throw usage("\(missing.usage) is missing: \(missing.summary)")
    }
    for group in spec.exclusive {
      let given = group.filter { values[$0] != nil }
      if given.count > 1 { throw usage("--\(given[0]) and --\(given[1]) exclude each other") }
    }
    let arguments = ParsedArguments(spec: spec, values: values, positionals: positionals)
    if let sentence = spec.check(arguments) { throw usage(sentence) }
    return arguments
  }

  private func usage(_ message: String) -> CommandFailure {
    .usage(message, command: spec.name)
  }

  private func suggestion(_ word: String, _ candidates: [String], _ show: (String) -> String) -> String {
    NearestName.of(word, among: candidates).map { ", did you mean \(show($0))?" } ?? ""
  }
}

/// `text` between single quotes, as messages show what was typed.
func quoted(_ text: String) -> String { "'\(text)'" }
