import StrictJSON
import TestSupport
import Testing

/// `--json`: one valid document on standard output, in success and in failure, with the real exit code in it.
@Suite struct JSONReports {
  let folder = TemporaryFolder()

  /// Runs a command with `--json` and returns its report after checking what every report has.
  private func report(_ code: Int32, _ arguments: String...) throws -> JSONValue {
    let result = try BuiltProgram.run(arguments + ["--json"])
    #expect(result.exitCode == code, "\(result.errors)")
    let report = try JSONValue(parsing: result.output)
    #expect(report["exit_code"]?.int == Int(code), "\(arguments)")
    #expect(report["schema"]?.string?.hasPrefix("tfconv.") == true)
    #expect(report["tool"]?["name"] == "tfconv")
    return report
  }

  @Test func aConversionReportsEveryTensorAndByte() throws {
    let output = folder.file("out")
    let done = try report(0, "convert", Fixtures.model("gpt2-lm"), "-o", output, "--to", "npz:tf1", "--verify")
    #expect(done["schema"] == "tfconv.convert/1")
    #expect(done["architecture"] == "gpt2")
    #expect(done["from"]?["layout"] == "hf" && done["to"]?["layout"] == "tf1")
    #expect(done["tensors"]?.array?.count == 28)
    #expect(done["written"]?.array?.first?.string == "\(output)/model.npz")
    #expect(done["verification"]?["verdict"] == "pass")
    let ledger = done["ledger"]
    let entries = ledger?["entries"]?.array ?? []
    #expect(entries.count == 28)
    #expect(entries.compactMap { $0["bytes"]?.int }.reduce(0, +) == ledger?["source_bytes"]?.int)
    let totals = ledger?["totals"]?.object?.members.compactMap { $0.value["bytes"]?.int } ?? []
    #expect(totals.reduce(0, +) == ledger?["source_bytes"]?.int)
    let planned = try report(0, "convert", Fixtures.model("gpt2-lm"), "-o", folder.file("b"), "--dry-run")
    #expect(planned["written"] == .null && planned["verification"] == .null)
  }

  @Test func aFailedConversionReportsTheError() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.rename("transformer.wpe.weight", to: "transformer.wpe.weigth")
    let damaged = try copy.write(in: folder)
    let failed = try report(4, "convert", damaged, "-o", folder.file("a.npz"), "--to", "npz:tf1")
    #expect(failed["schema"] == "tfconv.error/1")
    #expect(failed["error"]?["message"]?.string?.contains("1 has no place in it, 1 is missing") == true)
    #expect(failed["error"]?["details"]?.array?.count == 2)
    #expect(failed["error"]?["hint"]?.string?.contains("--allow-unmapped") == true)
    #expect(failed["error"]?["outcome"] == "nothing was written")
    _ = try report(2, "convert", damaged)
    _ = try report(5, "convert", folder.file("none"), "-o", folder.file("a.npz"))
    folder.write([1, 2, 3], to: "short.safetensors")
    _ = try report(3, "convert", folder.file("short.safetensors"), "-o", folder.file("a.npz"))
  }

  @Test func aFailedVerificationIsReportedWithTheConversion() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.wpe.weight") { $0[3] = .nan }
    let broken = try copy.write(in: folder)
    let failed = try report(7, "convert", broken, "-o", folder.file("a.npz"), "--to", "npz:tf1", "--verify")
    #expect(failed["written"] == .null)
    #expect(failed["verification"]?["verdict"] == "inconclusive")
  }

  @Test func verdictsAreReported() throws {
    let original = Fixtures.model("gpt2-lm")
    let passed = try report(0, "verify", original, original)
    #expect(passed["verdict"] == "pass")
    #expect(passed["weights"]?.array?.count == 36)
    #expect(passed["outputs"]?.array?.isEmpty == false)
    var copy = try ModelCopy("gpt2-lm")
    copy.transpose("transformer.h.0.attn.c_proj.weight")
    let damaged = try copy.write(in: folder)
    let failed = try report(1, "verify", original, damaged)
    let finding = failed["weights"]?.array?.first { $0["relation"] == "differs" }
    #expect(finding?["parameter"] == "block.0.attention.o.weight")
    #expect(finding?["b"] == "transformer.h.0.attn.c_proj.weight")
    #expect(finding?["explanation"]?.string?.hasPrefix("it is transposed") == true)
    let golden = try report(1, "verify", damaged, "--golden", "\(original)/golden_f32.npz")
    #expect(golden["schema"] == "tfconv.golden/1" && golden["verdict"] == "fail")
    _ = try report(0, "verify", original, "--golden", "\(original)/golden_f32.npz")
    _ = try report(1, "diff", original, damaged)
    _ = try report(0, "diff", original, original)
  }
}
