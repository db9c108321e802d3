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
  /// Layouts that the user wrote or changed.
  public var ownLayouts: [LayoutTextReader.Result] = []
  /// The configuration files; the layout's own counts more than others.
  public var configs: [ConfigFile] = []
  /// Hyper-parameters by configuration key or canonical name; they replace what the files say.
  public var overrides: [(key: String, value: JSONValue)] = []
  /// The number of rows that the vocabulary shall have and the value of added ones; nil keeps what is stored.
  public var vocabulary: (count: Int, fill: Double)?
  /// Hyper-parameters to take where neither files nor shapes give any: those of a model that this one is compared with.
  public var fallback: Hyperparameters?
  /// Whether what a configuration says, but not in words that are understood, is left out.
  ///
  /// So the rest of the model can be looked at; it has no graph.
  public var passesOverConfiguration = false
  /// Configuration keys that may be ignored.
  public var allowedConfigKeys: Set<String> = []
  /// Stored tensors that are left out.
  public var allowedUnmapped: TensorSelection = []
  /// Stored tensors that go along under their own names, although no layout knows them.
  public var carried: TensorSelection = []
  /// Stored names, as the layout spells them, that may be missing.
  public var allowedMissing: Set<String> = []

  /// Nothing said.
  public init() {}

  /// The layouts of an architecture, the user's own among them: in the place of those of the same name, or at the end.
  public func layouts(of architecture: any Architecture.Type) -> [Layout] {
    var layouts = architecture.layouts
    for own in ownLayouts where own.architecture.name == architecture.name {
      if let known = layouts.firstIndex(where: { $0.name == own.layout.name }) {
        layouts[known] = own.layout
      } else {
        layouts.append(own.layout)
      }
    }
    return layouts
  }
}
