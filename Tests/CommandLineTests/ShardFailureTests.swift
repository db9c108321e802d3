import Glibc
import TestSupport
import Testing

/// Sharded checkpoints: written, read back, and refused when a part is missing or damaged.
@Suite struct Shards {
  let folder = TemporaryFolder()
  let model = Fixtures.model("gpt2-lm")
  let sharded: String

  init() throws {
    sharded = folder.file("sharded")
    try tfconv("convert", model, "-o", sharded, "--max-shard-size", "50kB", "--verify").expect(0, "verify   PASS")
  }

  @Test func shardsReadBackAsTheSameModel() throws {
    #expect(access("\(sharded)/model-00001-of-00004.safetensors", F_OK) == 0)
    #expect(access("\(sharded)/config.json", F_OK) == 0)
    try tfconv("verify", model, sharded).expect(0, "36 of 36 parameters bit-equal")
    try tfconv("convert", sharded, "-o", folder.file("whole")).expect(0)
    #expect(
      TemporaryFolder.read(folder.file("whole/model.safetensors"))
        == TemporaryFolder.read("\(model)/model.safetensors"))
    try tfconv("convert", sharded, "-o", folder.file("tf1.npz"), "--to", "npz:tf1").expect(0)
    try tfconv("verify", sharded, folder.file("tf1.npz")).expect(0)
  }

  @Test func aMissingShardIsNamed() throws {
    #expect(unlink("\(sharded)/model-00002-of-00004.safetensors") == 0)
    for command in [["convert", sharded, "-o", folder.file("a.npz")], ["verify", model, sharded]] {
      try BuiltProgram.run(command).expect(
        3, "1 shard of 4 not there: model-00002-of-00004.safetensors", "model.safetensors.index.json")
    }
    #expect(folder.names == ["sharded"])
  }

  @Test func aTruncatedShardIsNamed() throws {
    let name = "model-00003-of-00004.safetensors"
    let bytes = TemporaryFolder.read("\(sharded)/\(name)")
    folder.write(Array(bytes.dropLast(10)), to: "sharded/\(name)")
    try tfconv("convert", sharded, "-o", folder.file("a.npz")).expect(3, name, "[truncated]")
  }

  @Test func shardsOfAnotherModelAreFound() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.rename("transformer.ln_f.bias", to: "transformer.ln_g.bias")
    let other = folder.file("other")
    try tfconv("convert", copy.write(in: folder), "-o", other, "--max-shard-size", "50kB").expect(0)
    for name in TemporaryFolder.names(in: other) where name.hasPrefix("model-") {
      folder.write(TemporaryFolder.read("\(other)/\(name)"), to: "sharded/\(name)")
    }
    try tfconv("convert", sharded, "-o", folder.file("a.npz")).expect(3, "transformer.ln_")
  }
}
