import Architectures
import ParityChecks
import StrictJSON
import WeightFiles

/// `tfconv verify --probe`: the mapping between layouts proved on synthetic models.
enum ProbeCommand {
  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let seed = UInt64(arguments.int("seed") ?? 1)
    if let text = arguments.string("campaign"), let counts = counts(text) {
      return try CampaignCommand.run(counts.honest, counts.faults, seed: seed, arguments, console)
    }
    var reports: [ProbeReport] = []
    for (architecture, pairs) in try selection(arguments) {
      reports += try MappingProbe.run(architecture, pairs: pairs, seed: seed, threads: arguments.int("threads"))
    }
    let text = ProbeText(reports, seed: seed)
    console.write(arguments.flag("json") ? text.json.text(indent: 2) + "\n" : text.text)
    return text.status
  }

  /// The two numbers of `N:M`, or nil.
  static func counts(_ text: String) -> (honest: Int, faults: Int)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let honest = parts[0], let faults = parts[1], honest >= 0, faults >= 0 else { return nil }
    return (honest, faults)
  }

  private typealias Selection = [(any Architecture.Type, [(from: Layout, to: Layout)])]

  private static func selection(_ arguments: ParsedArguments) throws -> Selection {
    var architectures = ArchitectureRegistry.all
    if let name = arguments.string("arch") {
      guard let named = ArchitectureRegistry.named(name) else {
        throw unknown("architecture", name, architectures.map { $0.name }, option: "arch")
      }
      architectures = [named]
    }
    if arguments.flag("all") { return architectures.map { ($0, MappingProbe.pairs(of: $0)) } }
    return try architectures.map { architecture in
      let layouts = try ["from", "to"].map { option in
        let text = arguments.string(option) ?? ""
        // The layout of FORMAT:LAYOUT; there is no file, so a bare word is a layout.
        let name = text.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init) ?? text
        guard let layout = architecture.layout(named: name) else {
          throw unknown("layout", name, architecture.layouts.map(\.name), option: option)
        }
        return layout
      }
      return (architecture, [(layouts[0], layouts[1])])
    }
  }

  private static func unknown(_ kind: String, _ name: String, _ known: [String], option: String) -> CommandFailure {
    let near = NearestName.of(name, among: known).map { "; did you mean \($0)?" } ?? ""
    return .usage("--\(option) \(name): there is no such \(kind), only \(known.joined(separator: ", "))\(near)")
  }
}
