import Architectures
import Synchronization
import WeightFiles

/// Runs the command that the words ask for and turns every error into its message and exit code.
struct Dispatch {
  let commands: [any Command.Type]
  let console: Console

  /// Runs `words`, the command line without the program's name.
  ///
  /// - Parameter words: what was typed.
  /// - Returns: the exit code; everything is printed and flushed by then.
  func run(_ words: [String]) -> ExitStatus {
    let options = words.prefix { $0 != "--" }
    console.configure(isQuiet: options.contains("--quiet"), noColor: options.contains("--no-color"))
    MappingFaults.reportJSON(asksForJSON(words))
    var status: ExitStatus
    do {
      status = try execute(words)
      try MappedRegions.requireUnchanged()
    } catch {
      let failure = CommandFailure(error)
      status = failure.status
      console.writeError(failure.text(color: console.usesColor))
      if asksForJSON(words) { console.print(failure.json) }
    }
    do throws(CommandFailure) {
      try console.finish()
    } catch {
      console.writeError(error.text(color: console.usesColor))
      if status == .success { status = error.status }
    }
    return status
  }

  /// Runs the words of C's `argv`.
  ///
  /// A word that is not UTF-8 is refused: Swift's strings would replace its bytes, and a path would lead nowhere.
  func run(arguments: UnsafeBufferPointer<UnsafeMutablePointer<CChar>?>) -> ExitStatus {
    let words = arguments.dropFirst().compactMap { $0 }
    if let wrong = words.firstIndex(where: { String(validatingCString: $0) == nil }) {
      let failure = CommandFailure(
        status: .usage, message: "argument \(wrong + 1) is not UTF-8: \(quoted(String(cString: words[wrong])))",
        hint: "give the file a name in UTF-8, for example through a symbolic link")
      console.writeError(failure.text(color: console.usesColor))
      return failure.status
    }
    return run(words.map { String(cString: $0) })
  }

  private func execute(_ words: [String]) throws -> ExitStatus {
    guard let first = words.first else {
      console.writeError(HelpText(width: console.errorTerminal.width).program(commands.map { $0.spec }))
      return .usage
    }
    switch first {
    case "--help", "-h":
      console.write(HelpText(width: console.outputTerminal.width).program(commands.map { $0.spec }))
      return .success
    case "--version":
      console.print("tfconv \(tfconvVersion)")
      return .success
    default:
      if first.hasPrefix("-") {
        throw CommandFailure.usage("\(quoted(first)) stands before the command; options follow the command's name")
      }
    }
    let command = try command(named: first)
    let rest = Array(words.dropFirst())
    if rest.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
      console.write(HelpText(width: console.outputTerminal.width).command(command.spec))
      return .success
    }
    return try command.run(ArgumentParser.parse(rest, for: command.spec), console)
  }

  private func command(named name: String) throws(CommandFailure) -> any Command.Type {
    if let command = (commands + unlistedCommands).first(where: { $0.spec.name == name }) { return command }
    throw .unknownCommand(name, among: commands.map { $0.spec })
  }

  /// Whether the words ask for a report as JSON, also where they could not be parsed.
  private func asksForJSON(_ words: [String]) -> Bool {
    guard let spec = commands.first(where: { $0.spec.name == words.first })?.spec else { return false }
    let options = words.prefix { $0 != "--" }.map { $0.lowercased() }
    if spec.option(named: "json") != nil, options.contains("--json") { return true }
    guard spec.option(named: "format") != nil else { return false }
    return options.contains("--format=json")
      || zip(options, options.dropFirst()).contains { $0 == "--format" && $1 == "json" }
  }
}

extension CommandFailure {
  /// The failure for a command that does not exist.
  static func unknownCommand(_ name: String, among commands: [CommandSpec]) -> CommandFailure {
    let suggestion = NearestName.of(name, among: commands.map(\.name))
    return .usage("unknown command \(quoted(name))" + (suggestion.map { ", did you mean \($0)?" } ?? ""))
  }
}
