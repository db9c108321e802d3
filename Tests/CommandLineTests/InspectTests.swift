import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

@testable import tfconv

@Suite struct InspectTests {
  /// Runs `inspect` and gives its exit code and what it printed; paths of this machine are cut to names.
  private func inspect(_ words: String...) throws -> (status: tfconv.ExitStatus, output: String, errors: String) {
    let captured = try CapturedConsole()
    let status = Dispatch(commands: [InspectCommand.self], console: captured.console).run(["inspect"] + words)
    return (status, shortened(captured.output.text), captured.errors.text)
  }

  private func shortened(_ text: String) -> String {
    var result = text
    while let range = result.firstRange(of: Fixtures.path("")) { result.removeSubrange(range) }
    return result
  }

  private func report(_ words: String...) throws -> JSONValue {
    let captured = try CapturedConsole()
    let status = Dispatch(commands: [InspectCommand.self], console: captured.console).run(
      ["inspect", "--json"] + words)
    let json = try JSONValue(parsing: captured.output.text)
    #expect(json["exit_code"]?.int == Int(status.rawValue))
    return json
  }

  private static let demo = Fixtures.path("models/gpt2-tatoeba-tiny")

  // MARK: The page

  @Test(arguments: ["gpt2-tatoeba-tiny", "bert-pretraining", "t5-v10", "t5-v11"])
  func thePageIsAsRecorded(name: String) throws {
    let result = try inspect(Fixtures.path("models/\(name)"), "--check")
    #expect(result.status == .success && result.errors.isEmpty)
    expectRecorded(result.output, at: "Tests/CommandLineTests/Snapshots/inspect-\(name).txt")
  }

  @Test func markdownAndStatisticsAreAsRecorded() throws {
    let markdown = try inspect(Self.demo, "--format", "markdown", "--depth", "2")
    expectRecorded(markdown.output, at: "Tests/CommandLineTests/Snapshots/inspect-markdown.txt")
    let statistics = try inspect(Self.demo, "--stats", "--filter", "*.h.1.*")
    expectRecorded(statistics.output, at: "Tests/CommandLineTests/Snapshots/inspect-stats.txt")
  }

  @Test func depthDecidesHowManyRowsThereAre() throws {
    func rows(_ depth: String) throws -> [Substring] {
      let output = try inspect(Self.demo, "--depth", depth).output
      return Array(output.split(separator: "\n").drop { !$0.hasPrefix("module") }.dropFirst())
    }
    #expect(try rows("1").count == 1)
    #expect(try rows("2").count == 5)
    let tensors = try rows("100").filter { $0.contains("F32    [") }
    #expect(tensors.count == 52)
    #expect(try rows("1")[0].contains("940,800"))
  }

  // MARK: Lists for programs

  @Test(arguments: Fixtures.models)
  func theReportAddsUp(name: String) throws {
    let json = try report(Fixtures.path("models/\(name)"), "--stats")
    #expect(json["schema"]?.string == "tfconv.inspect/1")
    let tensors = try #require(json["tensors"]?.array)
    let header = try Checkpoint.open(Fixtures.path("models/\(name)/model.safetensors"))
    #expect(tensors.count == header.tensors.count)
    #expect(tensors.reduce(0) { $0 + ($1["bytes"]?.int ?? 0) } == json["model"]?["bytes"]?.int)
    #expect(json["model"]?["bytes"]?.int == header.stored.reduce(0) { $0 + $1.storedByteCount })
    #expect(json["dtypes"]?.array?.reduce(0) { $0 + ($1["bytes"]?.int ?? 0) } == json["model"]?["bytes"]?.int)
    for tensor in tensors {
      let stored = try #require(header.stored(named: tensor["name"]?.string ?? ""))
      #expect(tensor["stored"]?["offset"]?.int == stored.byteOffset)
      #expect(tensor["shape"]?.array?.map(\.int) == stored.info.shape)
      #expect(tensor["use"]?["kind"]?.string == "parameter")
      #expect(tensor["use"]?["parameters"]?.array?.isEmpty == false)
      #expect(tensor["statistics"]?["nan"]?.int == 0)
    }
    let values = try #require(json["hyperparameters"]?.array)
    #expect(!values.isEmpty && values.allSatisfy { $0["origin"]?.string?.isEmpty == false })
  }

  @Test func hyperparametersSayWhereTheyCameFrom() throws {
    let json = try report(Self.demo, "--set", "layer_norm_epsilon=0.25")
    let values = try #require(json["hyperparameters"]?.array)
    func origin(_ name: String) -> String? { values.first { $0["name"]?.string == name }?["origin"]?.string }
    #expect(origin("heads") == "config.json: n_head")
    #expect(origin("layer_norm_epsilon") == "--set layer_norm_epsilon")
    #expect(origin("head") == "width / heads")
    #expect(json["parameters"]?["unique"]?.int == 940_800)
    #expect(json["parameters"]?["with_ties"]?.int == 1_071_872)
    #expect(json["layout"]?["name"]?.string == "gpt2.hf")
    #expect(json["check"] == .null)
  }

