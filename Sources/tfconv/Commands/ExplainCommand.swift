import Architectures
import StrictJSON
import TensorData

/// `tfconv explain`: what a tensor of that name is, and its name and axes in every layout.
enum ExplainCommand: Command {
  // swift-format-ignore
  static let spec = CommandSpec(
    name: "explain",
    summary: "say what a tensor name means, in every layout",
    discussion: [
      "Looks the name up in the tables of all layouts, says which parameter of the common graph it holds, and lists the name, the axes and the rearrangement of the same parameter in every other layout."
    ],
    positionals: [PositionalSpec(name: "NAME", kind: .text, summary: "a tensor name, such as h.3.attn.c_attn.weight")],
    options: [.json] + .general,
    examples: [CommandSpec.Example(command: "tfconv explain h.3.attn.c_attn.weight", summary: "a fused tensor of GPT-2")],
    exitCodes: [.success, .usage, .cannotConvert])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let name = arguments.required("NAME")
    let meanings = TensorMeaning.all(of: name)
    guard !meanings.isEmpty else {
      let near = NearestName.of(TensorMeaning.numberless(name), among: TensorMeaning.knownNames)
      throw CommandFailure(
        status: .cannotConvert, message: "no layout has a tensor \(name)",
        hint: near.map { "the nearest name is \($0)" } ?? "tfconv layouts lists the layouts")
    }
    if arguments.flag("json") {
      console.print(json(name, meanings).text(indent: 2))
      return .success
    }
    for group in grouped(meanings) { console.write(text(name, group)) }
    return .success
  }

  /// Meanings that say the same of one architecture, whatever the layouts in which the name stands.
  private static func grouped(_ meanings: [TensorMeaning]) -> [[TensorMeaning]] {
    var groups: [[TensorMeaning]] = []
    for meaning in meanings {
      if let index = groups.firstIndex(where: { $0[0].isSame(as: meaning) }) {
        groups[index].append(meaning)
      } else {
        groups.append([meaning])
      }
    }
    return groups
  }

  private static func text(_ name: String, _ group: [TensorMeaning]) -> String {
    let meaning = group[0]
    let layouts = group.map { "\($0.architecture.name).\($0.layout.name)" }.joined(separator: ", ")
    var lines = ["\(name.escapingControlCharacters())   in \(layouts)"]
    if let reason = meaning.reason {
      lines.append("  \(reason); no parameter of the common graph needs it")
      return lines.joined(separator: "\n") + "\n\n"
    }
    for parameter in meaning.parameters {
      let fixed =
        parameter.row.at.isEmpty
        ? "" : "   part " + parameter.row.at.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      lines.append(
        "  \(parameter.name)   axes \(parameter.axes.joined(separator: " "))   stored (\(parameter.row.axes))\(fixed)")
    }
    lines.append("")
    var table = TextTable([
      .init(title: "layout"), .init(title: "name"), .init(title: "axes"), .init(title: "from this name"),
    ])
    for spelling in meaning.spellings {
      table.append([spelling.layout, spelling.name, spelling.axes, spelling.recipe])
    }
    lines += table.text().split(separator: "\n").map { "  \($0)" }
    return lines.joined(separator: "\n") + "\n\n"
  }

  private static func json(_ name: String, _ meanings: [TensorMeaning]) -> JSONValue {
    [
      "schema": "tfconv.explain/1", "tool": ["name": "tfconv", "version": .string(tfconvVersion)], "exit_code": 0,
      "name": .string(name),
      "meanings": .array(
        meanings.map { meaning in
          [
            "layout": .string("\(meaning.architecture.name).\(meaning.layout.name)"),
            "reason": meaning.reason.map { .string($0) } ?? .null,
            "parameters": .array(
              meaning.parameters.map { ["name": .string($0.name), "axes": .string($0.axes.joined(separator: " "))] }),
            "spellings": .array(
              meaning.spellings.map { spelling in
                [
                  "layout": .string(spelling.layout), "name": .string(spelling.name), "axes": .string(spelling.axes),
                  "recipe": .string(spelling.recipe),
                ]
              }),
          ]
        }),
    ]
  }
}
