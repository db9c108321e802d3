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
      let content = found == .npz ? ForeignContent.describe(FileProbe(file)) : nil
      throw WeightFileError(
        .badMagic, path: file.path, byteOffset: 0,
        message: content.map { "the extension says \(named), found \($0)" }
          ?? "the extension says \(named), the first bytes say \(found); rename it or name the format with --from")
    }
    if let found = all.first(where: { $0.recognises(file.head) }) { return found }
    guard file.byteCount >= 8 else {
      throw WeightFileError(
        .truncated, path: file.path, message: "\(file.byteCount) bytes are too few for any weight format")
    }
    let content = ForeignContent.describe(FileProbe(file)) ?? "no weight format that is known"
    let names = all.map(\.name).joined(separator: ", ")
    throw WeightFileError(
      .badMagic, path: file.path, byteOffset: 0, message: "found \(content); expected one of \(names)")
  }
}
