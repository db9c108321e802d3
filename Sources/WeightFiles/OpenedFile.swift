public import StrictJSON
internal import TensorData

/// One entry of a checkpoint's free-form metadata.
public struct MetadataEntry: Sendable, Hashable {
  /// The key.
  public var key: String
  /// The value with its type; of a format that knows texts alone, a string.
  public var content: JSONValue

  /// Takes a key and a text.
  public init(key: String, value: String) { self.init(key: key, content: .string(value)) }

  /// Takes a key and a value of any type.
  public init(key: String, content: JSONValue) {
    self.key = key
    self.content = content
  }

  /// The value as a format stores it that knows texts alone.
  public var value: String { content.string ?? content.text() }

  /// Hashes the key and the value's text.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(key)
    hasher.combine(value)
  }
}

/// A configuration that a container holds inside, as the file of that name would hold it beside.
public struct InnerConfiguration: Sendable, Equatable {
  /// The name that the file would have, such as `config.json`.
  public var name: String
  /// Its text.
  public var text: String

  /// Takes both.
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

/// What a format's reader returns: the list of tensors, and a way to get each one.
struct OpenedFile: Sendable {
  /// In the order of their bytes.
  var tensors: [StoredTensor]
  /// The same without the places, if the reader has it at hand.
  var infos: [TensorInfo]?
  /// The files that hold tensors; empty stands for the file that was opened.
  var files: [String] = []
  var metadata: [MetadataEntry] = []
  /// Configurations inside the file.
  var configurations: [InnerConfiguration] = []
  var notes: [String] = []
  /// The dictionaries at the top that hold tensors, in their order, where the file nests them.
  var branches: [String] = []
  /// Positions in `tensors` in the order of the file's own listing.
  var listing: [Int]
  /// Positions in `tensors` by name, if the reader has looked for names that occur twice.
  var names: NameIndex?
  /// Gives a tensor in pieces, windows on the file where its bytes allow it, of the type that was listed.
  var content: @Sendable (Int) throws(WeightFileError) -> TensorAssembly
  /// Gives a tensor whose checksum has not been compared, and what is to be compared; nil where there is nothing to gain.
  var uncheckedContent: @Sendable (Int) throws(WeightFileError) -> (TensorAssembly, PendingChecksum)? = {
    (_) throws(WeightFileError) in nil
  }
}
