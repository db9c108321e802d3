public import Architectures
public import StrictJSON
public import WeightFiles

/// A model as it lies on the disk: its weights, its configuration files and what else belongs to it.
///
/// ```swift
/// let model = try Model.open("bert-base-uncased/")
/// let mapped = try model.mapped()
/// ```
public struct Model: Sendable {
  /// What the user called it.
  public let name: String
  /// The weights; headers have been read and checked, tensor bytes not.
  public let checkpoint: Checkpoint
  /// Everything that the weight file holds: more than the weights where a training run has saved its state with them.
  public let whole: Checkpoint
  /// The directory whose files belong to the model, or nil for a single file.
  public let directory: String?
  /// The configuration files of known names.
  public let configs: [ConfigFile]
  /// What lies beside the weights and makes another model of them when other programs load the folder, and files that are
  /// not what their names say: a sentence each.
  public let warnings: [String]
  /// What else lies beside the weights and is not read with them: a sentence each.
  public let remarks: [String]
  /// Those of the warnings that say which configuration files are damaged and were left out.
  let damaged: [String]
  /// The adapter that the weights are, or nil for a model.
  let adapter: Adapter?

  /// Opens a model.
  ///
  /// - Parameters:
  ///   - argument: a file, a directory, `org/name` out of the local Hugging Face cache, or `-`.
  ///   - options: how to understand what the weight file does not say.
  ///   - config: a configuration file to use instead of those beside the weights.
  /// - Returns: the model.
  /// - Throws: `ModelError`, `WeightFileError`.
  public static func open(
    _ argument: String, options: ReadOptions = ReadOptions(), config: String? = nil
  ) throws -> Model {
    let location = try ModelLocator.locate(argument)
    let checkpoint = try Checkpoint.open(location.weights, options: options)
    var configs =
      if let config { [try ConfigFiles.read(config, as: nil)] } else { try ConfigFiles.beside(location) }
    // What lies beside the weights is what a user can change, so it counts before what they hold inside.
    if configs.isEmpty { configs = try ConfigFiles.inside(checkpoint) }
    let weights = try ModelBranch.only(in: checkpoint, options, configs)
    return try Model(argument, weights, whole: checkpoint, location, configs)
  }

  /// Opens a model of which some configuration files may be damaged: they are left out, and a warning says so.
  ///
  /// - Parameters:
  ///   - argument: a file, a directory, `org/name` out of the local Hugging Face cache, or `-`.
  ///   - options: how to understand what the weight file does not say.
  /// - Returns: the model.
  /// - Throws: `ModelError`, `WeightFileError`.
  public static func openWhatIsSound(_ argument: String, options: ReadOptions = ReadOptions()) throws -> Model {
    let location = try ModelLocator.locate(argument)
    let checkpoint = try Checkpoint.open(location.weights, options: options)
    var damaged: [String] = []
    var configs = try ConfigFiles.beside(location) { damaged.append($0) }
    if configs.isEmpty {
      do { configs = try ConfigFiles.inside(checkpoint) } catch let error as ModelError {
        damaged.append(error.message)
      }
    }
    // A file of several models is shown whole; what is done with one of them asks which.
    let models = try ModelBranch.models(in: checkpoint, options, configs)
    let weights = models.count == 1 ? models[0].weights : checkpoint
    return try Model(argument, weights, whole: checkpoint, location, configs, damaged)
  }

  private init(
    _ name: String, _ checkpoint: Checkpoint, whole: Checkpoint, _ location: ModelLocator.Location,
    _ configs: [ConfigFile],
    _ damaged: [String] = []
  ) throws(ModelError) {
    self.name = name
    self.checkpoint = checkpoint
    self.whole = whole
    self.configs = configs
    self.damaged = damaged
    directory = location.directory
    let folder = location.directory ?? FileSystem.directory(of: location.weights)
    let isNamedSo = location.weights != "-" && Adapter.isWeights(FileSystem.name(of: location.weights))
    let isThere = try FileSystem.kind(of: FileSystem.join(folder, Adapter.fileName)) == .file
    let isAdapter = isNamedSo && isThere
    adapter = isAdapter ? Adapter(in: folder) : nil
    guard let directory, !isAdapter else {
      warnings = damaged
      remarks = []
      return
    }
    let surroundings = try Surroundings(directory, weights: location.weights, configs: configs)
    warnings = damaged + surroundings.warnings
    remarks = surroundings.remarks
  }

  /// Refuses weights that are an adapter.
  ///
  /// - Throws: `LayoutError` that names the model that it changes.
  public func requireModel() throws(LayoutError) {
    if let adapter { throw adapter.failure(name) }
  }

  /// Refuses a model that holds no tensor, of which nothing can be said, compared or written.
  ///
  /// - Throws: `ModelError`.
  public func requireTensors() throws(ModelError) {
    guard checkpoint.tensors.isEmpty else { return }
    throw ModelError(
      .invalid, "\(name) holds no tensor; there is no model in it",
      hint: "fetch or save it again; tfconv inspect shows what the file says")
  }

  /// The tensors that a conversion carried along under their own names, as the file's metadata remembers.
  public var carriedNames: Set<String> { CarriedTensors.names(in: checkpoint.metadata) }

