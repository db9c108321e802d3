import Architectures
import TensorData
import TestSupport
import Testing
import WeightFiles

@testable import ModelConversion

/// What a converted file remembers of the one it came from.
@Suite struct OriginNotes {
  let folder = TemporaryFolder()

  /// The reference GPT-2 with a head, but without the prefix that such a file usually has.
  private func withoutPrefix() throws -> ModelCopy {
    var copy = try ModelCopy("gpt2-lm")
    copy.tensors = copy.tensors.map { (String($0.name.dropFirst("transformer.".count)), $0.tensor) }
    return copy
  }

  @Test func aModelAsItsLayoutWritesItNeedsNoNote() throws {
    for name in ["bert-mlm", "gpt2-lm", "gpt2-model", "t5-v10"] {
      #expect(try OriginNote(Model.open(Fixtures.path("models/\(name)")).mapped()) == nil, "\(name)")
    }
  }

  @Test func anUnusualPrefixAndBuffersAreRemembered() throws {
    var copy = try withoutPrefix()
    let mask = (0..<41 * 41).map { UInt8($0 % 41 <= $0 / 41 ? 1 : 0) }
    copy["h.0.attn.bias"] = Tensor(.bool, [1, 1, 41, 41], mask)
    let note = try #require(OriginNote(Model.open(copy.write(in: folder)).mapped()))
    #expect(note.layout == "hf" && note.hasPrefix == false)
    #expect(note.buffers == [TensorInfo(name: "h.0.attn.bias", dtype: .bool, shape: [1, 1, 41, 41])])
    let read = try #require(OriginNote([MetadataEntry(key: "other", value: "1"), note.entry]))
    #expect(read.layout == note.layout && read.hasPrefix == note.hasPrefix && read.buffers == note.buffers)
  }

  @Test func theWayBackMakesPrefixAndBuffersAgain() throws {
    var copy = try withoutPrefix()
    copy["h.1.attn.masked_bias"] = Tensor(.f32, [], [-1e4] as [Float])
    let original = try Model.open(copy.write(in: folder))
    var options = ConversionOptions(format: .npz)
    options.layout = "tf1"
    try ConversionPlan(original, options).stage(to: ConversionDestination(folder.file("tf1"), options)).commit()
    options = ConversionOptions(format: .safetensors)
    options.layout = "hf"
    let plan = try ConversionPlan(Model.open(folder.file("tf1")), options)
    try plan.stage(to: ConversionDestination(folder.file("back"), options)).commit()
    #expect(
      TemporaryFolder.read(folder.file("back/model.safetensors"))
        == TemporaryFolder.read(folder.file("model/model.safetensors")))
  }

  @Test(arguments: ["", "{", "[]", "{}", "{\"layout\": 3}"])
  func whatIsNoNoteIsIgnored(text: String) {
    #expect(OriginNote([MetadataEntry(key: "tfconv.origin", value: text)]) == nil)
  }

  @Test(arguments: ["[-1]", "[9999999999]", "[1048576, 1048576]", "[1,1,1,1,1]"])
  func buffersOfImpossibleSizesAreIgnored(shape: String) throws {
    let text = "{\"layout\": \"hf\", \"buffers\": [{\"name\": \"b\", \"dtype\": \"F32\", \"shape\": \(shape)}]}"
    let note = try #require(OriginNote([MetadataEntry(key: "tfconv.origin", value: text)]))
    #expect(note.buffers.isEmpty)
  }
}
