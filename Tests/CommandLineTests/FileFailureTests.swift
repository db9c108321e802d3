import TensorData
import Glibc
import TestSupport
import Testing

/// Files that are broken, in the way or not writable: the exit code, the sentence, and that nothing is left behind.
@Suite struct FileFailures {
  let folder = TemporaryFolder()
  let model = Fixtures.model("gpt2-lm")

  @Test(arguments: [("gpt2-lm", 100), ("bert-mlm", 1), ("t5-v10", 50_000)])
  func aTruncatedFileIsNamedWithThePlace(name: String, lost: Int) throws {
    let copy = try ModelCopy(name).write(in: folder)
    let bytes = TemporaryFolder.read("\(copy)/model.safetensors")
    folder.write(Array(bytes.dropLast(lost)), to: "model/model.safetensors")
    let result = try tfconv("convert", copy, "-o", folder.file("out"), "--to", "npz:tf1").expect(
      3, "\(copy)/model.safetensors: byte ", "only", "are there; fetch the file again", "[truncated]")
    #expect(result.output.isEmpty)
    try tfconv("verify", Fixtures.model(name), copy).expect(3, "[truncated]")
    try tfconv("diff", Fixtures.model(name), copy).expect(3, "[truncated]")
    try tfconv("inspect", copy).expect(3, "[truncated]")
    #expect(folder.names == ["model"])
  }

  @Test func whatIsNoWeightFileIsSaidToBeWhatItIs() throws {
    folder.write([], to: "empty.safetensors")
    try tfconv("convert", folder.file("empty.safetensors"), "-o", folder.file("a.npz")).expect(3, "[truncated]")
    folder.write(Array("version https://git-lfs.github.com/spec/v1\n".utf8), to: "pointer")
    try tfconv("convert", folder.file("pointer"), "-o", folder.file("a.npz")).expect(3, "Git LFS pointer")
    try tfconv("convert", "\(model)/config.json", "-o", folder.file("a.npz")).expect(3, "no weight_map")
  }

  @Test func aMissingInputNamesTheNearestOne() throws {
    folder.write([], to: "weights.npz")
    try tfconv("convert", folder.file("wieghts.npz"), "-o", folder.file("a.npz")).expect(
      5, "there is no file or directory", "did you mean \(folder.file("weights.npz"))?")
    #expect(symlink("/nowhere/blob", folder.file("link.safetensors")) == 0)
    try tfconv("convert", folder.file("link.safetensors"), "-o", folder.file("a.npz")).expect(
      5, "is a symbolic link to /nowhere/blob, where there is nothing")
  }

  @Test func aDirectoryWithoutOneWeightFileSaysWhatItHolds() throws {
    folder.write([1], to: "model.onnx")
    try tfconv("convert", folder.path, "-o", folder.file("a.npz")).expect(
      3, "holds no weight file", "it holds model.onnx", "save the weights as safetensors")
    for name in ["a.npz", "b.npz"] { folder.write([1], to: name) }
    try tfconv("convert", folder.path, "-o", folder.file("c.npz")).expect(3, "holds 2 weight files", "name the file")
  }

  @Test func anOutputThatExistsIsReplacedOnlyByForce() throws {
    folder.write([1], to: "a.npz")
    let command = ["convert", model, "-o", folder.file("a.npz"), "--to", "npz:tf1"]
    try BuiltProgram.run(command).expect(
      5, "\(folder.file("a.npz")): the file exists; --force replaces it", "hint: to replace it: --force",
      "nothing was written")
    #expect(folder.names == ["a.npz"])
    #expect(TemporaryFolder.read(folder.file("a.npz")) == [1])
    try BuiltProgram.run(command + ["--force"]).expect(0)
    try tfconv("verify", model, folder.file("a.npz")).expect(0)
  }

  @Test func aModelConvertedOntoItselfStaysWhole() throws {
    let copy = try ModelCopy("gpt2-lm").write(in: folder)
    let before = TemporaryFolder.read("\(copy)/model.safetensors")
    try tfconv("convert", copy, "-o", copy).expect(5, "the file exists; --force replaces it")
    try tfconv("convert", copy, "-o", copy, "--force").expect(0)
    #expect(TemporaryFolder.read("\(copy)/model.safetensors") == before)
    let file = "\(copy)/model.safetensors"
    try tfconv("convert", file, "-o", file, "--force", "--dtype", "bf16").expect(0)
    try tfconv("verify", model, copy).expect(0, "36 exactly rounded")
  }

  @Test func aDirectoryDoesNotGetWeightsThatReadersWouldNotFind() throws {
    let copy = try ModelCopy("gpt2-lm").write(in: folder)
    for options in [["--to", "npz:tf1"], ["--max-shard-size", "50kB"], ["--max-shard-size", "50kB", "--dry-run"]] {
      try BuiltProgram.run(["convert", copy, "-o", copy, "--force"] + options).expect(
        5, "\(copy) already holds model.safetensors, which readers would take instead", "write to another directory")
    }
    try tfconv("convert", model, "-o", "\(copy)/inside", "--to", "npz:tf1").expect(0)
    try tfconv("verify", copy, "\(copy)/inside").expect(0)
  }

