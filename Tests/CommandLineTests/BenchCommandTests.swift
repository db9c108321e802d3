import StrictJSON
import TestSupport
import Testing

/// `tfconv bench` on every kind of model, and what it refuses.
@Suite struct BenchCommandTests {
  private func report(_ model: String, _ words: String...) throws -> JSONValue {
    let words = ["bench", Fixtures.model(model), "--seq", "4", "--iters", "2", "--threads", "1", "--json"] + words
    let result = try BuiltProgram.run(words)
    #expect(result.exitCode == 0)
    return try JSONValue(parsing: result.output)
  }

  @Test func everyKindOfModelIsTimed() throws {
    for (model, decodes) in [("bert-pretraining", false), ("gpt2-lm", true), ("t5-v11", true)] {
      let found = try report(model, "--decode", decodes ? "3" : "0")
      for key in ["load_s", "first_s", "fwd_s", "fwd_min", "fwd_max", "cpu_iter"] {
        #expect(found[key]?.double ?? 0 > 0, "\(model) \(key)")
      }
      #expect((found["dec_s"]?.double ?? 0 > 0) == decodes)
      #expect(found["fwd_min"]?.double ?? 1 <= found["fwd_max"]?.double ?? 0)
    }
  }

  @Test func theCheckIsThatOfThePass() throws {
    let last = try report("gpt2-lm")["chk"]
    #expect(last == (try report("gpt2-lm", "--all-logits")["chk"]))
    #expect(try report("gpt2-lm", "--batch", "3")["chk"] == last)
  }

  @Test func whatAModelCannotDoIsAUsageError() throws {
    for words in [
      [Fixtures.model("bert-pretraining"), "--decode", "2"], [Fixtures.model("bert-pretraining"), "--all-logits"],
      [Fixtures.model("gpt2-lm"), "--all-logits", "--decode", "2"], [Fixtures.model("gpt2-lm"), "--seq", "100000"],
    ] {
      #expect(try BuiltProgram.run(["bench"] + words).exitCode == 2, "\(words)")
    }
  }
}
