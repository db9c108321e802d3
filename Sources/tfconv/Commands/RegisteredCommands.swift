/// Every command of `tfconv`, in the order in which help lists them.
let registeredCommands: [any Command.Type] = [
  InspectCommand.self,
  ConvertCommand.self,
  VerifyCommand.self,
  DiffCommand.self,
  GoldenCommand.self,
  RunCommand.self,
  BenchCommand.self,
  HashCommand.self,
  SchemaCommand.self,
  LayoutsCommand.self,
  ExplainCommand.self,
  CompletionsCommand.self,
  HelpCommand.self,
]

/// Commands that scripts of this repository call, and that help, completions and the reference leave out.
let unlistedCommands: [any Command.Type] = [FuzzModelsCommand.self]
