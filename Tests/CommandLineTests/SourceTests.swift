import Glibc
import TestSupport
import Testing

/// The ways to name a model: a directory, a file, a pipe, an entry of the Hugging Face cache.
@Suite struct ModelSources {
  let folder = TemporaryFolder()
  let model = Fixtures.model("gpt2-lm")

  @Test func aModelStreamsFromOneRunIntoTheNext() throws {
    try tfconv("convert", model, "-o", folder.file("m.npz"), "--to", "npz:tf1").expect(0)
    let pipe = try makePipe()
    let errors = try CapturedFile()
    let producer = try BuiltProgram.start(
      ["convert", folder.file("m.npz"), "-o", "-", "--to", "safetensors:hf"], output: pipe.writing,
      errors: errors.descriptor)
    close(pipe.writing)
    try BuiltProgram.run(["verify", model, "-"], input: pipe.reading).expect(
      7, "36 of 36 parameters bit-equal", "- does not say its activation", "--set activation_function=gelu_new")
    close(pipe.reading)
    #expect(BuiltProgram.exitCode(of: producer) == 0, "\(errors.text)")
    #expect(errors.text.isEmpty)
  }

  @Test func aStreamedFileIsTheSameAsAWrittenOne() throws {
    for (format, options) in [("safetensors:flax", []), ("npz", []), ("npz:tf1", ["--compress"])] {
      let file = folder.file("written.\(format.prefix { $0 != ":" })")
      try BuiltProgram.run(["convert", model, "-o", file, "--to", format, "--force"] + options).expect(0)
      let streamed = open(folder.file("streamed"), O_CREAT | O_TRUNC | O_RDWR, 0o600)
      defer { close(streamed) }
      let errors = try CapturedFile()
      let process = try BuiltProgram.start(
        ["convert", model, "-o", "-", "--to", format] + options, output: streamed, errors: errors.descriptor)
      #expect(BuiltProgram.exitCode(of: process) == 0, "\(errors.text)")
      #expect(TemporaryFolder.read(folder.file("streamed")) == TemporaryFolder.read(file), "\(format)")
    }
  }

  @Test func anEmptyStreamIsTruncated() throws {
    try tfconv("verify", model, "-").expect(3, "-: ", "[truncated]")
  }

  @Test func aCacheEntryIsFoundByItsName() throws {
    let commit = "0123456789abcdef0123456789abcdef01234567"
    let entry = "hub/models--org--tiny"
    for directory in [
      "hub", entry, "\(entry)/refs", "\(entry)/snapshots", "\(entry)/snapshots/\(commit)", "\(entry)/blobs",
    ] {
      #expect(mkdir(folder.file(directory), 0o777) == 0)
    }
    folder.write(Array(commit.utf8), to: "\(entry)/refs/main")
    for name in ["model.safetensors", "config.json"] {
      folder.write(TemporaryFolder.read("\(model)/\(name)"), to: "\(entry)/blobs/\(name)-sum")
      #expect(symlink("../../blobs/\(name)-sum", folder.file("\(entry)/snapshots/\(commit)/\(name)")) == 0)
    }
    let cache = ["HF_HOME=\(folder.path)"]
    try tfconv("verify", model, "org/tiny", environment: cache).expect(0, "PASS")
    try tfconv("convert", "org/tiny", "-o", folder.file("out"), "--to", "npz:tf1", environment: cache).expect(0)
    try tfconv("verify", model, folder.file("out")).expect(0)
    try tfconv("verify", model, "org/tiny", environment: ["HF_HUB_CACHE=\(folder.file("hub"))"]).expect(0)
    // A second snapshot that `main` does not name changes nothing.
    #expect(mkdir(folder.file("\(entry)/snapshots/ffff"), 0o777) == 0)
    try tfconv("verify", model, "org/tiny", environment: cache).expect(0)
    try tfconv("verify", model, "org/other", environment: cache).expect(
      5, "there is no file or directory org/other, and no such model in \(folder.file("hub"))")
    // An entry whose weights were never fetched.
    #expect(unlink(folder.file("\(entry)/blobs/model.safetensors-sum")) == 0)
    try tfconv("verify", model, "org/tiny", environment: cache).expect(5, "model.safetensors")
  }

  @Test func aDirectoryMayEndInASlash() throws {
    try tfconv("verify", model + "/", model).expect(0)
    try tfconv("convert", model + "/", "-o", folder.file("out/")).expect(0, folder.file("out/model.safetensors"))
  }
}