  /// A JSON file that belongs to the model, such as `tokenizer.json`; nil if it has none of that name.
  ///
  /// - Parameter name: the name of the file in the model's directory.
  /// - Returns: the parsed file.
  /// - Throws: `ModelError` if it is no JSON, `WeightFileError` if it cannot be read.
  public func companion(_ name: String) throws -> JSONValue? {
    guard let directory else { return nil }
    let path = FileSystem.join(directory, name)
    guard try FileSystem.kind(of: path) == .file else { return nil }
    do {
      return try JSONValue(parsing: TextFile.read(path))
    } catch let error as JSONError {
      throw ModelError(.invalid, "\(path): \(error)", hint: "the file is not valid JSON")
    }
  }

  /// Reads a layout that a user wrote: the text that `Layout.text` prints, or rows of one.
  ///
  /// - Parameter path: the file.
  /// - Returns: the layout.
  /// - Throws: `LayoutError` with line and column, `ModelError` or `WeightFileError` if the file cannot be read.
  public static func ownLayout(_ path: String) throws -> LayoutTextReader.Result {
    try LayoutTextReader.read(TextFile.read(path), file: path)
  }

  /// The model on the canonical parameters of the common graph.
  ///
  /// - Parameters:
  ///   - request: what the user says about it; the configuration files are filled in.
  ///   - names: the names of its tensors, if they have been sorted already.
  /// - Returns: the mapped model.
  /// - Throws: `LayoutError` if the architecture or layout is unknown or something does not fit.
  public func mapped(_ request: MappingRequest = MappingRequest(), names: StoredNames? = nil) throws -> MappedModel {
    try requireModel()
    var request = request
    request.configs += configs
    request.carry(remembered: carriedNames)
    return try ModelMapper.map(checkpoint, request, names: names)
  }
}

/// The configuration files of every known dialect.
enum ConfigFiles {
  /// The names that the configuration files of all layouts have.
  ///
  /// Written down, because asking the layouts would read the tables of every architecture where one is needed. A test
  /// holds the list to them.
  static let names = [
    "config.json", "bert_config.json", "gguf_metadata.json", "hparams.json", "model_args.json", "gpt_config.json",
    "operative_config.gin", "config.gin",
  ]

  /// The files that belong to a model: those in its directory, or beside a single file under its own name.
  ///
  /// A file `bert.npz` has `bert.config.json`; only if it is the one weight file of its directory do the directory's own
  /// configuration files count.
  ///
  /// - Parameters:
  ///   - location: where the model lies.
  ///   - damaged: told of files that cannot be read, which are left out then; nil to throw what is wrong with them.
  /// - Returns: the files that could be read.
  /// - Throws: what reading throws, unless `damaged` is told of it.
  static func beside(
    _ location: ModelLocator.Location, damaged: ((String) -> Void)? = nil
  ) throws -> [ConfigFile] {
    func files(_ candidates: [(path: String, name: String)]) throws -> [ConfigFile] {
      try candidates.filter { try FileSystem.kind(of: $0.path) != nil }.compactMap { path, name in
        do {
          return try read(path, as: name)
        } catch {
          guard let damaged else { throw error }
          damaged("\((error as? ModelError)?.message ?? "\(error)"); it is not read")
          return nil
        }
      }
    }
    if let directory = location.directory { return try files(names.map { (FileSystem.join(directory, $0), $0) }) }
    guard location.weights != "-" else { return [] }
    let stem = FileSystem.stem(of: location.weights)
    let own = try files(names.map { ("\(stem).\($0)", $0) })
    if !own.isEmpty { return own }
    let directory = FileSystem.directory(of: location.weights)
    guard
      (try? ModelLocator.locate(directory).weights).map(FileSystem.resolved) == FileSystem.resolved(location.weights)
    else { return [] }
    return try files(names.map { (FileSystem.join(directory, $0), $0) })
  }

  /// The configurations that a container holds inside.
  static func inside(_ checkpoint: Checkpoint) throws -> [ConfigFile] {
    try checkpoint.configurations.map { configuration in
      do {
        return try parse(configuration.text, name: configuration.name)
      } catch let error as JSONError {
        throw ModelError(
          .invalid, "\(checkpoint.path): \(configuration.name) inside: \(error)", hint: "give --config FILE")
      }
    }
  }

  /// Reads one file; its dialect is given by `name`, or by the name it has.
  static func read(_ path: String, as name: String?) throws -> ConfigFile {
    // `bert_config.json` also ends in `config.json`.
    let ending = names.filter { path.hasSuffix($0) }.max { $0.utf8.count < $1.utf8.count }
    let name = name ?? ending ?? "config.json"
    if path.hasSuffix(".json"), let oddity = FileOddity.of(path), oddity.hasPrefix("is a ") {
      throw ModelError(.invalid, "\(path) \(oddity)", hint: "fetch the file itself, or give --config FILE")
    }
    let text = try TextFile.read(path)
    do {
      var file = try parse(text, name: name)
      file.path = path
      return file
    } catch var error as ModelError {
      error.message = "\(path): \(error.message)"
      throw error
    } catch let error as JSONError {
      throw ModelError(
        .invalid, "\(path): \(error)", hint: "the file is not valid JSON; mend it, or give --config FILE")
    }
  }

  /// Reads the text of a file of that name.
  static func parse(_ text: String, name: String) throws -> ConfigFile {
    if name.hasSuffix(".gin") { return ConfigFile(name: name, object: GinText.parse(text)) }
    guard let object = try JSONValue(parsing: text).object else {
      throw ModelError(.invalid, "the text is no JSON object", hint: "give another file: --config FILE")
    }
    return ConfigFile(name: name, object: object)
  }
}
