/// The declaration of one option: a row of a command's table.
struct OptionSpec: Sendable {
  /// The section of the help in which the option is listed.
  enum Group: String, Sendable, CaseIterable {
    case command = "Options"
    case model = "How the model is read"
    case general = "General options"
  }

  /// What follows the option's name.
  enum Argument: Sendable {
    case none
    case required(placeholder: String)
    /// `--name` alone means `--name=implied`; a value can only be joined with `=`.
    case optional(placeholder: String, implied: String)
  }

  /// What holds when the option is not given.
  enum Default: Sendable {
    case none
    /// A value that the parsed arguments then return.
    case value(String)
    /// A behaviour that help describes; the parsed arguments then return nil.
    case described(String)
  }

  let long: String
  let short: Character?
  /// Other long names that are understood but not listed.
  let aliases: [String]
  let argument: Argument
  let kind: ValueKind
  let isRepeatable: Bool
  let isRequired: Bool
  let fallback: Default
  let group: Group
  let summary: String

  /// A row for an option that takes no value.
  static func flag(
    _ long: String, _ summary: String, short: Character? = nil, aliases: [String] = [], group: Group = .command
  ) -> OptionSpec {
    OptionSpec(
      long: long, short: short, aliases: aliases, argument: .none, kind: .text, isRepeatable: false,
      isRequired: false, fallback: .none, group: group, summary: summary)
  }

  /// A row for an option with a value; with `implied`, the value may be left out and is then `implied`.
  static func value(
    _ long: String, _ placeholder: String, _ kind: ValueKind, _ summary: String, short: Character? = nil,
    aliases: [String] = [], implied: String? = nil, fallback: Default = .none, isRepeatable: Bool = false,
    isRequired: Bool = false, group: Group = .command
  ) -> OptionSpec {
    OptionSpec(
      long: long, short: short, aliases: aliases,
      argument: implied.map { .optional(placeholder: placeholder, implied: $0) } ?? .required(placeholder: placeholder),
      kind: kind, isRepeatable: isRepeatable, isRequired: isRequired, fallback: fallback, group: group,
      summary: summary)
  }

  /// The placeholder of the value, or nil if the option takes none.
  var placeholder: String? {
    switch argument {
    case .none: nil
    case .required(let placeholder), .optional(let placeholder, _): placeholder
    }
  }

  /// The option as help shows it: `-o, --output DST`, `--compress[=LEVEL]`.
  var usage: String {
    let names = (short.map { "-\($0), " } ?? "") + "--\(long)"
    return switch argument {
    case .none: names
    case .required(let placeholder): "\(names) \(placeholder)"
    case .optional(let placeholder, _): "\(names)[=\(placeholder)]"
    }
  }

  /// The summary with allowed values, repetition and default, as help and reference show it.
  var description: String {
    var remarks: [String] = []
    if case .choice(let values) = kind { remarks.append("one of " + values.joined(separator: ", ")) }
    if case .optional(_, let implied) = argument { remarks.append("without a value: \(implied)") }
    switch fallback {
    case .none: break
    case .value(let text), .described(let text): remarks.append("default: \(text)")
    }
    if isRequired { remarks.append("required") }
    if isRepeatable { remarks.append("repeatable") }
    return remarks.isEmpty ? summary : "\(summary) (\(remarks.joined(separator: "; ")))"
  }
}
