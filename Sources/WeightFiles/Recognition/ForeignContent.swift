/// Names what a file is that no format here reads, so that its user knows what they have.
public enum ForeignContent {
  /// A name for what a file is, told by its bytes.
  ///
  /// - Parameter path: the file.
  /// - Returns: the name with its article, and what to do where that is plain; nil if nothing is known of such bytes, or
  ///   if they cannot be read.
  public static func describe(path: String) -> String? {
    (try? MappedFile(path: path)).flatMap { describe(FileProbe($0)) }
  }

  /// The same of a file that is open already.
  static func describe(_ probe: FileProbe) -> String? {
    if let members = probe.members {
      let hasArray = members.contains { $0.removing(end: ".npy") != nil }
      return describe(zipMembers: members) ?? (hasArray ? nil : describe(zipWithoutArrays: members))
    }
    return describe(head: probe.head) ?? tar(probe) ?? TensorFlowTable.describe(probe)
      ?? MarianBinary.describe(probe) ?? ProtocolMessage.describe(probe)
  }

  /// A name for what the first bytes alone tell.
  static func describe(head: [UInt8]) -> String? {
    for (prefix, name) in signatures where head.starts(with: prefix.utf8) { return name }
    for (prefix, name) in binarySignatures where head.starts(with: prefix) { return name }
    for (mark, name) in marksAtFour where head.dropFirst(4).starts(with: mark.utf8) { return name }
    return nil
  }

  static let zip = "a zip archive; unpack it first"

  // swift-format-ignore
  private static let signatures: [(String, String)] = [
    ("version https://git-lfs", "a Git LFS pointer, not the file itself; run \"git lfs pull\""),
    ("<!", "a web page; download the file itself"), ("<h", "a web page; download the file itself"),
    ("<H", "a web page; download the file itself"), ("<?", "an XML text; download the file itself"),
    ("{\"", "a JSON text"), ("{\n", "a JSON text"), ("{\r", "a JSON text"), ("{ ", "a JSON text"),
    ("lmgg", "a GGML file of 2023, the predecessor of GGUF"), ("fmgg", "a GGML file of 2023, the predecessor of GGUF"),
    ("tjgg", "a GGML file of 2023, the predecessor of GGUF"), ("algg", "a GGML LoRA adapter, the predecessor of GGUF"),
    ("PK\u{3}\u{4}", zip), ("PK\u{5}\u{6}", "an empty zip archive"),
    ("BZh", "a bzip2 file; unpack it first"), ("7z\u{BC}", "a 7-Zip archive; unpack it first"),
    ("Rar!", "a RAR archive; unpack it first"), ("MATLAB 5.0 MAT-file", "a MATLAB file; save its arrays as .npz first"),
    ("(dp", pickle), ("(lp", pickle), ("ccollections\n", pickle), ("cnumpy", pickle),
  ]
  // swift-format-ignore
  private static let binarySignatures: [([UInt8], String)] = [
    ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy .npy file"),
    ([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19], legacyTorch),
    ([0x80, 0x04, 0x95, 0x0D, 0, 0, 0, 0, 0, 0, 0, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A], legacyTorch),
    ([0x80, 0x02], pickle), ([0x80, 0x03], pickle), ([0x80, 0x04, 0x95], pickle), ([0x80, 0x05, 0x95], pickle),
    ([0x1F, 0x8B], "a gzip file; unpack it first"),
    ([0x78, 0x9C], "a zlib stream; unpack it first"),
    ([0x78, 0x01], "a zlib stream; unpack it first"),
    ([0x78, 0xDA], "a zlib stream; unpack it first"),
    ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard file; unpack it first"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz file; unpack it first"),
    ([0x04, 0x22, 0x4D, 0x18], "an LZ4 file; unpack it first"),
  ]
  private static let marksAtFour: [(String, String)] = [
    ("TFL3", "a TensorFlow Lite model, which holds a graph rather than a checkpoint"),
    ("ORTM", "an ONNX Runtime model (.ort), which holds a graph rather than a checkpoint"),
  ]
  private static let pickle =
    "a bare Python pickle, which only Python could read; save its arrays as safetensors or .npz"
  private static let legacyTorch =
    "a PyTorch checkpoint in the form before version 1.6; call it .pt, or name its format: pytorch"

  /// A tar archive has its mark behind the first member's header.
  ///
  /// Format: POSIX.1-1988 ustar; PyTorch before 0.1.10 saved such archives.
  private static func tar(_ probe: FileProbe) -> String? {
    guard probe.bytes(at: 257, count: 5).elementsEqual("ustar".utf8) else { return nil }
    let name = probe.head.prefix { $0 != 0 }
    let members = ["sys_info", "pickle", "storages", "tensors"]
    if members.contains(where: { name.elementsEqual($0.utf8) || name.elementsEqual("./\($0)".utf8) }) {
      return "a PyTorch checkpoint of 2016 (a tar archive); save it as safetensors first"
    }
    return "a tar archive; unpack it first"
  }
}
