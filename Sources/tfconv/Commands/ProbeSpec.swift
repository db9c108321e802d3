// swift-format-ignore-file
import Architectures

/// The rows of the table of `tfconv verify` that concern synthetic models and injected faults.
extension CommandSpec {
  static let probeDiscussion = [
    "With --probe, synthetic models whose sizes are pairwise different are written in one layout, converted to another and back, and run: this proves the mapping without a checkpoint. With --all every pair of layouts is probed, of one architecture or of all.",
    "With --mutate, faults are injected into the model one at a time (tensors swapped or transposed, q and k exchanged, heads interleaved, another activation or epsilon ...), and the gate is asked about each: the exit code is 0 only if every fault that can be seen is caught.",
  ]

  static let probeOptions: [OptionSpec] = [
    .flag("probe", "prove the mapping between layouts on synthetic models"),
    .value("arch", "NAME", .text, "the architecture that --probe probes: \(ArchitectureRegistry.all.map { $0.name }.joined(separator: ", "))"),
    .flag("all", "probe every pair of layouts"),
    .flag("mutate", "inject faults and count those that the gate catches"),
    .value("faults", "N", .integer(1...Int.max), "at most N faults of each kind", fallback: .value("8")),
    .flag("table", "with --mutate: how far typical bugs move the outputs, and what fixed tolerances say, as Markdown"),
    .value("campaign", "N:M", .text, "with --probe: N honest conversions through files and M injected faults, over all layouts"),
  ]

  static let probeExclusions = [
    ["probe", "mutate"], ["probe", "golden"], ["mutate", "golden"], ["probe", "weights-only"], ["mutate", "weights-only"],
    ["probe", "inputs"], ["probe", "save-inputs"], ["mutate", "save-inputs"], ["campaign", "all"], ["campaign", "arch"], ["table", "json"], ["table", "faults"], ["table", "atol"], ["table", "rtol"], ["probe", "atol"], ["probe", "rtol"],
    ["probe", "baseline"], ["mutate", "baseline"], ["probe", "junit"], ["mutate", "junit"], ["probe", "sarif"],
    ["mutate", "sarif"], ["probe", "markdown"], ["mutate", "markdown"], ["probe", "allow-nonfinite"],
    ["mutate", "allow-nonfinite"],
  ]

  /// What is wrong with the options of a probe or a mutation check, or nil.
  static func probeComplaint(_ arguments: ParsedArguments) -> String? {
    if arguments.flag("mutate") {
      if let stray = ["arch", "all", "campaign"].first(where: arguments.isGiven) { return "--\(stray) belongs to --probe" }
      if arguments.flag("table"), arguments.positional("B") != nil { return "--table takes one model" }
      return arguments.positional("A") == nil ? "the model is missing: tfconv verify MODEL --mutate" : nil
    }
    if let stray = ["faults", "table"].first(where: arguments.isGiven) { return "--\(stray) belongs to --mutate" }
    if arguments.positional("A") != nil { return "--probe makes its own models; no model can be given" }
    if let campaign = arguments.string("campaign") {
      return ProbeCommand.counts(campaign) == nil ? "--campaign \(campaign): expected N:M, two whole numbers" : nil
    }
    if arguments.flag("all") {
      return arguments.isGiven("from") || arguments.isGiven("to") ? "--all probes every pair; leave --from and --to out" : nil
    }
    if !arguments.isGiven("arch") { return "--probe needs --arch NAME with --from and --to, or --all" }
    return arguments.isGiven("from") && arguments.isGiven("to") ? nil : "--probe --arch needs --from LAYOUT and --to LAYOUT, or --all"
  }

  /// An option of --probe or --mutate without either, or nil.
  static func strayProbeOption(_ arguments: ParsedArguments) -> String? {
    ["arch", "all", "campaign"].first(where: arguments.isGiven).map { "--\($0) belongs to --probe" }
      ?? ["faults", "table"].first(where: arguments.isGiven).map { "--\($0) belongs to --mutate" }
  }
}
