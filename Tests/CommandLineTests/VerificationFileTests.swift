import ParityChecks
import StrictJSON
import TensorData
import TestSupport
import Testing

@testable import tfconv

/// JUnit, SARIF, Markdown and annotations: their texts for hostile names, and the files that `verify` writes.
@Suite struct VerificationFileTests {
  private static let model = Fixtures.path("models/gpt2-lm")

  /// One case of each outcome, with names that each format must escape.
  private static let record = VerificationRecord(
    subjects: [("a", "a|b"), ("b", "x<&>'\"\u{1B}")], file: "dir/ü %.npz", summary: "1 of 4 *good*", verdict: .fail,
    base: ["schema": "tfconv.verify/1"], ratios: [],
    cases: [
      CheckCase(group: "weights.block.0", name: "weight", outcome: .passed),
      CheckCase(
        group: "weights.block.1", name: "bi\"as",
        outcome: .found(
          Finding(
            rule: .weightDiffers, message: "100%: <off>,\nby 1",
            place: TensorPlace(tensor: "t&t", file: "/data/m #1.npz", offset: 64, byteCount: 12)))),
      CheckCase(
        group: "outputs.x", name: "logits",
        outcome: .found(Finding(rule: .outputUndecided, message: "a|b", isInconclusive: true))),
      CheckCase(group: "outputs.x", name: "loss", outcome: .skipped(reason: "not asked for")),
    ])

  private static let failed = VerificationRecord(
    failure: CommandFailure(status: .invalidInput, message: "bad <file>", details: ["line | two"], hint: "try: again"),
    subjects: [("a", "m")])

  @Test(arguments: [Verdict.fail, .inconclusive])
  func aVerdictThatNoCaseExplainsIsACaseOfItsOwn(verdict: Verdict) {
    let passed = CheckCase(group: "weights", name: "w", outcome: .passed)
    let record = VerificationRecord(
      subjects: [], file: "f", summary: "a node strays", verdict: verdict, base: [:], ratios: [], cases: [passed])
    #expect(record.verdict == verdict)
    #expect(record.findings.map(\.finding.rule) == [.otherCheck])
    #expect(record.findings.first?.finding.verdict == verdict)
    #expect(JUnitReport(record).text.contains("message=\"a node strays\""))
  }

