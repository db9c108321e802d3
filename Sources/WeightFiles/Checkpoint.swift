public import TensorData

/// How a file is to be understood where it does not say so itself.
public struct ReadOptions: Sendable {
  /// The format, or nil to go by the extension and the first bytes.
  public var format: WeightFormat?
  /// What NumPy's opaque types stand for: of these the first of two bytes is taken for `V2`, of one byte for `V1` and `f1`.
  public var assume: [DType]
  /// The keys or folders, joined as in the names, under which the tensors lie that are wanted; nil for all.
  public var subtree: String?

  /// Takes the options.
  ///
  /// - Parameters:
  ///   - format: the format, or nil to recognise it.
  ///   - assume: element types that opaque bytes stand for.
  ///   - subtree: the part of the file that is wanted.
  public init(format: WeightFormat? = nil, assume: [DType] = [], subtree: String? = nil) {
    self.format = format
    self.assume = assume
    self.subtree = subtree
  }
}

/// An opened weight file or set of shards.
///
/// Opening reads headers only and checks everything that they say.
public final class Checkpoint: TensorSource {
  /// The path that was opened: the file, or the index of the shards.
  public let path: String
  /// The format of the file or files.
  public let format: WeightFormat
  /// The files that hold tensors.
  public let files: [String]
  /// What there is, in the order of the stored bytes.
  public let tensors: [TensorInfo]
  /// The same with the places of the bytes.
  public let stored: [StoredTensor]
  /// Names in the order in which the file lists them.
  public var listedNames: [String] { listing.map { stored[$0].info.name } }
  /// Free-form metadata in stored order.
  public let metadata: [MetadataEntry]
  /// The dictionaries at the top that hold tensors, in their order, where the file nests them.
  public let branches: [String]
  /// Configurations that the file holds inside.
  public let configurations: [InnerConfiguration]
  /// What the reader had to assume or ignore, a sentence each, for the user to see.
  public let notes: [String]

  private let listing: [Int]
  private let names: NameIndex
  private let main: MappedFile
  private let content: @Sendable (Int) throws(WeightFileError) -> TensorAssembly
  private let uncheckedContent: @Sendable (Int) throws(WeightFileError) -> (TensorAssembly, PendingChecksum)?

  init(_ main: MappedFile, format: WeightFormat, opened: OpenedFile) throws(WeightFileError) {
    self.main = main
    path = main.path
    self.format = format
    files = opened.files.isEmpty ? [path] : opened.files
    stored = opened.tensors
    tensors = opened.infos ?? opened.tensors.map(\.info)
    listing = opened.listing
    metadata = opened.metadata
    configurations = opened.configurations
    branches = opened.branches
    notes = opened.notes
    content = opened.content
    uncheckedContent = opened.uncheckedContent
    var duplicate: Int?
    let stored = stored
    names =
      opened.names
      ?? NameIndex(count: stored.count, name: { stored[$0].info.name }, duplicate: { duplicate = $0 })
    if let duplicate {
      throw WeightFileError(
        .duplicate, path: stored[duplicate].path, tensor: stored[duplicate].info.name,
        message: "the name occurs twice; readers disagree on which one counts, so the file is refused")
    }
  }

  /// Opens a weight file, or a set of shards through its index.
  ///
  /// - Parameters:
  ///   - path: the file; `-` reads standard input.
  ///   - options: how to understand what the file does not say.
  /// - Returns: the checkpoint.
  /// - Throws: what is wrong with the file, and where.
  public static func open(_ path: String, options: ReadOptions = ReadOptions()) throws(WeightFileError) -> Checkpoint {
    try open(path == "-" ? .standardInput() : MappedFile(path: path), options: options)
  }

  /// Reads a weight file, or an index whose path ends in `.json`, that is mapped already; shards are looked for beside it.
  ///
  /// - Parameters:
  ///   - file: the bytes.
  ///   - options: how to understand what the file does not say.
  /// - Returns: the checkpoint.
  /// - Throws: what is wrong with the file, and where.
  public static func open(
    _ file: MappedFile, options: ReadOptions = ReadOptions()
  ) throws(WeightFileError) -> Checkpoint {
    let format = if let named = options.format { named } else { try WeightFormat.recognise(file) }
    var opened = try format.open(FileSet(main: file), options)
    if let subtree = options.subtree { opened = try opened.restricted(to: subtree, path: file.path) }
    return try Checkpoint(file, format: format, opened: opened)
  }

  /// Reads the same file again in another way.
  ///
  /// - Parameter options: how to understand what the file does not say; its format stays.
  /// - Returns: the checkpoint.
  /// - Throws: what is wrong with the file, and where.
  public func reopened(_ options: ReadOptions) throws(WeightFileError) -> Checkpoint {
    var options = options
    options.format = format
    return try Checkpoint.open(main, options: options)
  }

  private func position(of name: String) -> Int? { names.position(of: name) { stored[$0].info.name } }

  /// Whether there is a tensor of that name, compared byte by byte.
  public func contains(_ name: String) -> Bool { position(of: name) != nil }

  /// Name, type, shape and place of a tensor, or nil if there is none of that name.
  public func stored(named name: String) -> StoredTensor? { position(of: name).map { stored[$0] } }

  /// The tensor of that name: a window on the mapped file where the bytes allow it, otherwise decoded into memory.
  ///
  /// A window lies where the file put it and need not be aligned to its element type. The checksum of an archive member
  /// is checked before its tensor is handed out.
  ///
  /// - Parameter name: a name out of `tensors`.
  /// - Returns: the tensor.
  /// - Throws: `missing`, or what is wrong with the stored bytes.
  public func tensor(named name: String) throws(WeightFileError) -> Tensor {
    guard let index = position(of: name) else { throw missing(name) }
    return try tensor(try content(index), at: index)
  }

  /// The tensor of that name, to be read piece by piece: windows where the bytes allow it, decoded ones otherwise.
  ///
  /// - Parameter name: a name out of `tensors`.
  /// - Returns: the tensor.
  /// - Throws: as `tensor(named:)`.
  public func assembly(named name: String) throws(WeightFileError) -> TensorAssembly {
    guard let index = position(of: name) else { throw missing(name) }
    return try content(index)
  }

  /// The window that a tensor is, or the tensor put together in memory.
  private func tensor(_ assembly: TensorAssembly, at index: Int) throws(WeightFileError) -> Tensor {
    if let window = assembly.window { return window }
    do throws(CastError) {
      return try assembly.tensor(shape: stored[index].info.shape)
    } catch {
      throw WeightFileError(
        .unsupportedDType, path: stored[index].path, tensor: stored[index].info.name, message: error.description)
    }
  }

  private func missing(_ name: String) -> WeightFileError {
    WeightFileError(
      .missing, path: path, tensor: name, message: "there is no tensor of this name among \(stored.count)")
  }

  /// The tensor of that name without a look at its checksum, which is returned for the caller to compare; nil if the
  /// tensor has none or has to be decoded.
  func unchecked(_ name: String) throws(WeightFileError) -> (TensorAssembly, PendingChecksum)? {
    guard let index = position(of: name) else { return nil }
    return try uncheckedContent(index)
  }

  /// Reads every tensor once, so that checksums and compressed streams are checked, and forgets it.
  ///
  /// - Throws: the first defect.
  public func verifyContents() throws(WeightFileError) {
    for index in stored.indices { _ = try tensor(try content(index), at: index) }
  }
}
