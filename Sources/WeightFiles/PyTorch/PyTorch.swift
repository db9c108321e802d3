internal import TensorData

extension WeightFormat {
  /// PyTorch's checkpoints, zip archives and the stream of before version 1.6, which are read and not written.
  public static let pytorch = WeightFormat(
    name: "pytorch", extensions: [".bin", ".pt", ".pth", ".ckpt", ".pth.tar"], sharesExtensions: true,
    preferredNames: ["pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth"],
    otherNames: [
      "training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.bin", "scheduler.pt", "scaler.pt",
      "rng_state.pth",
    ],
    indexEnding: ".bin.index.json", capabilities: [.names], recognise: TorchFile.recognise, open: TorchFile.open,
    writer: nil)
}

/// Tells PyTorch's containers apart.
enum TorchFile {
  static func recognise(_ probe: FileProbe) -> Confidence {
    if ZipDirectory.recognises(probe.head) {
      guard let members = probe.members else { return .possible }
      return members.contains { $0.hasSuffix("/data.pkl") } ? .certain : .possible
    }
    if TorchStream.recognises(probe.head) { return .certain }
    return isPickle(probe.head) || isTar(probe) ? .possible : .none
  }

  static func open(_ files: FileSet, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    if files.isIndex { return try ShardIndex(files).open { (file) throws(WeightFileError) in try open(file) } }
    return try open(files.main)
  }

  private static func open(_ file: MappedFile) throws(WeightFileError) -> OpenedFile {
    let probe = FileProbe(file)
    let whole = try WholeFile(file)
    if ZipDirectory.recognises(file.head) { return try TorchArchive.open(whole) }
    if TorchStream.recognises(file.head) { return try TorchStream.open(whole) }
    let found = ForeignContent.describe(probe) ?? "other bytes"
    guard file.byteCount > 0 else {
      throw WeightFileError(.truncated, path: file.path, message: "the file is empty; fetch it again")
    }
    if isTar(probe) { throw WeightFileError(.unsupportedVersion, path: file.path, message: "found \(found)") }
    throw WeightFileError(
      isPickle(file.head) ? .pickle : .badMagic, path: file.path, byteOffset: 0,
      message: "expected a PyTorch checkpoint, found \(found)")
  }

  private static func isPickle(_ head: [UInt8]) -> Bool {
    head.count > 1 && head[0] == 0x80 && (2...5).contains(head[1])
  }

  private static func isTar(_ probe: FileProbe) -> Bool {
    probe.bytes(at: 257, count: 5).elementsEqual("ustar".utf8)
  }
}
