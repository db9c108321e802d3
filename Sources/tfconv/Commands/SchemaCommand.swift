import StrictJSON

/// `tfconv schema`: the JSON Schemas of the reports.
enum SchemaCommand: Command {
  // swift-format-ignore
  static let spec = CommandSpec(
    name: "schema",
    summary: "print the JSON Schema of a report",
    discussion: [
      "Prints a schema (draft 2020-12), or without NAME the list of them. A report says in its member schema which one it follows. Members may be added at any time; the number grows only when one changes its meaning or goes away.",
    ],
    positionals: [
      PositionalSpec(name: "NAME", arity: .optional, kind: .choice(ReportSchema.all.map(\.name)), summary: "the report")
    ],
    options: .general,
    examples: [
      CommandSpec.Example(command: "tfconv schema verify", summary: "the schema of verify --json")
    ],
    exitCodes: [.success, .usage])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    if let schema = arguments.positional("NAME").flatMap({ ReportSchema.named($0) }) {
      console.print(schema.json.text(indent: 2))
      return .success
    }
    var table = TextTable([.init(title: "name"), .init(title: "schema"), .init(title: "what it describes")])
    for schema in ReportSchema.all { table.append([schema.name, schema.identifier, schema.summary]) }
    console.write(table.text())
    return .success
  }
}