  @Test func junitHoldsEveryCaseAndEscapesIt() {
    #expect(
      JUnitReport(Self.record).text == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="tfconv verify" tests="4" failures="1" errors="1" skipped="1">
          <testsuite name="tfconv verify" tests="4" failures="1" errors="1" skipped="1">
            <properties>
              <property name="a" value="a|b"/>
              <property name="b" value="x&lt;&amp;&gt;&apos;&quot;\\u{1b}"/>
              <property name="verdict" value="fail"/>
              <property name="exit_code" value="1"/>
            </properties>
            <testcase classname="weights.block.0" name="weight"/>
            <testcase classname="weights.block.1" name="bi&quot;as">
              <failure type="weight-differs" message="100%: &lt;off&gt;,\\nby 1">100%: &lt;off&gt;,\\nby 1
        t&amp;t in /data/m #1.npz, 12 bytes at 64</failure>
            </testcase>
            <testcase classname="outputs.x" name="logits">
              <error type="output-undecided" message="a|b"/>
            </testcase>
            <testcase classname="outputs.x" name="loss">
              <skipped message="not asked for"/>
            </testcase>
          </testsuite>
        </testsuites>

        """)
  }

  @Test func aVerificationThatCouldNotBeMadeIsAnErrorInEveryFile() {
    let junit = JUnitReport(Self.failed).text
    #expect(junit.contains("tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\""))
    #expect(
      junit.contains("<error type=\"exit-3\" message=\"bad &lt;file&gt;\">bad &lt;file&gt;\nline | two\ntry: again<"))
    let invocation = SARIFReport(Self.failed).json["runs"]?.array?.first?["invocations"]?.array?.first
    #expect(invocation?["executionSuccessful"]?.bool == false)
    #expect(invocation?["exitCode"]?.int == 3)
    #expect(
      invocation?["toolExecutionNotifications"]?.array?.first?["message"]?["text"]?.string
        == "bad <file>\nline | two\ntry: again")
    #expect(MarkdownSummary(Self.failed).text.hasPrefix("### tfconv verify: ERROR\n\na: m\n\n- bad \\<file>\n"))
    #expect(
      GitHubActions.annotation(Self.failed)
        == "::error title=tfconv verify%3A error::bad <file>%0Aline | two%0Atry: again")
  }

  @Test func sarifNamesRuleFileAndBytes() {
    let run = SARIFReport(Self.record).json["runs"]?.array?.first
    let results = run?["results"]?.array ?? []
    #expect(results.count == 2)
    let rules = run?["tool"]?["driver"]?["rules"]?.array ?? []
    for result in results {
      let index = result["ruleIndex"]?.int ?? -1
      #expect(rules[index]["id"] == result["ruleId"])
    }
    #expect(results.map { $0["level"]?.string } == ["error", "warning"])
    let places = results.map { $0["locations"]?.array?.first?["physicalLocation"] }
    #expect(
      places[0] == [
        "artifactLocation": ["uri": "file:///data/m%20%231.npz"],
        "region": ["startLine": 1, "byteOffset": 64, "byteLength": 12],
      ])
    #expect(places[1] == ["artifactLocation": ["uri": "dir/%C3%BC%20%25.npz"], "region": ["startLine": 1]])
    #expect("//host/x".fileReference() == "file:////host/x")
  }

  @Test func markdownListsTheFirstFindings() {
    let text = MarkdownSummary(Self.record).text
    #expect(text.hasPrefix("### tfconv verify: FAIL\n\na: a\\|b · b: x\\<&>'\"\\\\u{1b}\n\n1 of 4 \\*good\\*\n"))
    #expect(text.contains("| weights.block.1.bi\"as | weight-differs | 100%: \\<off>,\\\\nby 1 |\n"))
    #expect(text.hasSuffix("4 checks: 1 failed, 1 inconclusive, 1 skipped. Exit code 1.\n"))
    let finding = Finding(rule: .weightMissing, message: "gone")
    let cases = (0..<23).map { CheckCase(group: "weights", name: "w\($0)", outcome: .found(finding)) }
    let long = VerificationRecord(
      subjects: [], file: "f", summary: "s", verdict: .fail, base: [:], ratios: [], cases: cases)
    let table = MarkdownSummary(long).text
    #expect(table.split(separator: "\n").count { $0.hasPrefix("| weights.w") } == MarkdownSummary.limit)
    #expect(table.contains("\nand 3 more\n"))
  }

  @Test func theAnnotationIsOneLineForTheFirstDivergence() {
    #expect(
      GitHubActions.annotation(Self.record)
        == "::error title=tfconv verify%3A fail::weights.block.1.bi\"as%0A100%25: <off>,%0Aby 1")
    #expect(GitHubActions.escapingProperty("a:b,c\r%\u{1B}") == "a%3Ab%2Cc%0D%25\\u{1b}")
    let passed = VerificationRecord(
      subjects: [], file: "f", summary: "s", verdict: .pass, base: [:], ratios: [],
      cases: [CheckCase(group: "weights", name: "w", outcome: .passed)])
    #expect(GitHubActions.annotation(passed) == nil)
  }

  @Test(
    arguments: [
      ("::error::x", "\\u{3a}:error::x"), ("  \u{3000}::x", "  \u{3000}\\u{3a}:x"), ("a::b", "a::b"), (":a", ":a"),
      ("a ##[error]b ##[", "a \\u{23}#[error]b \\u{23}#["), ("", ""),
    ])
  func commandsForTheRunnerAreMadeVisible(text: String, expected: String) {
    #expect(text.escapingWorkflowCommands() == expected)
  }

  @Test func aTensorCannotGiveTheRunnerCommands() throws {
    let folder = TemporaryFolder()
    let tensor = Tensor(.f32, [2], [1, 2] as [Float])
    let one = try ModelCopy(tensors: [("::add-mask::x", tensor), ("##[error]y", tensor)]).write("one", in: folder)
    let two = try ModelCopy(tensors: [("z", tensor)]).write("two", in: folder)
    for command in ["verify", "diff"] {
      let result = try BuiltProgram.run(command, one, two, environment: ["GITHUB_ACTIONS=true"])
      #expect(result.exitCode == 1)
      let lines = (result.output + result.errors).split(separator: "\n").map { $0.drop { $0 == " " } }
      #expect(lines.contains { $0.hasPrefix("\\u{3a}:add-mask::x") })
      #expect(lines.filter { $0.hasPrefix("::") }.allSatisfy { $0.hasPrefix("::error title=tfconv verify%3A fail::") })
      #expect(!result.output.contains("##[") && !result.errors.contains("##["))
    }
    let outside = try BuiltProgram.run("diff", one, two)
    #expect(outside.output.contains("  ::add-mask::x"))
  }

  @Test func aConversionThatFailsItsVerificationIsAnnotated() throws {
    let folder = TemporaryFolder()
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.ln_f.weight") { $0[0] = .nan }
    let result = try BuiltProgram.run(
      ["convert", try copy.write(in: folder), "-o", folder.file("out.npz"), "--to", "npz:tf1", "--verify", "--json"],
      environment: ["GITHUB_ACTIONS=true"])
    #expect(result.exitCode == 7)
    let start = "::error title=tfconv verify%3A inconclusive::values."
    #expect(result.errors.split(separator: "\n").count { $0.hasPrefix(start) } == 1)
  }

  @Test func verifyWritesEveryFileThatWasAskedFor() throws {
    let folder = TemporaryFolder()
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.h.1.mlp.c_fc.weight") { $0[0].negate() }
    let wrong = try copy.write("wrong", in: folder)
    let files = ["--junit", folder.file("j.xml"), "--sarif", folder.file("s.json"), "--markdown", folder.file("m.md")]
    let github = ["GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=" + folder.file("summary.md")]
    folder.write(Array("before\n".utf8), to: "summary.md")
    let result = try BuiltProgram.run(["verify", Self.model, wrong, "--json"] + files, environment: github)
    #expect(result.exitCode == 1)
    let annotations = result.errors.split(separator: "\n").filter { $0.hasPrefix("::") }
    #expect(annotations.count == 1)
    #expect(
      annotations.first?.hasPrefix("::error title=tfconv verify%3A fail::weights.block.1.ff.up.weight%0A") == true,
      "\(annotations)")

    let junit = Self.text(folder.file("j.xml"))
    #expect(junit.split(separator: "\n").count { $0.contains("<failure ") } > 1)
    #expect(junit.contains("<testcase classname=\"outputs.full length\" name=\"logits\">"))
    let sarif = try JSONValue(parsing: Self.text(folder.file("s.json")))
    let place = sarif["runs"]?.array?.first?["results"]?.array?.first?["locations"]?.array?.first?["physicalLocation"]
    let report = try JSONValue(parsing: result.output)
    #expect(place?["region"]?["byteOffset"] == report["first_divergence"]?["offset"])
    #expect(place?["region"]?["byteLength"]?.int == 33 * 132 * 4)
    let page = Self.text(folder.file("m.md"))
    #expect(page.hasPrefix("### tfconv verify: FAIL\n"))
    #expect(Self.text(folder.file("summary.md")) == "before\n" + page + "\n")
  }

  @Test func filesOfAnEarlierRunDoNotOutliveAFailure() throws {
    let folder = TemporaryFolder()
    folder.write(Array("<testsuites/>".utf8), to: "j.xml")
    folder.write(Array("not a model".utf8), to: "bad.safetensors")
    let result = try BuiltProgram.run(
      "verify", Self.model, folder.file("bad.safetensors"), "--junit", folder.file("j.xml"))
    #expect(result.exitCode == 3)
    #expect(Self.text(folder.file("j.xml")).contains("<error type=\"exit-3\""))
  }

  @Test func outsideAWorkflowNothingIsAnnotated() throws {
    let folder = TemporaryFolder()
    for environment in [[], ["GITHUB_ACTIONS=false"]] {
      let result = try BuiltProgram.run(
        ["verify", Self.model, folder.file("missing")],
        environment: environment + ["GITHUB_STEP_SUMMARY=" + folder.file("summary.md")])
      #expect(result.exitCode == 5)
      #expect(!result.errors.contains("::error"))
      #expect(folder.names.isEmpty)
    }
  }

  @Test func aReportThatCannotBeWrittenFailsTheCommand() throws {
    let folder = TemporaryFolder()
    let path = folder.file("none/j.xml")
    let result = try BuiltProgram.run("verify", Self.model, Self.model, "--junit", path, "--json")
    #expect(result.exitCode == 5)
    #expect(try JSONValue(parsing: result.output)["schema"]?.string == "tfconv.error/1")
    let summary = try BuiltProgram.run(
      "verify", Self.model, Self.model, environment: ["GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=\(path)"])
    #expect(summary.exitCode == 0)
    #expect(summary.errors.contains("warning: the summary could not be appended"))
  }

  private static func text(_ path: String) -> String { String(decoding: TemporaryFolder.read(path), as: UTF8.self) }
}
