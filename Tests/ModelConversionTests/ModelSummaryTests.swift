import Architectures
@testable import ModelConversion
import TensorData
import TestSupport
import Testing
import WeightFiles

@Suite struct ModelSummaryTests {
  // The numbers of elements are those that numpy counts in the files; a tied head adds its table once more.
  @Test(
    arguments: [
      ("gpt2-tatoeba-tiny", 940_800, 131_072), ("bert-pretraining", 11_192, 83 * 21), ("t5-v10", 39_110, 3 * 2678),
      ("t5-v11", 55_884, 0),
    ])
  func parametersAreCountedOnce(name: String, unique: Int, tied: Int) throws {
    let summary = try ModelSummary(Model.open(Fixtures.path("models/\(name)")))
    #expect(summary.uniqueParameters == unique)
    #expect(summary.parametersWithTies == unique + tied)
    #expect(summary.byteCount == 4 * unique)
    #expect(summary.storedByteCount == 4 * unique)
    #expect(summary.problem == nil && summary.isRecognised)
  }

  @Test(arguments: Fixtures.models)
  func everyReferenceModelIsRecognisedWithEveryTensorUsed(name: String) throws {
    let summary = try ModelSummary(Model.open(Fixtures.path("models/\(name)")))
    let mapped = try #require(summary.mapped)
    #expect(summary.items.count == summary.model.checkpoint.tensors.count)
    #expect(Set(summary.items.map { ByteKey($0.stored.info.name) }).count == summary.items.count)
    // A fused tensor holds several parameters, a parameter lies in one tensor.
    var elements = 0
    for parameter in mapped.parameters { elements += try mapped.parameter(named: parameter.name).elementCount }
    #expect(summary.uniqueParameters == elements)
  }

  /// The demo model with changes to its tensors.
  private func demo(
    in folder: TemporaryFolder, _ change: (inout [(name: String, tensor: Tensor)]) -> Void
  ) throws -> Model {
    let source = try Checkpoint.open(Fixtures.path("models/gpt2-tatoeba-tiny/model.safetensors"))
    var tensors = try source.tensors.map { (name: $0.name, tensor: try source.tensor(named: $0.name)) }
    change(&tensors)
    folder.write(SafetensorsBytes.file(tensors), to: "model.safetensors")
    folder.write(TemporaryFolder.read(Fixtures.path("models/gpt2-tatoeba-tiny/config.json")), to: "config.json")
    return try Model.open(folder.path)
  }

  @Test func aTiedHeadThatIsStoredAsWellCountsOnce() throws {
    let folder = TemporaryFolder()
    let summary = try ModelSummary(
      demo(in: folder) { tensors in
        guard let table = tensors.first(where: { $0.name == "transformer.wte.weight" }) else { return }
        tensors.append(("lm_head.weight", table.tensor))
      })
    #expect(summary.uniqueParameters == 940_800)
    #expect(summary.parametersWithTies == 1_071_872)
    #expect(
      summary.ties == [.init(parameter: "lm_head.weight", target: "embeddings.word.weight", elementCount: 131_072)])
    let head = try #require(summary.items.first { $0.stored.info.name == "lm_head.weight" })
    #expect(head.parameterCount == 0)
  }

  @Test func anUntiedHeadCountsByItself() throws {
    let folder = TemporaryFolder()
    let summary = try ModelSummary(
      demo(in: folder) { tensors in
        var generator = SplitMix64(seed: 1)
        tensors.append(("lm_head.weight", generator.tensor([1024, 128])))
      })
    #expect(summary.uniqueParameters == 1_071_872)
    #expect(summary.ties.isEmpty)
  }

  @Test func aMissingTensorIsAProblemAndTheRestIsListed() throws {
    let folder = TemporaryFolder()
    let summary = try ModelSummary(demo(in: folder) { $0.removeAll { $0.name == "transformer.h.2.ln_1.bias" } })
    #expect(summary.items.count == 51)
    #expect(summary.isRecognised && summary.mapped == nil)
    #expect(summary.nearest?.name == "gpt2.hf")
    #expect(try #require(summary.problem).details.contains { $0.contains("transformer.h.2.ln_1.bias") })
  }

  @Test func anUnknownArchitectureIsListedAndIsNoProblem() throws {
    let folder = TemporaryFolder()
    let bytes = SafetensorsBytes.file([("conv1.weight", Tensor(.f32, [3], [1, 2, 3] as [Float]))])
    let alone = try ModelSummary(Model.open(folder.write(bytes, to: "net.safetensors")))
    #expect(alone.items.map(\.stored.info.name) == ["conv1.weight"])
    #expect(!alone.isRecognised && alone.problem == nil && alone.nearest == nil)
    #expect(alone.uniqueParameters == 3)
    folder.write(Array("{\"model_type\": \"resnet\"}".utf8), to: "config.json")
    let named = try ModelSummary(Model.open(folder.path))
    #expect(try #require(named.failure).message.contains("resnet"))
    #expect(named.problem == nil)
  }

  @Test func aFileWithoutItsConfigIsRecognisedAndIsNoProblem() throws {
    let folder = TemporaryFolder()
    let bytes = TemporaryFolder.read(Fixtures.path("models/gpt2-tatoeba-tiny/model.safetensors"))
    let summary = try ModelSummary(Model.open(folder.write(bytes, to: "model.safetensors")))
    #expect(summary.isRecognised && summary.problem == nil)
    #expect(summary.failure?.kind == .missingHyperparameter)
  }

  @Test func aLayoutThatDoesNotExistIsRefused() throws {
    var request = MappingRequest()
    request.layout = "hff"
    let model = try Model.open(Fixtures.path("models/bert-mlm"))
    #expect(throws: LayoutError.self) { try ModelSummary(model, request) }
  }
}
