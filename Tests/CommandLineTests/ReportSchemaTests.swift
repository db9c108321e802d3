import StrictJSON
import TestSupport
import Testing

@testable import tfconv

/// The schemas, and every kind of report held to its own; `BuiltProgram.run` does the comparing.
@Suite struct ReportSchemaTests {
  private static let model = Fixtures.path("models/gpt2-lm")

  /// For each command with `--json`, command lines that succeed, and what their reports are.
  private static let samples: [(command: String, words: [String], schema: String)] = [
    ("verify", [model, model], "tfconv.verify/1"),
    ("verify", [model, model, "--weights-only"], "tfconv.verify/1"),
    ("verify", [model, model, "--rtol", "1e-3", "--seed", "9"], "tfconv.verify/1"),
    ("verify", [model, "--golden", "\(model)/golden_f32.npz"], "tfconv.golden/1"),
    ("verify", [model, "--golden", "\(model)/golden_generate.npz"], "tfconv.golden/1"),
    ("verify", ["--probe", "--arch", "gpt2", "--from", "hf", "--to", "tf1"], "tfconv.probe/1"),
    ("verify", ["--probe", "--campaign", "1:0"], "tfconv.campaign/1"),
    ("convert", [model, "-o", "none.npz", "--dry-run"], "tfconv.convert/1"),
    ("inspect", [model], "tfconv.inspect/1"),
    ("inspect", [model, "--check", "--stats"], "tfconv.inspect/1"),
    ("inspect", [Fixtures.path("formats/stored.npz")], "tfconv.inspect/1"),
    ("diff", [model, model], "tfconv.diff/1"),
    ("bench", [model, "--seq", "4", "--decode", "2", "--iters", "1"], "tfconv.bench/1"),
    ("hash", [model], "tfconv.hash/1"),
    ("golden", ["check", "\(model)/golden_f32.npz", model], "tfconv.golden/1"),
    ("layouts", [], "tfconv.layouts/1"),
    ("explain", ["h.0.attn.c_attn.weight"], "tfconv.explain/1"),
    ("run", [model, "--prompt-ids", "1,2"], "tfconv.run/1"),
    ("run", [model, "--prompt-ids", "1,2", "--generate", "2"], "tfconv.generate/1"),
  ]

  @Test func everyCommandWithJSONIsSampledAndFollowsItsSchema() throws {
    let commands = Set(registeredCommands.map { $0.spec }.filter { $0.option(named: "json") != nil }.map(\.name))
    #expect(commands.isSubset(of: Self.samples.map(\.command)))
    for sample in Self.samples where commands.contains(sample.command) {
      let result = try BuiltProgram.run([sample.command] + sample.words + ["--json"])
      #expect(result.exitCode == 0, "\(sample.words)")
      #expect(try JSONValue(parsing: result.output)["schema"]?.string == sample.schema)
    }
  }

  @Test func everyCommandReportsItsFailureAsAnError() throws {
    let folder = TemporaryFolder()
    let missing = folder.file("missing.npz")
    for (words, code) in [
      (["verify", Self.model, missing], 5), (["verify", Self.model, "--golden", missing], 5),
      (["convert", missing, "-o", folder.file("out.npz")], 5), (["diff", missing, missing], 5),
      (["run", missing, "--prompt-ids", "1"], 5), (["run", Self.model], 2),
    ] as [([String], Int32)] {
      let result = try BuiltProgram.run(words + ["--json"])
      #expect(result.exitCode == code)
      #expect(try JSONValue(parsing: result.output)["schema"]?.string == "tfconv.error/1")
    }
  }

