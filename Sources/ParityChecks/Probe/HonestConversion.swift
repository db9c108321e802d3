import Architectures
import ModelConversion
import StrictJSON
import TensorData
import WeightFiles

/// One conversion of a synthetic model through files, chosen by a random stream: everything as `convert` and `verify` do it.
struct HonestConversion: CustomStringConvertible {
  private let synthetic: SyntheticModel
  private let from: Layout
  private let to: Layout
  private let source: WeightFormat
  private let options: ConversionOptions
  private let inputSeed: UInt64
  private let threads: Int

  /// The containers; an `.npy` holds a single array.
  private static let formats = WeightFormat.written.filter { $0.capabilities.contains(.names) }

  /// Chooses a conversion; nil if the layouts cannot hold the model that came up.
  ///
  /// - Parameters:
  ///   - architecture: the architecture.
  ///   - random: decides.
  /// - Throws: what mapping throws.
  init?(_ architecture: any Architecture.Type, _ random: inout SplitMix64) throws {
    let variants = try ProbeVariant.all(of: architecture)
    let scales = SyntheticModel.scales
    let variant = variants[random.number(below: variants.count)]
    synthetic = try SyntheticModel(variant, seed: random.next(), scale: scales[random.number(below: scales.count)])
    from = architecture.layouts[random.number(below: architecture.layouts.count)]
    to = architecture.layouts[random.number(below: architecture.layouts.count)]
    source = HonestConversion.formats[random.number(below: HonestConversion.formats.count)]
    var options = ConversionOptions(
      format: HonestConversion.formats[random.number(below: HonestConversion.formats.count)])
    options.layout = to.name
    options.dtype = [nil, nil, .f64, .bf16, .f16][random.number(below: 5)]
    options.compression = random.number(below: 2)
    options.replacesExisting = true
    self.options = options
    inputSeed = random.next()
    threads = 1 + random.number(below: 2)
    guard try synthetic.representable(synthetic.model, in: from) != nil,
      try synthetic.representable(synthetic.model, in: to) != nil
    else { return nil }
  }

  /// What the conversion is, for a report.
  var description: String {
    let variant = synthetic.variant
    let type = options.dtype?.rawValue ?? "as it is"
    return
      "\(variant.architecture.name) \(variant.name), \(source.name):\(from.name) to \(options.format.name):\(to.name), type \(type), scale \(synthetic.scale), seed \(synthetic.seed)"
  }

  /// What a campaign counts it as.
  var kinds: [String] {
    let architecture = synthetic.variant.architecture.name
    return [
      "\(architecture).\(from.name) -> \(architecture).\(to.name)", "to \(options.format.name)",
      "type \(options.dtype?.rawValue ?? "as it is")",
    ]
  }

  /// Writes the model, converts it, reads both files and compares them.
  ///
  /// - Parameter folder: where the files go; those of an earlier conversion are replaced.
  /// - Returns: what `verify` finds.
  /// - Throws: what writing, converting, reading or comparing throws.
  func report(in folder: String) throws -> ParityReport {
    let model = try Model.open(try written(to: folder + "/source" + source.fileExtension))
    let plan = try ConversionPlan(model, options)
    let target = folder + "/target" + options.format.fileExtension
    let staged = try plan.stage(to: ConversionDestination(target, options))
    var first = ParitySide(name: model.name, source: model.checkpoint, request: MappingRequest())
    first.request.configs = model.configs
    var second = ParitySide(name: target, source: try staged.readBack(), request: MappingRequest())
    second.request.configs = plan.targetConfigs
    var parity = ParityOptions()
    parity.seed = inputSeed
    parity.threads = threads
    return try ParityCheck.compare(first, second, options: parity)
  }

  private func written(to path: String) throws -> String {
    let model = try synthetic.model.rewritten(in: from)
    let entries = model.source.tensors.map { info in
      WriteEntry(info) { try model.source.tensor(named: info.name) }
    }
    let object = from.configuration(of: synthetic.variant.architecture, model.values, base: nil).object
    let files = OutputSet(replace: true, policy: .never)
    let stem = path.dropLast(source.fileExtension.count)
    try files.add(Array(from.config.text(of: object).utf8), path: "\(stem).\(from.config.fileName)")
    _ = try source.write(entries, to: path, in: files)
    try files.commit()
    return path
  }
}
