/// A container format for weights: how it is recognised, read and, if it is, written.
///
/// A new format is a folder that makes such a value, and its name in `all`.
public struct WeightFormat: Sendable, Equatable, CustomStringConvertible {
  /// What a format can hold beyond the bytes of tensors.
  public enum Capability: Sendable {
    /// Tensors have names; otherwise a file holds one without.
    case names
    /// A model may lie in several files with an index.
    case shards
    /// Tensors may be compressed.
    case compression
  }

  /// The name as the command line spells it.
  public let name: String
  /// The extensions of its files, with the dot; the first is the one that is written.
  public let extensions: [String]
  /// Whether other formats use these extensions too, so that the bytes alone decide.
  let sharesExtensions: Bool
  /// What a model's file, or the index of its shards, is called in its directory, best first.
  public let preferredNames: [String]
  /// What files with its extensions are called that lie beside a model and hold something else.
  public let otherNames: [String]
  /// How the index of its shards ends; nil if it has none.
  public let indexEnding: String?
  /// What it can hold.
  public let capabilities: Set<Capability>
  /// How sure a look at a file is that it is of this format.
  let recognise: @Sendable (FileProbe) -> Confidence
  /// Reads headers, and checks everything that they say.
  let open: @Sendable (FileSet, ReadOptions) throws(WeightFileError) -> OpenedFile
  /// Lays files out; nil if the format is only read.
  let writer: WeightFormatWriter?

  init(
    name: String, extensions: [String], sharesExtensions: Bool = false, preferredNames: [String] = [],
    otherNames: [String] = [], indexEnding: String? = nil, capabilities: Set<Capability>,
    recognise: @escaping @Sendable (FileProbe) -> Confidence,
    open: @escaping @Sendable (FileSet, ReadOptions) throws(WeightFileError) -> OpenedFile,
    writer: WeightFormatWriter? = nil
  ) {
    self.name = name
    self.extensions = extensions
    self.sharesExtensions = sharesExtensions
    self.preferredNames = preferredNames
    self.otherNames = otherNames
    self.indexEnding = indexEnding
    self.capabilities = capabilities
    self.recognise = recognise
    self.open = open
    self.writer = writer
  }

  /// Every format that there is, in the order in which a directory's files are preferred.
  public static let all: [WeightFormat] = [
    .safetensors, .npz, .npy, .pytorch, .gguf, .hdf5, .tensorFlow, .messagePack, .cTranslate2,
  ]

  /// The formats that are written.
  public static let written: [WeightFormat] = all.filter(\.isWritten)

  /// The format of that name, or nil.
  public static func named(_ name: String) -> WeightFormat? { all.first { $0.name == name } }

  /// The format one of whose extensions the path has, or nil.
  public static func forExtension(of path: String) -> WeightFormat? {
    all.first { format in
      format.extensions.contains { path.removing(end: $0).map { !$0.isEmpty } ?? false }
    }
  }

  /// The extension that a file of this format gets.
  public var fileExtension: String { extensions[0] }

  /// Whether files of this format are written, not only read.
  public var isWritten: Bool { writer != nil }

  /// The name.
  public var description: String { name }

  /// Whether both are the same format.
  public static func == (a: WeightFormat, b: WeightFormat) -> Bool { a.name == b.name }

  /// Finds the format of a file: an index by the end of its name, others by their bytes; an extension that belongs to one
  /// format must not contradict these.
  ///
  /// - Parameter file: the file.
  /// - Returns: the format.
  /// - Throws: `truncated` if there are no bytes to go by, `badMagic` if the bytes belong to something else.
  static func recognise(_ file: MappedFile) throws(WeightFileError) -> WeightFormat {
    if FileSet.isIndex(file.path) {
      return all.first { $0.indexEnding.map { file.path.removing(end: $0) != nil } ?? false } ?? .safetensors
    }
    let probe = FileProbe(file)
    let named = forExtension(of: file.path)
    // Most files are what they are called, and a look at their first bytes is enough to see it.
    if let named, !named.sharesExtensions, named.recognise(probe) > .none { return named }
    var best: (format: WeightFormat, confidence: Confidence)?
    for format in all {
      let confidence = format.recognise(probe)
      let isBetter =
        confidence > best?.confidence ?? .none
        || confidence > .none && confidence == best?.confidence && format == named
      if isBetter { best = (format, confidence) }
    }
    if let named, !named.sharesExtensions {
      guard let best else { return named }
      let foreign = best.confidence < .certain ? ForeignContent.describe(probe) : nil
      throw WeightFileError(
        .badMagic, path: file.path, byteOffset: 0,
        message: foreign.map { "the extension says \(named), found \($0)" }
          ?? "the extension says \(named), the first bytes say \(best.format); rename it or name the format with --from"
      )
    }
    if let best { return best.format }
    guard file.byteCount >= 8 else {
      throw WeightFileError(
        .truncated, path: file.path, message: "\(file.byteCount) bytes are too few for any weight format")
    }
    let content = ForeignContent.describe(probe) ?? "no weight format that is known"
    let names = all.map(\.name).joined(separator: ", ")
    throw WeightFileError(
      .badMagic, path: file.path, byteOffset: 0, message: "found \(content); expected one of \(names)")
  }
}

/// How sure a look at a file is that it is of a format.
enum Confidence: Comparable, Sendable {
  /// It is not.
  case none
  /// It may be: the bytes are those of a container that several formats use.
  case possible
  /// It is, or it is damaged.
  case certain
}

/// The side of a format that lays files out.
struct WeightFormatWriter: Sendable {
  /// Lays a file out before the first tensor is read.
  let plan: @Sendable (WriteRequest) throws(WeightFileError) -> FilePlan
}
