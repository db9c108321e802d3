import Architectures
import ModelConversion
import ParityChecks
import StrictJSON
import TensorData
import WeightFiles

/// What the options that all commands share say about a model: `--from`, `--config`, `--set`, `--assume`.
struct ModelArguments {
  /// A format and a layout as the command line spells them: `npz:tf1`.
  struct Spelling {
    let format: WeightFormat?
    let layout: String?

    /// Reads `FORMAT`, `FORMAT:LAYOUT` or `:LAYOUT`.
    init(_ text: String, option: String) throws(CommandFailure) {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      layout = parts.count == 2 ? parts[1] : nil
      if parts[0].isEmpty, layout != nil {
        format = nil
        return
      }
      guard let found = WeightFormat.named(parts[0]) else {
        let known = WeightFormat.all.map(\.name)
        let near = NearestName.of(parts[0], among: known).map { "; did you mean \($0)?" } ?? ""
        throw .usage(
          "--\(option) \(text): there is no format \(parts[0]), only \(known.joined(separator: ", "))\(near)")
      }
      format = found
    }
  }

  private let arguments: ParsedArguments
  private let console: Console

  init(_ arguments: ParsedArguments, _ console: Console) {
    self.arguments = arguments
    self.console = console
  }

  /// Opens a model as the options say and makes sure that there is something in it.
  ///
  /// - Parameters:
  ///   - name: what the user called it.
  ///   - option: the option that gives its format and layout.
  ///   - usesConfig: whether `--config` and `--subtree` are meant for this model.
  /// - Returns: the opened model.
  /// - Throws: a usage failure, or what opening throws.
  func open(_ name: String, option: String = "from", usesConfig: Bool = true) throws -> Model {
    let model = try openAny(name, option: option, usesConfig: usesConfig)
    try model.requireTensors()
    return model
  }

  /// Opens a model as the options say, even if it holds no tensor.
  func openAny(_ name: String, option: String = "from", usesConfig: Bool = true) throws -> Model {
    let config = usesConfig ? arguments.string("config") : nil
    var options = try readOptions(option)
    if !usesConfig { options.subtree = nil }
    let model = try Model.open(name, options: options, config: config)
    for warning in model.warnings { console.warn(warning) }
    return model
  }

  /// Opens a model to look at it: damaged configuration files do not keep the rest from being shown.
  ///
  /// - Parameter name: what the user called it.
  /// - Returns: the opened model; its warnings are left to the report.
  /// - Throws: a usage failure, or what opening throws.
  func openToInspect(_ name: String) throws -> Model {
    if let config = arguments.string("config") {
      return try Model.open(name, options: readOptions("from"), config: config)
    }
    return try Model.openWhatIsSound(name, options: readOptions("from"))
  }

  /// Opens the weights of a model alone, with all that lies in their file, whatever its configuration says.
  ///
  /// - Parameter name: what the user called it.
  /// - Returns: the opened weight file or shards.
  /// - Throws: a usage failure, or what opening throws.
  func weights(_ name: String) throws -> Checkpoint {
    let model = try Model.openWhatIsSound(name, options: readOptions("from"))
    for warning in model.warnings { console.warn(warning) }
    return model.whole
  }

  /// Opens a file of recorded values, whose arrays may be of the bare NumPy types that `--assume` explains.
  ///
  /// - Parameter path: the file.
  /// - Returns: the recorded values.
  /// - Throws: what opening or reading throws.
  func golden(_ path: String) throws -> GoldenFile {
    var options = ReadOptions()
    options.assume = arguments.all("assume").compactMap { DType(rawValue: $0.uppercased()) }
    return try GoldenFile(Checkpoint.open(path, options: options))
  }

  private func readOptions(_ option: String) throws(CommandFailure) -> ReadOptions {
    let spelling = try arguments.string(option).map { text throws(CommandFailure) in try Spelling(text, option: option)
    }
    var options = ReadOptions(format: spelling?.format, subtree: arguments.string("subtree"))
    options.assume = arguments.all("assume").compactMap { DType(rawValue: $0.uppercased()) }
    return options
  }

  /// What the user says about how a model is mapped.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - option: the option that gives its format and layout.
  ///   - others: the other models of the command; a pattern need only match in one of them.
  /// - Returns: the request.
  /// - Throws: a usage failure, also for a pattern that matches nothing.
  func request(for model: Model, option: String = "from", beside others: [Model] = []) throws -> MappingRequest {
    var request = try request(option: option)
    request.allowedUnmapped = try selection("allow-unmapped", [model] + others)
    request.carried = try selection("carry", [model] + others)
    request.carry(remembered: model.carriedNames)
    return request
  }

