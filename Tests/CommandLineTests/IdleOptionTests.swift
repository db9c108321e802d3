import TestSupport
import Testing

/// Names and patterns of options that nothing has: each is an error of the command line that names it.
@Suite struct IdleOptions {
  private static let gpt2 = Fixtures.model("gpt2-lm")
  private static let golden = "\(gpt2)/golden_f32.npz"

  /// A command line, and what must be said of it.
  struct Line: CustomTestStringConvertible {
    let words: [String]
    let says: [String]

    init(_ words: String..., says: String...) { (self.words, self.says) = (words, says) }

    var testDescription: String { words.joined(separator: " ") }
  }

  static let lines = [
    Line("verify", gpt2, gpt2, "--atol", "logit:1e-3", says: "no output logit;", "did you mean logits?"),
    Line("verify", gpt2, gpt2, "--rtol", "hidden_states[9]:1", says: "no output hidden_states[9]"),
    Line("verify", gpt2, gpt2, "--rtol", "1e-3", "--atol", "pooler_output:1", says: "no output pooler_output"),
    Line("verify", gpt2, "--golden", golden, "--atol", "last_hidden:1", says: "no output last_hidden"),
    Line("golden", "check", golden, gpt2, "--rtol", "looss:1", says: "did you mean loss?"),
    Line("verify", gpt2, "--mutate", "--faults", "1", "--atol", "logitz:1", says: "no output logitz"),
    Line("verify", gpt2, gpt2, "--weights-only", "--atol", "1", says: "--weights-only"),
    Line("verify", "--probe", "--all", "--atol", "1", says: "--probe"),
    Line("run", gpt2, "--prompt-ids", "1", "--outputs", "logit", says: "did you mean logits?"),
    Line("run", gpt2, "--prompt-ids", "1", "--outputs", "logits,pooler_output", says: "no output pooler_output"),
    Line("inspect", gpt2, "--filter", "nothing*", says: "--filter nothing* matches no tensor"),
    Line("inspect", gpt2, "--filter", "*bias", "--filter", "*.wpee.*", says: "--filter *.wpee.* matches no tensor"),
    Line("inspect", gpt2, "--filter", "*.WTE.*", "--json", says: "--filter *.WTE.* matches no tensor"),
    Line(
      "convert", gpt2, "-o", "never.npz", "--dtype", "bf16", "--keep-f32", "*layernorm*",
      says: "--keep-f32 *layernorm* matches no tensor that --dtype casts", "nothing was written"),
    Line(
      "convert", gpt2, "-o", "never.npz", "--to", "npz:tf1", "--dtype", "f16", "--keep-f32",
      "transformer.wte.weight", says: "matches no tensor"),
    Line("convert", gpt2, "-o", "never.npz", "--keep-f32", "*", says: "--keep-f32 has an effect only with --dtype"),
    Line(
      "convert", gpt2, "-o", "never.npz", "--to", "npz:tf1", "--allow-missing", "transformer.wte.weight",
      says: "--allow-missing transformer.wte.weight matches no tensor that is missing"),
    Line("convert", gpt2, "-o", "never.npz", "--allow-missing", "x", "--to", "npz:tf1", says: "--allow-missing x"),
    Line("inspect", gpt2, "--allow-config", "rotary_dim", says: "--allow-config rotary_dim matches no key"),
    Line("verify", gpt2, gpt2, "--allow-config", "n_heads", says: "did you mean n_head?"),
    Line("diff", gpt2, gpt2, "--allow-config", "x", says: "--allow-config x matches no key of a configuration"),
    Line("golden", "check", golden, gpt2, "--allow-config", "x", says: "--allow-config x"),
  ]

  @Test(arguments: lines) func isAnErrorThatNamesIt(_ line: Line) throws {
    let result = try BuiltProgram.run(line.words)
    #expect(result.exitCode == 2, "\(result.errors)\(result.output)")
    for text in line.says { #expect((result.errors + result.output).contains(text), "\(result.errors)") }
  }

  @Test func theReportSaysWhichBudgetsTheUserChose() throws {
    let some = try tfconv("verify", Self.gpt2, Self.gpt2, "--atol", "logits:1", "--json")
    some.expect(0, "\"method\": \"mixed\"")
    #expect(some.output.contains("\"budget_chosen\": true") && some.output.contains("\"budget_chosen\": false"))
    try tfconv("verify", Self.gpt2, Self.gpt2, "--atol", "logits:1").expect(
      0, "budget   chosen by the user for logits; measured for all others")
    try tfconv("golden", "check", Self.golden, Self.gpt2, "--rtol", "loss:1", "--rtol", "hidden_states[0]:1").expect(
      0, "budget   chosen by the user for hidden_states[0], loss; measured for all others")
    let all = try tfconv("verify", Self.gpt2, Self.gpt2, "--rtol", "1", "--json").expect(0, "\"method\": \"chosen\"")
    #expect(!all.output.contains("\"budget_chosen\": false"))
    let none = try tfconv("verify", Self.gpt2, Self.gpt2, "--json").expect(0, "\"method\": \"fp64-noise-floor\"")
    #expect(!none.output.contains("\"budget_chosen\": true"))
  }
}
