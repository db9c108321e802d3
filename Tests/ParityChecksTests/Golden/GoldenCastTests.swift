import Architectures
import ModelConversion
import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

@testable import ParityChecks

/// Goldens of models in float32, checked on copies that were cast, and goldens that were recorded in narrower types.
@Suite struct GoldenCasts {
  private static let models = ["bert-mlm-12-layers", "gpt2-lm", "t5-v10"]

  private func entries(_ model: String) throws -> [WriteEntry] {
    try GoldenMaker.entries(Model.open(Fixtures.path("models/\(model)")).mapped(), tool: "test")
  }

  private func read(_ entries: [WriteEntry]) throws -> GoldenFile {
    let folder = TemporaryFolder()
    let files = OutputSet(replace: false)
    _ = try WeightFormat.npz.write(entries, to: folder.file("golden.npz"), in: files)
    try files.commit()
    return try GoldenFile(Checkpoint.open(folder.file("golden.npz")))
  }

  /// A copy of a reference model with its weights changed.
  private func copy(
    _ model: String, _ change: (String, Tensor) throws -> Tensor
  ) throws -> (original: Model, copy: MemorySource, mapped: MappedModel) {
    let original = try Model.open(Fixtures.path("models/\(model)"))
    var source = MemorySource()
    for info in original.checkpoint.tensors {
      source.add(info.name, try change(info.name, original.checkpoint.tensor(named: info.name)))
    }
    var request = MappingRequest()
    request.configs = original.configs
    return (original, source, try ModelMapper.map(source, request))
  }

  @Test(arguments: models, [DType.f16, .bf16])
  func aCopyThatWasCastPassesItsGoldenAsItPassesVerification(model: String, type: DType) throws {
    // Every second tensor keeps its type, as norms often do.
    for keepsSome in [false, true] {
      var isSecond = false
      let (original, source, mapped) = try copy(model) { _, tensor in
        isSecond.toggle()
        return keepsSome && isSecond ? tensor : try Cast.convert(tensor, to: type)
      }
      let report = try GoldenCheck.run(mapped, read(entries(model)))
      #expect(report.verdict == .pass, "\(report.outputs.map { ($0.name, $0.ratio) })")
      let sketches = try #require(report.sketches)
      #expect(sketches.changed.isEmpty && !sketches.rounded.isEmpty)
      #expect(sketches.rounded.values.allSatisfy { $0 == type })
      var request = MappingRequest()
      request.configs = original.configs
      let sides = (
        ParitySide(name: "a", source: original.checkpoint, request: request),
        ParitySide(name: "b", source: source, request: request)
      )
      #expect(try ParityCheck.compare(sides.0, sides.1).verdict == .pass)
      #expect(try ModelDifference(sides.0, sides.1).verdict == .pass)
    }
  }

  @Test(arguments: models) func aFaultBesideTheCastStillFails(model: String) throws {
    let golden = try read(entries(model))
    var isDone = false
    let (_, _, mapped) = try copy(model) { _, tensor in
      guard !isDone, tensor.dtype == .f32, tensor.shape.count == 2 else { return try Cast.convert(tensor, to: .bf16) }
      isDone = true
      return try Cast.convert(ValueRelation.mapped(tensor) { -$0 }, to: .bf16)
    }
    let report = try GoldenCheck.run(mapped, golden)
    #expect(report.verdict == .fail && report.sketches?.changed.isEmpty == false)
  }

  @Test func aCastThatOverflowsIsNamedWithTheValueThatItWas() throws {
    let folder = TemporaryFolder()
    var large = try ModelCopy("gpt2-lm")
    large.edit("transformer.wpe.weight") { $0[36 * 33 + 2] = 1e6 }
    let original = try Model.open(large.write("large", in: folder)).mapped()
    let golden = try read(GoldenMaker.entries(original, tool: "test"))
    for name in large.tensors.map(\.name) {
      large[name] = try large[name].map { $0.dtype == .f32 ? try Cast.convert($0, to: .f16) : $0 }
    }
    let report = try GoldenCheck.run(Model.open(large.write("half", in: folder)).mapped(), golden)
    #expect(report.verdict == .fail)
    #expect(
      report.sketches?.changed.map(\.diagnosis.sentence)
        == ["was cast to F16, whose range the value 1000000.0 at [36, 2] leaves"])
    #expect(report.nonFinite.map(\.tensor) == ["transformer.wpe.weight"])
  }

  @Test func aGoldenOfTheFirstFormatIsStillRead() throws {
    let record = GoldenRecord.members.record
    let made = try entries("gpt2-lm")
    let folder = TemporaryFolder()
    let files = OutputSet(replace: false)
    _ = try WeightFormat.npz.write(made, to: folder.file("new.npz"), in: files)
    try files.commit()
    let text = try Checkpoint.open(folder.file("new.npz")).tensor(named: record).withUnsafeBytes {
      String(decoding: $0, as: UTF8.self)
    }
    var object = try #require(try JSONValue(parsing: text).object)
    object["schema"] = "tfconv.golden-file/1"
    for key in ["rounded", "cut_off", "overflowed"] { object[key] = nil }
    let bytes = Array(JSONValue.object(object).text().utf8)
    let old = made.map {
      $0.info.name == record ? GoldenRecord.entry(record, Tensor(.u8, [bytes.count], bytes)) : $0
    }
    let golden = try read(old)
    #expect(try GoldenCheck.run(Model.open(Fixtures.path("models/gpt2-lm")).mapped(), golden).verdict == .pass)
    let (_, _, half) = try copy("gpt2-lm") { _, tensor in try Cast.convert(tensor, to: .bf16) }
    let report = try GoldenCheck.run(half, golden)
    #expect(report.verdict == .fail)
    #expect(report.sketches?.changed.first?.diagnosis.sentence == "is stored as BF16, the golden was made from F32")
  }

  /// Golden data that were cast down to the type of the test (ROCm/rocm-libraries pull request 7082).
  @Test(arguments: Fixtures.models, [DType.f16, .bf16])
  func outputsRecordedInANarrowTypePassByItsRounding(model: String, type: DType) throws {
    let folder = Fixtures.path("models/\(model)")
    let recorded = try Checkpoint.open("\(folder)/golden_f32.npz")
    func golden(_ factor: Double) throws -> GoldenFile {
      try recordedGolden(
        recorded.tensors.map { info in
          let tensor = try recorded.tensor(named: info.name)
          guard info.name.hasPrefix("out_"), tensor.dtype == .f32 else { return (info.name, tensor) }
          return (info.name, try Cast.convert(ValueRelation.mapped(tensor) { $0 * factor }, to: type))
        }, format: .safetensors)
    }
    let mapped = try Model.open(folder).mapped()
    let right = try GoldenCheck.run(mapped, golden(1))
    #expect(right.verdict == .pass, "\(right.outputs.map { ($0.name, $0.ratio, $0.verdict) })")
    #expect(right.suspects.isEmpty)
    #expect(try GoldenCheck.run(mapped, golden(1.2)).verdict == .fail)
  }
}