  @Test func filterAndSortApplyToEveryForm() throws {
    let biases = try inspect(
      Self.demo, "--filter", "*.bias", "--filter", "*wpe*", "--sort", "params", "--format", "csv")
    let lines = biases.output.split(separator: "\n")
    #expect(lines.count == 1 + 4 * 6 + 1 + 1)
    #expect(lines[0].hasPrefix("name,dtype,shape,elements,parameters,bytes,file,offset"))
    #expect(lines[1].hasPrefix("transformer.wpe.weight,F32,\"[128, 128]\",16384,16384,65536,"))
    let byName = try #require(report(Self.demo, "--sort", "name")["tensors"]?.array)
    let names = byName.compactMap { $0["name"]?.string }
    #expect(names.count == 52)
    #expect(names == names.sorted { ByteKey($0) < ByteKey($1) })
    let byOffset = try #require(report(Self.demo, "--sort", "offset")["tensors"]?.array)
    let offsets = byOffset.compactMap { $0["stored"]?["offset"]?.int }
    #expect(offsets.count == 52)
    #expect(offsets == offsets.sorted())
    let none = try inspect(Self.demo, "--filter", "nothing")
    #expect(none.status == .usage && none.errors.contains("--filter nothing matches no tensor"))
  }

  // MARK: What is not known, and what is broken

  @Test func anUnknownArchitectureIsListedWithTheReason() throws {
    let folder = TemporaryFolder()
    let path = folder.write(
      SafetensorsBytes.file(
        [("stem.conv.weight", Tensor(.f32, [2], [1, 2] as [Float])), ("ids", Tensor(.i64, [1], [7] as [Int64]))],
        metadata: [("format", "pt")]), to: "net.safetensors")
    let result = try inspect(path, "--check")
    #expect(result.status == .success)
    #expect(result.output.contains("not recognised: no known layout has any of these 2 tensor names"))
    #expect(result.output.contains("3 elements in all tensors"))
    #expect(result.output.contains("stem.conv") && result.output.contains("format = pt"))
    let json = try report(path, "--stats")
    #expect(json["layout"]?["recognised"] == false && json["architecture"] == .null)
    #expect(json["tensors"]?.array?.map { $0["use"]?["kind"]?.string } == ["unknown", "unknown"])
    #expect(json["tensors"]?.array?.last?["statistics"] == .null)
  }

  @Test func aContradictionIsShownAndFailsOnlyTheCheck() throws {
    let folder = TemporaryFolder()
    folder.write(TemporaryFolder.read(Self.demo + "/model.safetensors"), to: "model.safetensors")
    var config = try #require(
      JSONValue(parsing: String(decoding: TemporaryFolder.read(Self.demo + "/config.json"), as: UTF8.self)).object)
    config["n_layer"] = 5
    folder.write(Array(JSONValue.object(config).text().utf8), to: "config.json")
    let shown = try inspect(folder.path)
    #expect(shown.status == .success)
    #expect(shown.output.contains("problem       the configuration and the tensors contradict each other"))
    #expect(shown.output.contains("config.json: n_layer says block = 5"))
    #expect(try inspect(folder.path, "--check").status == .invalidInput)
    #expect(try report(folder.path)["problems"]?.array?.count == 1)
  }

  @Test func aNaNFailsTheCheckAndIsNamed() throws {
    let folder = TemporaryFolder()
    let path = folder.write(
      SafetensorsBytes.file([("a.weight", Tensor(.f32, [2], [1, .nan] as [Float]))]), to: "m.safetensors")
    #expect(try inspect(path).status == .success)
    let result = try inspect(path, "--check")
    #expect(result.status == .invalidInput)
    #expect(result.output.contains("FAILED: 1 defect"))
    #expect(result.errors.contains("has a defect\n  a.weight: 1 of 2 values is not a number"))
    #expect(result.output.contains("a.weight: 1 of 2 values is not a number"))
    let json = try report(path, "--check", "--stats")
    #expect(json["check"]?["defects"]?.array?.first?["tensor"] == "a.weight")
    #expect(json["tensors"]?.array?.first?["statistics"]?["max"]?.double == 1)
  }

  @Test func aTruncatedFileExitsWithThree() throws {
    let folder = TemporaryFolder()
    let bytes = TemporaryFolder.read(Self.demo + "/model.safetensors")
    let path = folder.write(Array(bytes.dropLast(10)), to: "cut.safetensors")
    for words in [[], ["--check"], ["--json"]] {
      let captured = try CapturedConsole()
      let status = Dispatch(commands: [InspectCommand.self], console: captured.console).run(["inspect", path] + words)
      #expect(status == .invalidInput)
      #expect(captured.errors.text.contains("[truncated]"))
    }
  }

  @Test func aLayoutThatDoesNotExistExitsWithFour() throws {
    let result = try inspect(Self.demo, "--from", "safetensors:hff")
    #expect(result.status == .cannotConvert)
    #expect(result.errors.contains("did you mean hf?"))
  }

  @Test func namesFromFilesCannotSteerTheTerminal() throws {
    let folder = TemporaryFolder()
    let path = folder.write(
      SafetensorsBytes.file([(#"evil\u001b[2J"#, Tensor(.f32, [1], [1] as [Float]))]), to: "m.safetensors")
    for format in ["table", "csv", "markdown", "json"] {
      let result = try inspect(path, "--format", format, "--check")
      #expect(!result.output.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
      #expect(result.output.contains("evil"))
    }
  }

  @Test(arguments: ["npz", "npy"])
  func numpyFilesAreListed(format: String) throws {
    let folder = TemporaryFolder()
    let outputs = OutputSet(replace: false)
    let tensor = Tensor(.f32, [2, 3], [1, 2, 3, 4, 5, 6] as [Float])
    let entry = WriteEntry(TensorInfo(name: "w", dtype: .f32, shape: [2, 3])) { tensor }
    let path = folder.file("w.\(format)")
    _ = try #require(WeightFormat.named(format)).write([entry], to: path, in: outputs)
    try outputs.commit()
    let json = try report(path, "--check", "--stats")
    #expect(json["model"]?["format"]?.string == format)
    #expect(json["tensors"]?.array?.first?["statistics"]?["mean"]?.double == 3.5)
  }
}