  /// The tensors of the first of some models that the patterns of an option choose.
  private func selection(_ option: String, _ models: [Model]) throws(CommandFailure) -> TensorSelection {
    var selection: TensorSelection = []
    for text in arguments.all(option) {
      let pattern = GlobPattern(text)
      let matches = models.map { model in
        model.checkpoint.contains(text)
          ? [text] : model.checkpoint.tensors.map(\.name).filter { pattern.matches($0) }
      }
      guard matches.contains(where: { !$0.isEmpty }) else {
        throw .unmatched(
          option, text, what: "tensor", among: models.flatMap { $0.checkpoint.tensors.map(\.name) })
      }
      if matches[0] == [text] { selection.named.insert(text) } else { selection.fitting.formUnion(matches[0]) }
    }
    return selection
  }

  /// Refuses a pattern of which nothing came, because the layout has a place for everything that it matches.
  func checkTaken(_ plan: ConversionPlan) throws(CommandFailure) {
    let taken = Set(plan.ledger.entries.filter { [.carried, .unmapped].contains($0.fate) }.map(\.name))
    for option in ["allow-unmapped", "carry"] {
      for text in arguments.all(option) where !taken.contains(where: GlobPattern(text).matches) && !taken.contains(text)
      {
        throw .usage(
          "--\(option) \(text): the layout has a place for every tensor that matches; give a tensor's whole name to set "
            + "it aside all the same")
      }
    }
  }

  private func request(option: String) throws -> MappingRequest {
    var request = MappingRequest()
    request.layout = try arguments.string(option).map { try Spelling($0, option: option) }?.layout
    request.overrides = arguments.pairs("set").map { key, value in
      (key, (try? JSONValue(parsing: value)) ?? .string(value))
    }
    request.allowedConfigKeys = Set(arguments.all("allow-config"))
    request.ownLayouts = try arguments.all("map").map { try Model.ownLayout($0) }
    return request
  }

  /// Refuses keys of `--allow-config` that no configuration of the models has.
  ///
  /// - Parameter models: every model of the command.
  /// - Throws: a usage failure that names the first such key.
  func refuseIdleKeys(_ models: Model...) throws(CommandFailure) {
    let allowed = arguments.all("allow-config")
    guard !allowed.isEmpty else { return }
    let keys = models.flatMap(\.configs).flatMap { JSONValue.object($0.object).keys }
    for key in allowed where !keys.contains(key) {
      throw .unmatched("allow-config", key, what: "key of a configuration", among: keys)
    }
  }

  /// A model as one side of a comparison with another.
  func side(_ model: Model, beside other: Model, option: String = "from") throws -> ParitySide {
    try model.requireModel()
    var request = try request(for: model, option: option, beside: [other])
    request.configs += model.configs
    return ParitySide(name: model.name, source: model.checkpoint, request: request)
  }

  /// Which stored tensors may hold values that are not finite: those that `--allow-nonfinite` names.
  ///
  /// - Parameter sources: the models that the names are looked for in.
  /// - Returns: whether a name is allowed.
  /// - Throws: a usage failure if a pattern fits no tensor.
  func nonFiniteAllowance(_ sources: [any TensorSource]) throws -> @Sendable (String) -> Bool {
    let names = sources.flatMap { $0.tensors.map(\.name) }
    let patterns = arguments.all("allow-nonfinite").map(GlobPattern.init)
    for pattern in patterns where !names.contains(where: pattern.matches) {
      let near = NearestName.of(pattern.text, among: names).map { "; did you mean \($0)?" } ?? ""
      throw CommandFailure.usage("--allow-nonfinite \(pattern.text): no stored tensor has such a name\(near)")
    }
    return { name in patterns.contains { $0.matches(name) } }
  }

  /// The number of threads, or nil for all.
  var threads: Int? { arguments.int("threads") }
}

extension JSONValue {
  /// The keys of an object and of every object in it.
  fileprivate var keys: [String] {
    switch self {
    case .object(let object): object.members.flatMap { [$0.key] + $0.value.keys }
    case .array(let items): items.flatMap(\.keys)
    default: []
    }
  }
}
