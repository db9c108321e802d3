public import StrictJSON

/// A configuration file as it was found.
public struct ConfigFile: Sendable {
  /// The file's name: `config.json`.
  public var name: String
  /// Its members.
  public var object: JSONObject
  /// Where it lies, if it is on the disk.
  public var path: String?

  /// Takes the fields.
  public init(name: String, object: JSONObject, path: String? = nil) {
    self.name = name
    self.object = object
    self.path = path
  }
}

/// What a user says about a model that is to be mapped.
public struct MappingRequest: Sendable {
  /// The architecture, or nil to recognise it.
  public var architecture: String?
  /// The layout, or nil to recognise it.
  public var layout: String?
  /// The configuration files; the layout's own counts more than others.
  public var configs: [ConfigFile] = []
  /// Hyper-parameters by configuration key or canonical name; they replace what the files say.
  public var overrides: [(key: String, value: JSONValue)] = []
  /// Hyper-parameters to take where neither files nor shapes give any: those of a model that this one is compared with.
  public var fallback: Hyperparameters?
  /// Configuration keys that may be ignored.
  public var allowedConfigKeys: Set<String> = []
  /// Stored tensors that may be left out.
  public var allowedUnmapped: Set<String> = []
  /// Stored names, as the layout spells them, that may be missing.
  public var allowedMissing: Set<String> = []

  /// Nothing said.
  public init() {}
}
