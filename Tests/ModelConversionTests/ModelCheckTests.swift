@testable import ModelConversion
import TensorData
import TestSupport
import Testing
import WeightFiles

@Suite struct ModelCheckTests {
  @Test(arguments: Fixtures.models)
  func referenceModelsAreSound(name: String) throws {
    let summary = try ModelSummary(Model.open(Fixtures.path("models/\(name)")))
    let read = Counter()
    let check = ModelCheck(summary) { read.count += $0 }
    #expect(check.defects == [])
    #expect(check.readable == summary.items.count && check.statistics.count == summary.items.count)
    #expect(read.count == summary.byteCount)
  }

  private final class Counter { var count = 0 }

  @Test func valuesThatAreNotFiniteAreDefectsAndZerosAreNot() throws {
    let folder = TemporaryFolder()
    let file = folder.write(
      SafetensorsBytes.file([
        ("good", Tensor(.f32, [2], [1, 2] as [Float])), ("ids", Tensor(.i64, [1], [0] as [Int64])),
        ("nan", Tensor(.f32, [3], [1, .nan, .nan] as [Float])), ("zero", Tensor(.f32, [2], [0, 0] as [Float])),
        ("inf", Tensor(.f16, [1], [0x7C00] as [UInt16])),
      ]), to: "model.safetensors")
    let check = ModelCheck(try ModelSummary(Model.open(file)))
    #expect(
      check.defects == [
        .init(tensor: "nan", message: "2 of 3 values are not a number"),
        .init(tensor: "inf", message: "1 of 1 values is infinite"),
      ])
    #expect(check.zeroTensors == ["zero"])
    #expect(check.readable == 5)
  }

  @Test func aWrongChecksumIsADefectAndTheOtherTensorsAreStillRead() throws {
    let folder = TemporaryFolder()
    let outputs = OutputSet(replace: false)
    let names = ["a", "b", "c"]
    let entries = names.enumerated().map { index, name in
      let tensor = Tensor(.f32, [2], [Float(index) + 0.5, 77.25] as [Float])
      return WriteEntry(TensorInfo(name: name, dtype: .f32, shape: [2])) { tensor }
    }
    let path = folder.file("model.npz")
    _ = try WeightFormat.npz.write(entries, to: path, in: outputs)
    try outputs.commit()
    var bytes = TemporaryFolder.read(path)
    let pattern = withUnsafeBytes(of: Float(1.5).bitPattern, Array.init)
    let place = try #require((0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == pattern })
    bytes[place] ^= 1
    folder.write(bytes, to: "model.npz")
    let check = ModelCheck(try ModelSummary(Model.open(path)))
    #expect(check.readable == 2)
    #expect(check.defects.map(\.tensor) == ["b"])
    #expect(check.defects[0].message.contains("[crc]"))
    #expect(check.statistics[1] == nil && check.statistics[2]?.maximum == 77.25)
  }

  @Test func anIndexThatMiscountsItsShardsIsADefect() throws {
    let folder = TemporaryFolder()
    folder.write(SafetensorsBytes.file([("a", Tensor(.f32, [1], [1] as [Float]))]), to: "one.safetensors")
    let index = #"{"metadata": {"total_size": 5}, "weight_map": {"a": "one.safetensors"}}"#
    folder.write(Array(index.utf8), to: "model.safetensors.index.json")
    let check = ModelCheck(try ModelSummary(Model.open(folder.path)))
    #expect(check.defects.count == 1)
    #expect(check.defects[0].message.contains("the index says that all tensors take 5 bytes"))
  }

  @Test func aMissingTensorIsADefectOfTheWholeModel() throws {
    let folder = TemporaryFolder()
    let source = try Checkpoint.open(Fixtures.path("models/bert-mlm/model.safetensors"))
    let kept = try source.tensors.dropLast().map { (name: $0.name, tensor: try source.tensor(named: $0.name)) }
    folder.write(SafetensorsBytes.file(kept), to: "model.safetensors")
    folder.write(TemporaryFolder.read(Fixtures.path("models/bert-mlm/config.json")), to: "config.json")
    let check = ModelCheck(try ModelSummary(Model.open(folder.path)))
    #expect(check.defects.count == 1 && check.defects[0].tensor == nil)
    #expect(check.defects[0].message.contains(try #require(source.tensors.last).name))
  }
}
