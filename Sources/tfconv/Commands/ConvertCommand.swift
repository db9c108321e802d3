import Architectures
import ModelConversion
import ParityChecks
import StrictJSON
import TensorData
import WeightFiles

/// `tfconv convert`: plans, writes, and tells what became of every source byte.
enum ConvertCommand: Command {
  static let spec = CommandSpec.convert

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    do {
      return try convert(arguments, console)
    } catch {
      var failure = CommandFailure(error)
      failure.outcome = failure.outcome ?? "nothing was written"
      throw failure
    }
  }

  private static func convert(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let model = ModelArguments(arguments, console)
    let source = try model.openAny(arguments.required("SRC"))
    try model.refuseIdleKeys(source)
    for note in source.checkpoint.notes { console.warn(note) }
    let path = arguments.string("output") ?? ""
    var options = try self.options(arguments, path, source)
    try requireContent(of: source, options, console)
    options.mapping = try model.request(for: source)
    options.mapping.allowedMissing = Set(arguments.all("allow-missing"))
    options.mapping.vocabulary = arguments.int("vocab").map { ($0, arguments.double("vocab-fill") ?? 0) }
    let isNonFiniteAllowed = try model.nonFiniteAllowance([source.checkpoint])
    let destination = try ConversionDestination(path, options)
    let plan = try ConversionPlan(source, options)
    try refuseIdleNames(arguments, plan)
    try model.checkTaken(plan)
    try plan.check(destination)
    let report = ConversionReport(plan, destination: path)
    let isJSON = arguments.flag("json")
    let isDryRun = arguments.flag("dry-run")
    if !isJSON, path != "-" || isDryRun { console.write(report.planText) }
    for note in plan.notes { console.warn(note) }
    guard !isDryRun else {
      if isJSON { console.print(report.json(result: nil, verification: nil).text(indent: 2)) }
      return .success
    }
    let bar = ProgressBar(console, label: "write", total: plan.byteCount, unit: .bytes)
    let staged = try plan.stage(to: destination) { bar.reach($0) }
    bar.finish()
    let verification = arguments.flag("verify") ? try verify(staged, plan, model, isNonFiniteAllowed) : nil
    if let verification, verification.verdict != .pass {
      if isJSON {
        console.print(report.json(result: nil, verification: verification).text(indent: 2))
      } else {
        console.write(ParityText(verification).text)
      }
      GitHubActions()?.tell(VerificationRecord(verification), console)
      console.writeError("tfconv: the converted model was not verified; nothing was written\n")
      return ParityText(verification).status
    }
    try staged.commit()
    tell(staged.result, plan, console)
    if isJSON {
      console.print(report.json(result: staged.result, verification: verification).text(indent: 2))
    } else if path != "-" {
      console.write(report.resultText(staged.result, verification: verification))
    }
    return .success
  }

  /// Lets a bare file without tensors be copied; what calls itself a model, or is to become something else, is refused.
  private static func requireContent(
    of source: Model, _ options: ConversionOptions, _ console: Console
  ) throws(ModelError) {
    let isBareCopy =
      options.format == source.checkpoint.format && options.layout == nil && source.directory == nil
      && source.configs.isEmpty
    if !isBareCopy { try source.requireTensors() }
    if source.checkpoint.tensors.isEmpty {
      console.warn("\(source.name) holds no tensor; the copy will hold none either")
    }
  }

  /// Refuses names and patterns of options that concern no tensor of the conversion.
  private static func refuseIdleNames(_ arguments: ParsedArguments, _ plan: ConversionPlan) throws(CommandFailure) {
    let kept = plan.outputs.map(\.info).filter { $0.dtype == .f32 }.map(\.name)
    for pattern in arguments.all("keep-f32") where !kept.contains(where: GlobPattern(pattern).matches) {
      throw .unmatched("keep-f32", pattern, what: "tensor that --dtype casts", among: plan.outputs.map(\.info.name))
    }
    let missing = plan.model?.missing ?? []
    for name in arguments.all("allow-missing") where !missing.contains(name) {
      let canonical = TensorMeaning.all(of: name).flatMap { $0.parameters.map(\.name) }
      guard !canonical.contains(where: missing.contains) else { continue }
      throw .unmatched("allow-missing", name, what: "tensor that is missing", among: missing)
    }
  }

  private static func tell(_ result: ConversionResult, _ plan: ConversionPlan, _ console: Console) {
    for note in result.notes where !plan.notes.contains(note) { console.warn(note) }
    for overflow in result.overflows {
      console.warn("\(overflow.sentence); it was written so, as --allow-overflow says")
    }
    guard result.underflowed > 0 else { return }
    console.warn(
      "\(NumberText.grouped(result.underflowed)) \(result.underflowed == 1 ? "value that was not zero was" : "values that were not zero were") "
        + "rounded to zero")
  }

  private static func options(
    _ arguments: ParsedArguments, _ path: String, _ source: Model
  ) throws -> ConversionOptions {
    let to = try arguments.string("to").map { try ModelArguments.Spelling($0, option: "to") }
    guard
      let format = to?.format ?? writtenFormat(of: path) ?? (path == "-" ? nil : defaultFormat(source))
    else { throw CommandFailure.usage("-o - does not say which format to write: give --to FORMAT", command: "convert") }
    if path == "-", !arguments.flag("dry-run"), let option = ["json", "verify"].first(where: arguments.flag) {
      throw CommandFailure.usage(
        option == "json"
          ? "--json would print its report among the weights on standard output"
          : "--verify needs a file to read back; with -o - the weights are gone when they could be checked",
        command: "convert")
    }
    var options = ConversionOptions(format: format)
    options.layout = to?.layout
    options.dtype = try dtype(arguments)
    let kept = arguments.all("keep-f32").map(GlobPattern.init)
    options.isKeptF32 = { name in kept.contains { $0.matches(name) } }
    options.allowsOverflow = arguments.flag("allow-overflow")
    options.tied = arguments.string("tied").flatMap(TiedPolicy.init)
    for option in ["tied", "allow-lossy", "vocab", "allow-missing", "allow-unmapped", "carry"]
    where arguments.isGiven(option) && options.layout == nil {
      throw CommandFailure.usage(
        "--\(option) needs to know the layout that is written: --to FORMAT:LAYOUT", command: "convert")
    }
    options.allowsLoss = arguments.flag("allow-lossy")
    options.maxShardSize = arguments.int("max-shard-size")
    options.compression = arguments.int("compress") ?? 0
    options.metadata = arguments.pairs("metadata").map { MetadataEntry(key: $0.key, value: $0.value) }
    options.copiesFiles = !arguments.flag("no-copy-files")
    options.threads = arguments.int("threads")
    options.replacesExisting = arguments.flag("force")
    options.diskPolicy = arguments.flag("sync") ? .always : arguments.flag("no-sync") ? .never : .whereReplacing
    let keys = options.metadata.map(\.key)
    if let twice = keys.first(where: { key in keys.count(where: { $0 == key }) > 1 }) {
      throw CommandFailure.usage("--metadata gives \(twice) twice", command: "convert")
    }
    if options.compression > 0, !format.capabilities.contains(.compression) {
      throw CommandFailure.usage("--compress works on npz alone; \(format.name) has no compression", command: "convert")
    }
    return options
  }

  /// The format that the path's extension names, if it is one that is written.
  private static func writtenFormat(of path: String) -> WeightFormat? {
    WeightFormat.forExtension(of: path).flatMap { $0.isWritten ? $0 : nil }
  }

  /// The source's own format, or safetensors where that is only read.
  private static func defaultFormat(_ source: Model) -> WeightFormat {
    source.checkpoint.format.isWritten ? source.checkpoint.format : .safetensors
  }

  private static func dtype(_ arguments: ParsedArguments) throws -> DType? {
    guard let name = arguments.string("dtype"), name != "auto" else { return nil }
    return DType(rawValue: name.uppercased())
  }

  /// Compares the written files, before they get their names, with the source.
  private static func verify(
    _ staged: StagedConversion, _ plan: ConversionPlan, _ model: ModelArguments,
    _ isNonFiniteAllowed: @escaping @Sendable (String) -> Bool
  ) throws -> ParityReport {
    var options = ParityOptions()
    options.threads = model.threads
    options.isNonFiniteAllowed = isNonFiniteAllowed
    options.allowsOverflow = plan.options.allowsOverflow
    // Without a layout nothing is known that could be run; the tensors themselves are compared.
    options.weightsOnly = plan.model == nil
    options.allowsLoss = plan.options.allowsLoss
    var source = plan.options.mapping
    source.configs += plan.source.configs
    var target = MappingRequest()
    target.layout = plan.layout?.name ?? plan.options.mapping.layout
    target.ownLayouts = plan.options.mapping.ownLayouts
    target.configs = plan.targetConfigs
    target.allowedConfigKeys = plan.options.mapping.allowedConfigKeys
    target.allowedMissing = plan.options.mapping.allowedMissing.union(plan.model?.missing ?? [])
    target.carried.fitting = Set(plan.model?.carried.map(\.name) ?? [])
    return try ParityCheck.compare(
      ParitySide(name: plan.source.name, source: plan.source.checkpoint, request: source),
      ParitySide(name: "the converted model", source: try staged.readBack(), request: target), options: options)
  }
}