  @Test func failedAndUndecidedChecksAreReportedInFull() throws {
    let folder = TemporaryFolder()
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.h.1.mlp.c_fc.weight") { $0[0].negate() }
    let wrong = try copy.write("wrong", in: folder)
    let failed = try BuiltProgram.run("verify", Self.model, wrong, "--json")
    #expect(failed.exitCode == 1)
    let report = try JSONValue(parsing: failed.output)
    #expect(report["verdict"]?.string == "fail")
    #expect(report["first_divergence"]?["rule"]?.string == "weight-differs")
    #expect(report["first_divergence"]?["tensor"]?.string == "transformer.h.1.mlp.c_fc.weight")
    #expect(report["first_divergence"]?["file"]?.string == wrong + "/model.safetensors")

    copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.ln_f.weight") { $0[0] = .nan }
    let spoiled = try copy.write("spoiled", in: folder)
    let undecided = try BuiltProgram.run("verify", spoiled, spoiled, "--json")
    #expect(undecided.exitCode == 7)
    #expect(try JSONValue(parsing: undecided.output)["first_divergence"]?["rule"]?.string == "value-not-finite")

    let unknown = Fixtures.path("formats/stored.npz")
    let byName = try BuiltProgram.run("verify", unknown, unknown, "--json")
    #expect(byName.exitCode == 7)
    #expect(try JSONValue(parsing: byName.output)["first_divergence"]?["rule"]?.string == "nothing-run")

    #expect(try BuiltProgram.run("diff", Self.model, wrong, "--json").exitCode == 1)
    #expect(
      try BuiltProgram.run("verify", wrong, "--golden", "\(Self.model)/golden_f32.npz", "--json").exitCode == 1)
  }

  @Test func aConversionThatIsWrittenAndVerifiedCarriesBothReports() throws {
    let folder = TemporaryFolder()
    let result = try BuiltProgram.run(
      "convert", Self.model, "-o", folder.file("m.npz"), "--to", "npz:tf1", "--dtype", "bf16", "--verify", "--json")
    #expect(result.exitCode == 0)
    #expect(try JSONValue(parsing: result.output)["verification"]?["verdict"]?.string == "pass")
  }

  @Test func theCommandListsAndPrintsEverySchema() throws {
    let list = try BuiltProgram.run("schema")
    #expect(list.exitCode == 0)
    for schema in ReportSchema.all {
      #expect(list.output.contains("\(schema.name) "))
      let printed = try BuiltProgram.run("schema", schema.name)
      #expect(printed.exitCode == 0)
      #expect(try JSONValue(parsing: printed.output) == schema.json)
    }
    #expect(try BuiltProgram.run("schema", "bogus").exitCode == 2)
  }

  @Test func schemasAreNamedOnceAndHoldAllTheirDefinitions() {
    #expect(Set(ReportSchema.all.map(\.identifier)).count == ReportSchema.all.count)
    for schema in ReportSchema.all {
      let defined = Set(schema.json["$defs"]?.object?.members.map(\.key) ?? [])
      #expect(references(in: schema.json) == defined, "\(schema.name)")
    }
  }

  @Test func aReportThatLosesAMemberOrGainsAnUnknownOneIsRefused() throws {
    let text = try BuiltProgram.run("diff", Self.model, Self.model, "--json").output
    guard case .object(let report) = try JSONValue(parsing: text) else { throw CaptureError(message: "no object") }
    let validator = SchemaValidator(ReportSchema.diff.json, isClosed: true)
    #expect(validator.problems(in: .object(report)).isEmpty)
    for member in report.members {
      var poorer = report
      poorer[member.key] = nil
      #expect(validator.problems(in: .object(poorer)) == ["$: no member \(member.key)"])
    }
    var richer = report
    richer["bogus"] = 1
    #expect(validator.problems(in: .object(richer)) == ["$: the member bogus is not in the schema"])
  }

  private func references(in value: JSONValue) -> Set<String> {
    switch value {
    case .array(let elements): elements.reduce(into: []) { $0.formUnion(references(in: $1)) }
    case .object(let object):
      object.members.reduce(into: []) { found, member in
        if member.key == "$ref", let target = member.value.string {
          found.insert(String(target.split(separator: "/").last ?? ""))
        } else {
          found.formUnion(references(in: member.value))
        }
      }
    default: []
    }
  }
}
