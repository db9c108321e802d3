/// A command of `tfconv`: its table, and what it does.
protocol Command: SendableMetatype {
  /// The table from which the command line is parsed and help is made.
  static var spec: CommandSpec { get }

  /// Does the work; results go to the console's standard output.
  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus
}
