/// The declaration of one command: the one table from which parsing, help, completions and the reference are made.
struct CommandSpec: Sendable {
  /// A line of the help's example section.
  struct Example: Sendable {
    /// The command as it is typed, without a prompt.
    let command: String
    /// What it does, in a few words.
    let summary: String
  }

  /// The word that selects the command.
  let name: String
  /// One line without a full stop, for the list of commands.
  let summary: String
  /// What follows the command's name on the usage lines; made from the positionals if empty.
  var usages: [String] = []
  /// Paragraphs that explain the command.
  let discussion: [String]
  var positionals: [PositionalSpec] = []
  var options: [OptionSpec] = []
  /// Groups of long option names of which only one may be given.
  var exclusive: [[String]] = []
  var examples: [Example] = []
  /// The exit codes that the command can end with, apart from being interrupted.
  let exitCodes: [ExitStatus]
  /// Rules between arguments that the tables cannot say; returns a sentence if one is broken.
  var check: @Sendable (ParsedArguments) -> String? = { _ in nil }

  /// The option with the long name or alias `name` (without dashes), or nil.
  func option(named name: String) -> OptionSpec? {
    options.first { $0.long == name || $0.aliases.contains(name) }
  }

  /// The option with the one-letter name `letter`, or nil.
  func option(short letter: Character) -> OptionSpec? {
    options.first { $0.short == letter }
  }
}

/// The declaration of one argument that stands without an option's name.
struct PositionalSpec: Sendable {
  /// How many words the argument takes.
  enum Arity: Sendable {
    case one
    case optional
  }

  /// The placeholder in usage lines, and the name by which its value is asked for.
  let name: String
  var arity: Arity = .one
  var kind: ValueKind = .file
  let summary: String

  /// The placeholder, in brackets if the argument may be left out.
  var usage: String { arity == .one ? name : "[\(name)]" }
}
