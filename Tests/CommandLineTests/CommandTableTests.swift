import Testing

@testable import tfconv

/// Sweeps over the tables of all commands: mistakes that would otherwise show only when a user hits them.
@Suite struct CommandTableTests {
  @Test func namesAreUniqueWithinACommand() {
    for spec in everySpec {
      let names = spec.options.flatMap { [$0.long] + $0.aliases } + ["help"]
      #expect(Set(names).count == names.count, "\(spec.name)")
      let letters = spec.options.compactMap(\.short) + ["h"]
      #expect(Set(letters).count == letters.count, "\(spec.name)")
    }
    #expect(Set(everySpec.map(\.name)).count == everySpec.count)
  }

  @Test func summariesAreSentencesWithoutAFullStop() {
    for spec in everySpec {
      for summary in [spec.summary] + spec.options.map(\.summary) + spec.positionals.map(\.summary) {
        #expect(!summary.isEmpty && !summary.hasSuffix("."), "\(spec.name): \(summary)")
      }
    }
  }

  @Test func exclusiveOptionsAndDefaultsAreDeclared() {
    for spec in everySpec {
      for name in spec.exclusive.joined() { #expect(spec.options.contains { $0.long == name }, "\(spec.name) \(name)") }
      for option in spec.options {
        if case .value(let text) = option.fallback { #expect(option.kind.accepted(text) == text, "--\(option.long)") }
        if case .optional(_, let implied) = option.argument { #expect(option.kind.accepted(implied) == implied) }
      }
    }
  }

  @Test func everyExampleIsUnderstood() throws {
    for spec in everySpec {
      for example in spec.examples {
        let words = example.command.filter { $0 != "'" }.split(separator: " ").map(String.init)
        #expect(words.prefix(2) == ["tfconv", spec.name])
        #expect(throws: Never.self, "\(example.command)") {
          try ArgumentParser.parse(Array(words.dropFirst(2)), for: spec)
        }
      }
    }
  }

  @Test func everyCommandThatOpensAModelHasTheSharedOptions() {
    for spec in [CommandSpec.inspect, .convert, .verify, .run, .diff, .golden] {
      for name in ["from", "config", "set", "assume", "allow-config", "quiet", "no-color", "json"] {
        #expect(spec.option(named: name) != nil, "\(spec.name) --\(name)")
      }
    }
  }

  @Test(
    arguments: [
      (CommandSpec.verify, "a", "B is missing: give a second model, or --golden FILE"),
      (.verify, "a b --golden g.npz", "--golden compares one model with a file; two models were given"),
      (.verify, "a --golden g.npz --to npz", "--to says how B is read; there is no B with --golden"),
      (.run, "m", "there is nothing to run on: give --inputs FILE or --prompt-ids IDS"),
      (.run, "m --inputs f --sample", "--sample needs --generate N"),
      (.run, "m --inputs f --generate 3 --top-k 5", "--top-k has an effect only with --sample"),
      (.run, "m --inputs f --prompt-ids 1", "--inputs and --prompt-ids exclude each other"),
      (.convert, "a", "-o, --output DST is missing: the file or directory to write"),
      (.convert, "a -o b --copy-files --no-copy-files", "--copy-files and --no-copy-files exclude each other"),
      (.inspect, "m --json --format csv", "--format and --json exclude each other"),
    ] as [(CommandSpec, String, String)])
  func rulesBetweenArgumentsAreKept(spec: CommandSpec, line: String, expected: String) {
    let failure = #expect(throws: CommandFailure.self) {
      try ArgumentParser.parse(line.split(separator: " ").map(String.init), for: spec)
    }
    #expect(failure?.message == expected)
    #expect(failure?.status == .usage)
  }

  @Test func namesOfOtherToolsAreUnderstood() throws {
    let words = ["a", "-o", "b", "--outtype", "bf16", "--overwrite", "--split-max-size", "2GiB", "--compress"]
    let arguments = try ArgumentParser.parse(words, for: .convert)
    #expect(arguments.string("dtype") == "bf16")
    #expect(arguments.flag("force"))
    #expect(arguments.int("max-shard-size") == 2 << 30)
    #expect(arguments.int("compress") == 2)
    #expect(arguments.string("tied") == nil)
  }
}
