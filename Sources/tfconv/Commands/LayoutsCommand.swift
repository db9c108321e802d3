import Architectures
import StrictJSON
import TensorData

/// `tfconv layouts`: every layout that is known, or one as the text that `--map` reads.
enum LayoutsCommand: Command {
  // swift-format-ignore
  static let spec = CommandSpec(
    name: "layouts",
    summary: "list the layouts, or print one as text",
    usages: ["[--markdown | --json]", "show ARCHITECTURE.LAYOUT"],
    discussion: [
      "A layout is the table of names and axis orders in which one framework stores one architecture. The list says for each which parameters it has no place for: converting to such a layout loses them and needs --allow-lossy.",
      "The text of one layout, edited, is what --map FILE of the other commands reads: rows of the text replace or extend the known ones, and a layout of a new name is added.",
    ],
    positionals: [
      PositionalSpec(name: "ACTION", arity: .optional, kind: .text, summary: "show prints one layout"),
      PositionalSpec(name: "LAYOUT", arity: .optional, kind: .text, summary: "the layout to print, such as bert.tf1"),
    ],
    options: [
      .flag("markdown", "print every table as Markdown, as docs/LAYOUTS.md holds them"),
      .json,
    ] + .general,
    exclusive: [["markdown", "json"]],
    examples: [
      CommandSpec.Example(command: "tfconv layouts", summary: "what there is"),
      CommandSpec.Example(command: "tfconv layouts show bert.tf1 > mine.txt", summary: "a table to edit"),
    ],
    exitCodes: [.success, .usage],
    check: { arguments in
      guard let action = arguments.positional("ACTION") else { return nil }
      if action != "show" { return "there is no action \(action), only show" }
      return arguments.positional("LAYOUT") == nil ? "show needs a layout, such as bert.tf1" : nil
    })

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    if let name = arguments.positional("LAYOUT") {
      let (architecture, layout) = try find(name)
      console.write(layout.text(architecture))
    } else if arguments.flag("markdown") {
      console.write(LayoutsMarkdown.text)
    } else if arguments.flag("json") {
      console.print(json.text(indent: 2))
    } else {
      console.write(list)
    }
    return .success
  }

  private static func find(_ name: String) throws(CommandFailure) -> (any Architecture.Type, Layout) {
    for architecture in ArchitectureRegistry.all {
      for layout in architecture.layouts where "\(architecture.name).\(layout.name)" == name {
        return (architecture, layout)
      }
    }
    let names = ArchitectureRegistry.all.flatMap { type in type.layouts.map { "\(type.name).\($0.name)" } }
    let near = NearestName.of(name, among: names).map { ", did you mean \($0)?" } ?? ""
    throw .usage("there is no layout \(name)\(near)", command: "layouts")
  }

  private static var list: String {
    var table = TextTable([
      .init(title: "layout"), .init(title: "rows", alignment: .right), .init(title: "configuration"),
      .init(title: "tied head"), .init(title: "has no place for"), .init(title: "source"),
    ])
    for architecture in ArchitectureRegistry.all {
      for layout in architecture.layouts {
        let lost = layout.lost(architecture)
        table.append([
          "\(architecture.name).\(layout.name)", "\(layout.rows.count)", layout.config.fileName, layout.tied.rawValue,
          lost.isEmpty ? "-" : lost.joined(separator: ", "), layout.source,
        ])
      }
    }
    return table.text()
  }

  private static var json: JSONValue {
    var layouts: [JSONValue] = []
    for architecture in ArchitectureRegistry.all {
      for layout in architecture.layouts {
        layouts.append([
          "name": .string("\(architecture.name).\(layout.name)"), "source": .string(layout.source),
          "configuration": .string(layout.config.fileName), "tied": .string(layout.tied.rawValue),
          "lost": .array(layout.lost(architecture).map { .string($0) }),
          "rows": .array(
            layout.rows.map { row in
              [
                "parameter": .string(row.canonical.description),
                "names": .array(row.names.map { .string($0.description) }), "axes": .string(row.axes.description),
              ]
            }),
        ])
      }
    }
    return [
      "schema": "tfconv.layouts/1", "tool": ["name": "tfconv", "version": .string(tfconvVersion)], "exit_code": 0,
      "layouts": .array(layouts),
    ]
  }
}

extension Layout {
  /// The parts of a model of which some parameter has no row, or that parameter if it is of no part; tied ones aside.
  func lost(_ architecture: any Architecture.Type) -> [String] {
    var lost: [String] = []
    for parameter in architecture.parameters where parameter.tiedTo == nil {
      guard !rows.contains(where: { $0.canonical == parameter.name }) else { continue }
      let what = parameter.part ?? parameter.name.description
      if !lost.contains(what) { lost.append(what) }
    }
    return lost
  }
}
