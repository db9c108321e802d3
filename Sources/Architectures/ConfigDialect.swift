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
    /// Hugging Face's `model_type`: one of several words, spelled with capitals and dashes or without.
    case modelType([ConfigWord])
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
  /// The tasks whose files have the key; nil for all.
  public let tasks: Set<String>?
  /// Whether it counts more than keys before it that say something else of the same value.
  public let overrules: Bool

  /// Makes a row.
  ///
  /// - Parameters:
  ///   - name: the key in the file.
  ///   - canonical: the canonical name.
  ///   - kind: how the value is written.
  ///   - fallback: what the framework takes when the key is absent.
  ///   - isWritten: whether the key is written when the file does not have it yet.
  ///   - tasks: the tasks whose files have the key.
  ///   - overrules: whether it counts more than keys before it.
  public init(
    _ name: String, _ canonical: String = "", _ kind: Kind, fallback: JSONValue? = nil, isWritten: Bool = true,
    tasks: Set<String>? = nil, overrules: Bool = false
  ) {
    self.overrules = overrules
    self.name = name
    self.canonical = canonical
    self.kind = kind
    self.fallback = fallback
    self.isWritten = isWritten
    self.tasks = tasks
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
  /// Further keys that the code which reads such files knows, or nil if it refuses what it does not know.
  ///
  /// With them it may compute something else, so they stop. What is not among them either that code does not look at.
  public let known: Set<String>?
  /// What the framework takes when a key is absent from the file of a certain `model_type`; it counts more than the key's own
  /// fallback.
  public let fallbacks: [String: [String: JSONValue]]
  /// What the code that reads such files fixes, whatever the file says.
  public let implied: [String: Hyperparameter]
  /// What it fixes for models that have a part and of which the file says nothing else.
  public let impliedByPart: [String: [String: Hyperparameter]]

  /// Makes a dialect.
  ///
  /// - Parameters:
  ///   - fileName: the name of the file.
  ///   - format: the text format.
  ///   - section: the member that holds the keys; files of this name without it are another dialect's.
  ///   - frame: the members of a new file around that section.
  ///   - irrelevant: keys that say nothing about the computation; nil for all that have no row.
  ///   - known: further keys that the code which reads such files knows; nil if it refuses what it does not know.
  ///   - fallbacks: what the framework takes for absent keys, by model type.
  ///   - implied: what the code that reads such files fixes.
  ///   - impliedByPart: what it fixes for models with a part.
  ///   - keys: the rows.
  public init(
    _ fileName: String, format: Format = .json, section: String? = nil, frame: JSONObject = JSONObject(),
    irrelevant: Set<String>?, known: Set<String>? = nil,
    fallbacks: [String: [String: JSONValue]] = [:], implied: [String: Hyperparameter] = [:],
    impliedByPart: [String: [String: Hyperparameter]] = [:], keys: [ConfigKey]
  ) {
    self.known = known
    self.fallbacks = fallbacks
    self.fileName = fileName
    self.format = format
    self.section = section
    self.frame = frame
    self.keys = keys
    self.irrelevant = irrelevant
    self.implied = implied
    self.impliedByPart = impliedByPart
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
      fileName, format: format, section: section, frame: frame, irrelevant: irrelevant, known: known,
      fallbacks: fallbacks, implied: implied,
      impliedByPart: impliedByPart,
      keys: keys.map { key in others.first { $0.name == key.name } ?? key })
  }

  /// What the framework takes when a key is absent, or nil if it then fails or derives the value.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - object: the members of the file.
  /// - Returns: the value.
  func fallback(of key: ConfigKey, in object: JSONObject) -> JSONValue? {
    object["model_type"]?.string.flatMap { fallbacks[$0.plainModelType]?[key.name] } ?? key.fallback
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
