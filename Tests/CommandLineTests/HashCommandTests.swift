import StrictJSON
import TensorData
import TestSupport
import Testing

/// The digests of `tfconv hash`, which depend on the content and on nothing else.
@Suite struct HashCommandTests {
  let folder = TemporaryFolder()

  @Test func theDigestsAreThoseOfTheDocumentedRecipe() throws {
    let bytes = SafetensorsBytes.file([
      ("é\\n", Tensor(.f32, [], [Float(1)])), ("a", Tensor(.u8, [3], Array("abc".utf8))),
    ])
    let result = try tfconv("hash", folder.write(bytes, to: "a.safetensors"), "--json").expect(0)
    let report = try JSONValue(parsing: result.output)
    // hashlib.sha256 of Python over the elements, and over the lines that json.dumps makes.
    #expect(
      report["tensors"]?["a"]?["sha256"]?.string == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      report["tensors"]?["é\n"]?["sha256"]?.string == "e00e5eb9444182f352323374ef4e08ebcb784725fdd4fd612d7730540b3e0c8c"
    )
    #expect(report["content"]?.string == "1aaf3af0753aaaec5c616cf5afb73fffc782300ec5282bbc91223dce51451d94")
    try tfconv("hash", folder.file("a.safetensors")).expect(
      0, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  U8     [3]    a\n", "é\\n\n",
      "1aaf3af0753aaaec5c616cf5afb73fffc782300ec5282bbc91223dce51451d94  content\n")
  }

  @Test func compressionByteOrderAndElementOrderChangeNoDigest() throws {
    let contents = try ["stored", "deflated", "streamed", "swapped"].map { name in
      try content(Fixtures.path("formats/\(name).npz"))
    }
    #expect(Set(contents).count == 1)
    let swapped = try report(Fixtures.path("formats/swapped.npz"))["tensors"]?.object
    let reference = try report(Fixtures.path("formats/reference.safetensors"))["tensors"]
    for member in swapped?.members ?? [] { #expect(reference?[member.key] == member.value, "\(member.key)") }
    #expect(swapped?.members.count == 16)
  }

  @Test func shardsFormatAndMetadataChangeNoDigest() throws {
    let model = Fixtures.model("gpt2-lm")
    let expected = try content(model)
    try tfconv("convert", model, "-o", folder.file("shards"), "--max-shard-size", "20KB").expect(0)
    #expect(TemporaryFolder.names(in: folder.file("shards")).count > 3)
    try tfconv("convert", model, "-o", folder.file("a.npz"), "--to", "npz:hf").expect(0)
    #expect(try content(folder.file("shards")) == expected)
    #expect(try content(folder.file("a.npz")) == expected)
  }

  @Test func theArrayOfAnNPYFileHasNoName() throws {
    let path = Fixtures.path("formats/version1.npy")
    folder.write(TemporaryFolder.read(path), to: "other.npy")
    #expect(try report(path)["tensors"]?.object?.members.map(\.key) == [""])
    #expect(try content(path) == content(folder.file("other.npy")))
  }

  @Test func theConfigurationOfAModelDoesNotMatter() throws {
    let copy = try ModelCopy("gpt2-lm").write(in: folder)
    folder.write(Array("no JSON".utf8), to: "model/config.json")
    #expect(try content(copy) == content(Fixtures.model("gpt2-lm")))
  }

  private func report(_ path: String) throws -> JSONValue {
    try JSONValue(parsing: tfconv("hash", path, "--json").expect(0).output)
  }

  private func content(_ path: String) throws -> String { try #require(report(path)["content"]?.string) }
}
