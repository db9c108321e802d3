public import StrictJSON

/// A word of a configuration and what it says under canonical names.
public struct ConfigWord: Sendable {
  /// The word, as the configuration spells it; empty if it is said by leaving the key out.
  public let word: String
  /// The canonical values that it stands for.
  public let meaning: [String: Hyperparameter]

  /// Takes both fields.
  public init(_ word: String, _ meaning: [String: Hyperparameter]) {
    self.word = word
    self.meaning = meaning
  }
}

/// One key of a configuration file and the canonical hyper-parameter it holds; it is read and written from this one row.
public struct ConfigKey: Sendable {
  /// How the value is written.
  public enum Kind: Sendable {
    /// A whole number.
    case int
    /// A token id; a list of several says nothing that one number could hold.
    case token
    /// A real number.
    case double
    /// `true` or `false`.
    case bool
    /// One of several words.
    case words([ConfigWord])
    /// A Keras function: one of several words, or an object whose `config` is one of them; another object, such as a
    /// serialised lambda, says nothing.
    case kerasFunction([ConfigWord])
    /// A list of which the first element is one of several words; other words say nothing.
    case firstWord([ConfigWord])
    /// Hugging Face's `id2label`, whose length is the number of labels.
    case labels
    /// It says nothing about the computation.
    case anything
    /// The computation is only understood for these values.
    case must([JSONValue])
  }

  /// The key in the file.
  public let name: String
  /// The canonical name; empty for words, which carry their own.
  public let canonical: String
  /// How the value is written.
  public let kind: Kind
  /// What the framework takes when the key is absent, or nil if it then fails or derives the value.
  public let fallback: JSONValue?
  /// Whether the key is written when the file does not have it yet.
  public let isWritten: Bool

  /// Makes a row.
  ///
  /// - Parameters:
  ///   - name: the key in the file.
  ///   - canonical: the canonical name.
  ///   - kind: how the value is written.
  ///   - fallback: what the framework takes when the key is absent.
  ///   - isWritten: whether the key is written when the file does not have it yet.
  public init(
    _ name: String, _ canonical: String = "", _ kind: Kind, fallback: JSONValue? = nil, isWritten: Bool = true
  ) {
    self.name = name
    self.canonical = canonical
    self.kind = kind
    self.fallback = fallback
    self.isWritten = isWritten
  }
}

/// How one framework writes the hyper-parameters of one architecture down.
public struct ConfigDialect: Sendable {
  /// The text format of the file.
  public enum Format: Sendable {
    /// A JSON object.
    case json
    /// Bindings of gin-config, one per line.
    case gin
  }

  /// The name of the file: `config.json`.
  public let fileName: String
  /// The text format.
  public let format: Format
  /// The member that holds the keys, or nil if they are the file's own members.
  public let section: String?
  /// The members of a new file around that section.
  public let frame: JSONObject
  /// The keys that say something about the computation.
  public let keys: [ConfigKey]
  /// Keys that say nothing about it, such as training settings and bookkeeping; nil if that is all keys without a row.
  public let irrelevant: Set<String>?
  /// What the code that reads such files fixes, whatever the file says.
  public let implied: [String: Hyperparameter]

  /// Makes a dialect.
  ///
  /// - Parameters:
  ///   - fileName: the name of the file.
  ///   - format: the text format.
  ///   - section: the member that holds the keys; files of this name without it are another dialect's.
  ///   - frame: the members of a new file around that section.
  ///   - irrelevant: keys that say nothing about the computation; nil for all that have no row.
  ///   - implied: what the code that reads such files fixes.
  ///   - keys: the rows.
  public init(
    _ fileName: String, format: Format = .json, section: String? = nil, frame: JSONObject = JSONObject(),
    irrelevant: Set<String>?, implied: [String: Hyperparameter] = [:], keys: [ConfigKey]
  ) {
    self.fileName = fileName
    self.format = format
    self.section = section
    self.frame = frame
    self.keys = keys
    self.irrelevant = irrelevant
    self.implied = implied
  }

  /// Whether a file is written in this dialect, as far as its name and its outermost members show.
  ///
  /// - Parameter file: a configuration file.
  /// - Returns: whether `read` understands it.
  public func reads(_ file: ConfigFile) -> Bool {
    guard file.name == fileName else { return false }
    guard let section else { return file.object["registered_name"] == nil && file.object["model"]?.object == nil }
    return file.object[section]?.object != nil && file.object["class_name"] == frame["class_name"]
  }

  /// A dialect with some keys read in another way.
  ///
  /// - Parameter others: the keys; each takes the place of the one of its name.
  /// - Returns: the dialect.
  func replacing(_ others: ConfigKey...) -> ConfigDialect {
    ConfigDialect(
      fileName, format: format, section: section, frame: frame, irrelevant: irrelevant, implied: implied,
      keys: keys.map { key in others.first { $0.name == key.name } ?? key })
  }

  /// The members that hold the keys.
  func members(of object: JSONObject) -> JSONObject { section.map { object[$0]?.object ?? JSONObject() } ?? object }

  /// The file with other members in the place of those that hold the keys.
  func replacing(_ members: JSONObject, in object: JSONObject) -> JSONObject {
    guard let section else { return members }
    var object = object
    object[section] = .object(members)
    return object
  }

  /// The member under which values are kept that the framework's own keys cannot say.
  static let extras = "tfconv"
}
