import ParityChecks
import StrictJSON
import TensorData
import TestSupport
import Testing

@testable import tfconv

/// `verify --probe`, `verify --mutate`, tolerances of single outputs, and inputs that are saved and given again.
@Suite struct ProbeCommandTests {
  private static let model = Fixtures.path("models/gpt2-lm-untied")

  @Test func aPairOfLayoutsIsProvedWithoutAnyFile() throws {
    let result = try BuiltProgram.run(
      "verify", "--probe", "--arch", "gpt2", "--from", "hf", "--to", "npz:tf1", "--json")
    #expect(result.exitCode == 0)
    let report = try #require(try JSONValue(parsing: result.output).object)
    #expect(report["schema"] == "tfconv.probe/1" && report["verdict"] == "pass" && report["exit_code"]?.int == 0)
    let models = report["pairs"]?.array?.first?.object?["models"]?.array ?? []
    #expect(models.contains { $0.object?["verdict"] == "pass" })
    // The original release has no untied head.
    #expect(models.contains { $0.object?["verdict"] == "not_representable" })
  }

  @Test func whatIsAskedForAmissIsSaid() throws {
    let cases: [([String], String)] = [
      (["--probe"], "--probe needs --arch NAME with --from and --to, or --all"),
      (["--probe", "--arch", "gpt2", "--from", "hf"], "--probe --arch needs --from LAYOUT and --to LAYOUT, or --all"),
      (["--probe", "--arch", "gpt3", "--all"], "there is no such architecture"),
      (["--probe", "--arch", "bert", "--from", "hf", "--to", "nowhere"], "there is no such layout"),
      (["--probe", "--campaign", "many"], "expected N:M, two whole numbers"),
      (["a", "--probe", "--all"], "--probe makes its own models"),
      (["a", "b", "--all"], "--all belongs to --probe"),
      (["a", "b", "--faults", "3"], "--faults belongs to --mutate"),
      (["--mutate"], "the model is missing"),
      (["a", "b", "--atol", "logits"], "expected a number, 0 or more, or OUTPUT:NUMBER"),
    ]
    for (arguments, expected) in cases {
      let result = try BuiltProgram.run(["verify"] + arguments)
      #expect(result.exitCode == 2, "\(arguments)")
      #expect(result.errors.contains(expected), "\(arguments): \(result.errors)")
    }
  }

  @Test func theMutationScoreOfAModelIsTold() throws {
    let result = try BuiltProgram.run("verify", Self.model, "--mutate", "--faults", "1", "--json")
    #expect(result.exitCode == 0)
    let report = try #require(try JSONValue(parsing: result.output).object)
    #expect(report["schema"] == "tfconv.mutation/1" && report["exit_code"]?.int == 0)
    let visible = try #require(report["visible"]?.int)
    #expect(visible > 15 && report["caught"]?.int == visible)
    #expect(report["faults"]?.array?.count == report["injected"]?.int)
  }

  @Test func savedInputsAreReadBackAsTheSameBatches() throws {
    let folder = TemporaryFolder()
    let path = folder.file("inputs.npz")
    let first = try BuiltProgram.run("verify", Self.model, Self.model, "--save-inputs", path, "--seed", "7", "--json")
    #expect(first.exitCode == 0)
    let batches = try InputFile.read(path)
    #expect(batches.count == 4)
    let again = try BuiltProgram.run("verify", Self.model, Self.model, "--inputs", path, "--json")
    #expect(again.exitCode == 0)
    #expect(try figures(first.output) == figures(again.output))
    let other = folder.file("again.npz")
    try InputFile.write(batches, to: other, replacesExisting: false)
    for (a, b) in zip(batches, try InputFile.read(other)) {
      #expect(a.inputs.keys.sorted() == b.inputs.keys.sorted())
      for (name, tensor) in a.inputs { #expect(b.inputs[name].map(tensor.isBitEqual) == true) }
    }
  }

  @Test func aToleranceOfOneOutputIsTheUsersAndTheOthersAreMeasured() throws {
    let result = try BuiltProgram.run(
      "verify", Self.model, Self.model, "--atol", "logits:0.5", "--rtol", "hidden_states[0]:0.25", "--json")
    #expect(result.exitCode == 0)
    let outputs = try #require(try JSONValue(parsing: result.output).object?["outputs"]?.array).compactMap(\.object)
    for output in outputs {
      let name = output["output"]?.string ?? ""
      let budget = output["budget"]?.double ?? 0
      switch name {
      case "logits": #expect(budget == 0.5)
      case "hidden_states[0]": #expect(budget == 0.25 * (output["scale"]?.double ?? 0))
      default: #expect(budget < 1e-3, "\(name)")
      }
    }
    #expect(try BuiltProgram.run("verify", Self.model, Self.model, "--atol", "logits:0").exitCode == 1)
  }

  /// What was computed on the batches, without their names.
  private func figures(_ text: String) throws -> [JSONValue] {
    let outputs = try JSONValue(parsing: text).object?["outputs"]?.array ?? []
    return outputs.compactMap(\.object).map {
      .array([$0["output"] ?? .null, $0["max_abs"] ?? .null, $0["scale"] ?? .null])
    }
  }
}
