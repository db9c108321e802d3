import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

/// Files of no known architecture: their container changes, and comparing them never claims more than it did.
@Suite struct UnknownArchitectures {
  let folder = TemporaryFolder()
  let source: String
  let file: String

  init() throws {
    var random = SplitMix64(seed: 3)
    file = folder.file("source.safetensors")
    let tensors: [(String, Tensor)] = [
      ("a", random.tensor([3, 4])), ("deep/er.name with space", random.tensor([2])),
      ("flags", Tensor(.bool, [3], [1, 0, 1] as [UInt8])), ("half", Tensor(.f16, [2], [0x3C00, 0x7E01] as [UInt16])),
      ("brain", Tensor(.bf16, [2], [0x3F80, 0xFFC1] as [UInt16])),
      ("counts", Tensor(.i64, [2], [-1, .max] as [Int64])),
      ("bytes", Tensor(.u8, [1, 1, 2], [7, 255] as [UInt8])), ("scalar", Tensor(.f64, [], [-0.0])),
      ("empty", Tensor(.f32, [0, 3], [] as [Float])), ("naïve", Tensor(.i16, [1], [5] as [Int16])),
      ("eighth", Tensor(.f8e4m3, [2], [0x38, 0x7F] as [UInt8])),
    ]
    let entries = tensors.map { name, tensor in
      WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
    }
    let outputs = OutputSet(replace: false)
    let metadata = [MetadataEntry(key: "note", value: "ü \"quoted\""), MetadataEntry(key: "step", value: "17")]
    _ = try WeightFormat.safetensors.write(entries, metadata: metadata, to: file, in: outputs)
    try outputs.commit()
    source = file
  }

  @Test(arguments: [[], ["--compress=1"], ["--compress=6"], ["--compress=12"]])
  func theWayThroughAnArchiveEndsAtTheSameBytes(options: [String]) throws {
    let archive = folder.file("a.npz")
    let back = folder.file("back.safetensors")
    try BuiltProgram.run(["convert", source, "-o", archive, "--verify", "--allow-nonfinite=*"] + options).expect(
      0, "11 source tensors -> 11 targets   11 unchanged", "verify   PASS  11 of 11 parameters bit-equal")
    try tfconv("convert", archive, "-o", back).expect(0)
    #expect(TemporaryFolder.read(back) == TemporaryFolder.read(source))
    #expect(try Checkpoint.open(back).metadata.contains(MetadataEntry(key: "note", value: "ü \"quoted\"")))
    try tfconv("verify", source, archive, "--weights-only", "--allow-nonfinite=*").expect(0, "PASS", "compared by name")
    try tfconv("diff", source, archive, "--allow-nonfinite=*").expect(0, "identical  11 parameters")
  }

  @Test func theSameCommandGivesTheSameBytes() throws {
    for name in ["a.npz", "b.npz"] { try tfconv("convert", source, "-o", folder.file(name), "--compress").expect(0) }
    #expect(TemporaryFolder.read(folder.file("a.npz")) == TemporaryFolder.read(folder.file("b.npz")))
  }

  @Test func equalWeightsAloneAreNoProof() throws {
    try tfconv("verify", source, source).expect(
      7, "INCONCLUSIVE", "11 of 11 parameters bit-equal", "no outputs were compared: ")
    let json = try tfconv("verify", source, source, "--json").expect(7)
    let report = try JSONValue(parsing: json.output)
    #expect(report["verdict"] == "inconclusive")
    #expect(report["exit_code"]?.int == 7)
    #expect(report["skipped"]?.string?.hasPrefix("no outputs were compared") == true)
  }

  @Test func aDifferentValueANewNameAndAnotherShapeAreFound() throws {
    let checkpoint = try Checkpoint.open(source)
    var copy = ModelCopy(tensors: try checkpoint.tensors.map { ($0.name, try checkpoint.tensor(named: $0.name)) })
    copy.edit("a") { $0[5] += 1 }
    copy.rename("flags", to: "flag")
    copy["bytes"] = copy["bytes"]?.reshaped([2])
    let other = try copy.write(in: folder)
    for command in [["verify", source, other], ["verify", source, other, "--weights-only"], ["diff", source, other]] {
      try BuiltProgram.run(command).expect(
        1, "a: 1 of 12 elements differ, by at most", "at [1, 1]", "flags: only in \(source)", "flag: only in \(other)",
        "bytes: shape [1, 1, 2] against [2]")
    }
    let report = try JSONValue(parsing: tfconv("diff", source, other, "--json").output)
    #expect(report["exit_code"]?.int == 1)
  }

  @Test func oneBitOfANaNOrTheSignOfZeroIsADifference() throws {
    for (name, tensor) in [
      ("half", Tensor(.f16, [2], [0x3C00, 0x7E02] as [UInt16])), ("scalar", Tensor(.f64, [], [0.0])),
      ("eighth", Tensor(.f8e4m3, [2], [0x38, 0xFF] as [UInt8])),
    ] {
      let checkpoint = try Checkpoint.open(source)
      var copy = ModelCopy(tensors: try checkpoint.tensors.map { ($0.name, try checkpoint.tensor(named: $0.name)) })
      copy[name] = tensor
      try tfconv("diff", source, copy.write(name, in: folder)).expect(1, "different  1 parameters", "  \(name): ")
    }
  }

  @Test func wholeNumbersAreNeverCast() throws {
    let cast = folder.file("cast.safetensors")
    try tfconv("convert", source, "-o", cast, "--dtype", "bf16").expect(0)
    let types = try Dictionary(uniqueKeysWithValues: Checkpoint.open(cast).tensors.map { ($0.name, $0.dtype) })
    #expect(types["a"] == .bf16 && types["scalar"] == .bf16 && types["eighth"] == .bf16)
    #expect(types["counts"] == .i64 && types["flags"] == .bool && types["bytes"] == .u8 && types["naïve"] == .i16)
  }
}
