public import TensorData

/// One tensor of a checkpoint and where its bytes lie.
public struct StoredTensor: Sendable {
  /// Name, element type and shape.
  public let info: TensorInfo
  /// The file that holds it.
  public let path: String
  /// Where its stored bytes begin in that file.
  public let byteOffset: Int
  /// How many bytes it takes in the file.
  public let storedByteCount: Int
  /// Whether the stored bytes are a deflate stream.
  public let isCompressed: Bool
}

/// One entry of a checkpoint's free-form metadata.
public struct MetadataEntry: Sendable, Hashable {
  /// The key.
  public var key: String
  /// The value.
  public var value: String

  /// Takes both texts.
  public init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}

/// How a file is to be understood where it does not say so itself.
public struct ReadOptions: Sendable {
  /// The format, or nil to go by the extension and the first bytes.
  public var format: WeightFormat?
  /// What NumPy's opaque types stand for: of these the first of two bytes is taken for `V2`, of one byte for `V1` and `f1`.
  public var assume: [DType]

  /// Takes the options.
  ///
  /// - Parameters:
  ///   - format: the format, or nil to recognise it.
  ///   - assume: element types that opaque bytes stand for.
  public init(format: WeightFormat? = nil, assume: [DType] = []) {
    self.format = format
    self.assume = assume
  }
}

/// What a format's reader returns: the list of tensors, and a way to get each one.
struct OpenedFile: Sendable {
  /// In the order of their bytes.
  var tensors: [StoredTensor]
  /// The same without the places, if the reader has it at hand.
  var infos: [TensorInfo]?
  var metadata: [MetadataEntry] = []
  var notes: [String] = []
  /// Positions in `tensors` in the order of the file's own listing.
  var listing: [Int]
  /// Positions in `tensors` by name, if the reader has looked for names that occur twice.
  var names: NameIndex?
  var read: @Sendable (Int) throws(WeightFileError) -> Tensor
  /// Gives a tensor whose checksum has not been compared, and what is to be compared; nil where there is nothing to gain.
  var readUnchecked: @Sendable (Int) throws(WeightFileError) -> (Tensor, PendingChecksum)? = {
    (_) throws(WeightFileError) in nil
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
  /// What the reader had to assume or ignore, a sentence each, for the user to see.
  public let notes: [String]

  private let listing: [Int]
  private let names: NameIndex
  private let read: @Sendable (Int) throws(WeightFileError) -> Tensor
  private let readUnchecked: @Sendable (Int) throws(WeightFileError) -> (Tensor, PendingChecksum)?

  init(path: String, format: WeightFormat, files: [String], opened: OpenedFile) throws(WeightFileError) {
    self.path = path
    self.format = format
    self.files = files
    stored = opened.tensors
    tensors = opened.infos ?? opened.tensors.map(\.info)
    listing = opened.listing
    metadata = opened.metadata
    notes = opened.notes
    read = opened.read
    readUnchecked = opened.readUnchecked
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

  /// Opens a weight file, or a set of shards through its `*.safetensors.index.json`.
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
    if options.format == nil, file.path.utf8.suffix(5).elementsEqual(".json".utf8) {
      return try ShardIndex(file).open(options: options)
    }
    let format = if let named = options.format { named } else { try WeightFormat.recognise(file) }
    return try Checkpoint(
      path: file.path, format: format, files: [file.path], opened: try format.open(file, options))
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
    guard let index = position(of: name) else {
      throw WeightFileError(
        .missing, path: path, tensor: name, message: "there is no tensor of this name among \(stored.count)")
    }
    return try read(index)
  }

  /// The tensor of that name without a look at its checksum, which is returned for the caller to compare; nil if the
  /// tensor has none or has to be decoded.
  func unchecked(_ name: String) throws(WeightFileError) -> (Tensor, PendingChecksum)? {
    guard let index = position(of: name) else { return nil }
    return try readUnchecked(index)
  }

  /// Reads every tensor once, so that checksums and compressed streams are checked, and forgets it.
  ///
  /// - Throws: the first defect.
  public func verifyContents() throws(WeightFileError) {
    for index in stored.indices { _ = try read(index) }
  }
}
