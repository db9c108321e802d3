import TestSupport
import Testing

/// What is no model, or holds no tensor, is refused by every command that would say something of it.
@Suite struct EmptyModels {
  let folder = TemporaryFolder()
  let model = Fixtures.model("gpt2-lm")

  @Test func aFileOfAnotherKindIsRefusedByEveryCommand() throws {
    for (name, word) in [
      ("keras3_deflated.keras", "a Keras model"), ("dtypes_raw.onnx", "an ONNX model"),
      ("version1.ckpt", "a TensorFlow checkpoint of version 1"), ("marian.bin", "a Marian model"),
    ] {
      let file = Fixtures.path("formats/foreign/\(name)")
      for arguments in [
        ["convert", file, "-o", folder.file("out.npz")], ["inspect", file], ["hash", file], ["verify", file, file],
        ["diff", model, file], ["run", file, "--prompt-ids", "1"],
        ["golden", "make", file, "-o", folder.file("g.npz")],
      ] {
        try BuiltProgram.run(arguments).expect(3, word, "[bad-magic]")
      }
    }
    #expect(folder.names == [])
  }

  @Test func aDirectoryOfAnotherKindIsNamed() throws {
    folder.write(TemporaryFolder.read(Fixtures.path("formats/foreign/dtypes_raw.onnx")), to: "model.onnx")
    try tfconv("inspect", folder.path).expect(3, "holds no weight file", "it holds model.onnx: an ONNX model")
    folder.write([1], to: "saved_model.pb")
    try tfconv("convert", folder.path, "-o", folder.file("a.npz")).expect(3, "it is a TensorFlow SavedModel")
  }

  @Test func aModelWithoutTensorsIsRefused() throws {
    let file = folder.write([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), to: "empty.safetensors")
    try tfconv("inspect", file).expect(0, "holds no tensor")
    for arguments in [
      ["verify", file, file], ["diff", file, file], ["diff", model, file], ["verify", model, file],
      ["run", file, "--prompt-ids", "1"],
      ["golden", "make", file, "-o", folder.file("g.npz")], ["convert", file, "-o", folder.file("a.npz")],
      ["convert", file, "-o", folder.file("a.safetensors"), "--to", "safetensors:hf"],
    ] {
      try BuiltProgram.run(arguments).expect(3, "empty.safetensors holds no tensor; there is no model in it")
    }
    #expect(folder.names == ["empty.safetensors"])
    // A bare file without tensors is a valid file of its format and may be copied as such.
    try tfconv("convert", file, "-o", folder.file("copy.safetensors")).expect(0, "the copy will hold none either")
    try tfconv("hash", file).expect(0, "holds no tensor")
  }

  @Test func anArchiveWithoutMembersIsAModelWithoutTensors() throws {
    let file = folder.write([0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18), to: "empty.npz")
    try tfconv("inspect", file).expect(0, "holds no tensor")
    try tfconv("verify", file, file).expect(3, "holds no tensor")
    try tfconv("convert", file, "-o", folder.file("a.safetensors")).expect(3, "holds no tensor")
  }

  @Test func aDirectoryWhoseWeightsAreEmptyIsRefused() throws {
    folder.write([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), to: "model.safetensors")
    folder.write(TemporaryFolder.read("\(model)/config.json"), to: "config.json")
    try tfconv("convert", folder.path, "-o", folder.file("out")).expect(3, "holds no tensor")
    try tfconv("verify", folder.path, folder.path).expect(3, "holds no tensor")
  }
}