  @Test func aNameThatMisleadsIsRefused() throws {
    try tfconv("convert", model, "-o", folder.file("a.npz"), "--to", "safetensors").expect(
      4, "has the extension of npz, but safetensors is to be written into it", "a.safetensors, or give --to npz")
    try tfconv("convert", model, "-o", folder.file("a.pt")).expect(4, "files of the kind .pt are not written")
    try tfconv("convert", model, "-o", folder.file("a.npy")).expect(4, "a .npy file holds one array")
    try tfconv("convert", model, "-o", folder.file("a"), "--to", "npy", "--dry-run").expect(4, "holds one array")
    try tfconv("convert", model, "-o", folder.file("a.npz"), "--to", "nzp").expect(2, "did you mean npz?")
    #expect(folder.names.isEmpty)
  }

  @Test func aPlaceThatCannotBeWrittenExitsWithFive() throws {
    // Nobody, not even root, can make files below /proc.
    for place in [folder.file("none/a.npz"), "/proc/tfconv-test.npz", "/proc/tfconv-test"] {
      let result = try tfconv("convert", model, "-o", place).expect(5, place, "nothing was written")
      #expect(result.errors.contains("No such file or directory") || result.errors.contains("denied"))
    }
    #expect(chmod(folder.path, 0o555) == 0)
    defer { chmod(folder.path, 0o755) }
    // Root may write everywhere.
    let code: Int32 = geteuid() == 0 ? 0 : 5
    try tfconv("convert", model, "-o", folder.file("a.npz")).expect(code)
  }

  @Test func aFailureLeavesNoEmptyDirectory() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy.edit("transformer.wpe.weight") { $0[3] = .nan }
    let broken = try copy.write(in: folder)
    try tfconv("convert", broken, "-o", folder.file("out"), "--to", "npz:tf1", "--verify").expect(7)
    #expect(folder.names == ["model"])
  }

  @Test func aDryRunWritesNothing() throws {
    for place in ["a.npz", "a"] {
      try tfconv("convert", model, "-o", folder.file(place), "--to", "npz:tf1", "--dry-run").expect(
        0, "plan ", "28 source tensors -> 28 targets", "ledger   source 126,456 B = mapped 126,456 + unmapped 0")
    }
    try tfconv("convert", model, "-o", "-", "--to", "npz", "--dry-run").expect(0, "plan ")
    #expect(folder.names.isEmpty)
  }

  @Test func weightsAloneMeansNoOtherFile() throws {
    try tfconv("convert", model, "-o", folder.file("a"), "--to", "npz:tf1", "--no-copy-files").expect(0)
    try tfconv("convert", model, "-o", folder.file("b.npz"), "--to", "npz:tf1", "--no-copy-files").expect(0)
    #expect(folder.names == ["a", "b.npz"])
    #expect(access(folder.file("a/model.npz"), F_OK) == 0)
    #expect(access(folder.file("a/config.json"), F_OK) != 0)
  }

  @Test func optionsThatContradictTheOutputAreUsageErrors() throws {
    try tfconv("convert", model, "-o", "-").expect(2, "-o - does not say which format to write: give --to FORMAT")
    try tfconv("convert", model, "-o", "-", "--to", "npz", "--verify").expect(2, "--verify needs a file")
    try tfconv("convert", model, "-o", "-", "--to", "npz", "--json").expect(2, "--json would print its report")
    try tfconv("convert", model, "-o", folder.file("a.safetensors"), "--compress").expect(2, "works on npz alone")
    try tfconv("convert", model, "-o", folder.file("a.npz"), "--metadata", "a=1", "--metadata", "a=2").expect(
      2, "--metadata gives a twice")
    try tfconv("convert", model, "-o", folder.file("a.safetensors"), "--max-shard-size", "1MB").expect(
      4, "shards are several files", "give a directory: -o \(folder.file("a"))")
    try tfconv("convert", model, "-o", folder.file("a"), "--to", "npz", "--max-shard-size", "1MB").expect(
      4, "only safetensors has shards")
    #expect(folder.names.isEmpty)
  }

  @Test(.hangLimit(minutes: 1), arguments: ["out.npz", "out"]) func anInterruptLeavesNothing(_ place: String) throws {
    // Noise takes the slowest level of compression seconds, of which the first hundredth is enough.
    var random = SplitMix64(seed: 1)
    let source = try ModelCopy(tensors: [("noise", random.tensor([2_000_000]))]).write(in: folder)
    let output = try CapturedFile()
    let process = try BuiltProgram.start(
      ["convert", source, "-o", folder.file(place), "--to", "npz", "--compress=12"], output: output.descriptor,
      errors: output.descriptor)
    while folder.names.count < 2 { usleep(1000) }
    #expect(kill(process, SIGINT) == 0)
    #expect(BuiltProgram.exitCode(of: process) == 130)
    #expect(folder.names == ["model"])
  }
}
