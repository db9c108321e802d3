/// A container format for weights: how it is recognised, read and written.
///
/// A new format is one file that makes such a value, and its name in `all`.
public struct WeightFormat: Sendable, Equatable, CustomStringConvertible {
  /// The name as the command line spells it.
  public let name: String
  /// The extension of its files, with the dot.
  public let fileExtension: String
  /// Whether a file's first bytes are this format's.
  let recognises: @Sendable ([UInt8]) -> Bool
  let open: @Sendable (MappedFile, ReadOptions) throws(WeightFileError) -> OpenedFile
  let plan: @Sendable (WriteRequest) throws(WeightFileError) -> FilePlan

  /// Every format that there is.
  public static let all: [WeightFormat] = [.npz, .npy, .safetensors]

  /// The format of that name, or nil.
  public static func named(_ name: String) -> WeightFormat? { all.first { $0.name == name } }

  /// The format whose extension the path has, or nil.
  public static func forExtension(of path: String) -> WeightFormat? {
    all.first { path.removing(end: $0.fileExtension).map { !$0.isEmpty } ?? false }
  }

  /// The name.
  public var description: String { name }

  /// Whether both are the same format.
  public static func == (a: WeightFormat, b: WeightFormat) -> Bool { a.name == b.name }

  /// Finds the format of a file: by its extension if that is a known one, otherwise by its first bytes.
  ///
  /// - Parameter file: the file.
  /// - Returns: the format.
  /// - Throws: `truncated` if there are no bytes to go by, `badMagic` if the bytes belong to something else.
  static func recognise(_ file: MappedFile) throws(WeightFileError) -> WeightFormat {
    if let named = forExtension(of: file.path) {
      guard let found = all.first(where: { $0.recognises(file.head) }), found != named else { return named }
      throw WeightFileError(
        .badMagic, path: file.path, byteOffset: 0,
        message: "the extension says \(named), the first bytes say \(found); rename it or name the format with --from")
    }
    if let found = all.first(where: { $0.recognises(file.head) }) { return found }
    guard file.byteCount >= 8 else {
      throw WeightFileError(
        .truncated, path: file.path, message: "\(file.byteCount) bytes are too few for any weight format")
    }
    let content = ForeignContent.describe(file.head) ?? "no weight format that is known"
    let names = all.map(\.name).joined(separator: ", ")
    throw WeightFileError(
      .badMagic, path: file.path, byteOffset: 0, message: "found \(content); expected one of \(names)")
  }
}

/// Files that people take for weights, told by their first bytes.
enum ForeignContent {
  /// A name for what the bytes are, or nil.
  static func describe(_ head: [UInt8]) -> String? {
    for (prefix, name) in signatures where head.starts(with: prefix.utf8) { return name }
    for (prefix, name) in binarySignatures where head.starts(with: prefix) { return name }
    return nil
  }

  // swift-format-ignore
  private static let signatures: [(String, String)] = [
    ("version https://git-lfs", "a Git LFS pointer, not the file itself; run \"git lfs pull\""),
    ("<!", "a web page; download the file itself"), ("<h", "a web page; download the file itself"),
    ("<H", "a web page; download the file itself"), ("<?", "an XML text; download the file itself"),
    ("{\"", "a JSON text"), ("{\n", "a JSON text"), ("{\r", "a JSON text"), ("{ ", "a JSON text"),
    ("GGUF", "a GGUF file, which is not supported yet"),
    ("PK\u{3}\u{4}", "a zip archive (.npz, or a PyTorch checkpoint)"),
  ]
  // swift-format-ignore
  private static let binarySignatures: [([UInt8], String)] = [
    ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy .npy file"),
    ([0x80, 0x02], "a Python pickle (a PyTorch checkpoint); save it as safetensors first"),
    ([0x80, 0x03], "a Python pickle; save it as safetensors first"),
    ([0x80, 0x04], "a Python pickle; save it as safetensors first"),
    ([0x80, 0x05], "a Python pickle; save it as safetensors first"),
    ([0x1F, 0x8B], "a gzip file; unpack it first"),
    ([0x78, 0x9C], "a zlib stream; unpack it first"),
    ([0x78, 0x01], "a zlib stream; unpack it first"),
    ([0x78, 0xDA], "a zlib stream; unpack it first"),
    ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard file; unpack it first"),
    ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
  ]
}
