public import Architectures
import StrictJSON
public import TensorData
public import WeightFiles

/// A conversion that is known in full before the first tensor is read: every output tensor, every source byte's fate.
public struct ConversionPlan: Sendable {
  /// How one output tensor comes about.
  enum Recipe: Sendable {
    /// A source tensor as it is, or cast.
    case stored(String)
    /// Parameters laid out anew.
    case target(TargetTensor)
    /// A buffer or parameters whose values are known without reading them.
    case buffer(KnownValue)
  }

  /// One tensor of the output.
  public struct Output: Sendable {
    /// Its name, element type and shape.
    public let info: TensorInfo
    let recipe: Recipe
    /// The parameters that it holds; empty if the conversion has no layout.
    public var parameters: [String] = []
  }

  /// The source.
  public let source: Model
  /// The source through its layout, or nil if the container alone changes.
  public let model: MappedModel?
  /// The layout of the output, or nil.
  public let layout: Layout?
  /// What the conversion does.
  public let options: ConversionOptions
  /// The tensors of the output.
  public let outputs: [Output]
  /// What becomes of each tensor of the source.
  public let ledger: Ledger
  /// The metadata of the output.
  public let metadata: [MetadataEntry]
  /// The configuration files of the output: name and text.
  public let configs: [(name: String, text: String)]
  /// What a user should know.
  public let notes: [String]

  /// The configuration files of the output as a reader sees them; those of the source if the container alone changes.
  public var targetConfigs: [ConfigFile] {
    guard model != nil else { return source.configs }
    return configs.compactMap { try? ConfigFiles.parse($0.text, name: $0.name) }
  }

  /// The bytes of all output tensors.
  public var byteCount: Int { outputs.reduce(0) { $0 + $1.info.byteCount } }

  /// How many output tensors are renamed, transposed or otherwise rearranged, fused, constants that the source leaves out,
  /// and cast.
  public var kinds: (unchanged: Int, renamed: Int, rearranged: Int, fused: Int, constant: Int, cast: Int) {
    var kinds = (unchanged: 0, renamed: 0, rearranged: 0, fused: 0, constant: 0, cast: 0)
    for output in outputs {
      switch output.recipe {
      case .stored(let name):
        if name == output.info.name { kinds.unchanged += 1 } else { kinds.renamed += 1 }
        if source.checkpoint.stored(named: name)?.info.dtype != output.info.dtype { kinds.cast += 1 }
      case .target(let target):
        if target.pieces.count > 1 { kinds.fused += 1 } else { kinds.rearranged += 1 }
        let origin = model?.locations[target.pieces[0].parameter]?.tensor ?? ""
        if source.checkpoint.stored(named: origin)?.info.dtype != output.info.dtype { kinds.cast += 1 }
      case .buffer:
        if output.parameters.isEmpty { kinds.unchanged += 1 } else { kinds.constant += 1 }
      }
    }
    return kinds
  }

  /// Plans a conversion.
  ///
  /// - Parameters:
  ///   - source: the model.
  ///   - options: what the conversion shall do.
  /// - Throws: `LayoutError` if the model cannot be mapped or the target layout has no place for something; `ModelError`
  ///   if an element type cannot be written.
  public init(_ source: Model, _ options: ConversionOptions) throws {
    guard let name = options.layout else {
      try self.init(containerOf: source, options)
      return
    }
    try self.init(source, options, layoutNamed: name)
  }

  /// Plans a change of the layout.
  private init(_ source: Model, _ options: ConversionOptions, layoutNamed name: String) throws {
    self.source = source
    self.options = options
    let mapped = try source.mapped(options.mapping)
    let layouts = options.mapping.layouts(of: mapped.architecture)
    guard let layout = layouts.first(where: { $0.name == name }) else {
      let known = layouts.map(\.name)
      throw LayoutError(
        .unmapped, "\(mapped.architecture.name) has no layout \(name)",
        details: ["it has \(known.joined(separator: ", "))"],
        hint: NearestName.of(name, among: known).map { "did you mean \($0)?" })
    }
    let origin = OriginNote(source.checkpoint.metadata)
    let model = try layout.decidingAbsences(
      of: layout.fitting(mapped), remembered: origin?.absences(for: layout) ?? [])
    self.model = model
    self.layout = layout
    let targets = try layout.targets(
      of: model, tied: options.tied, hasPrefix: origin?.prefix(for: layout), allowsLoss: options.allowsLoss)
    var outputs = try targets.map { target in
      let dtype = try ConversionPlan.dtype(of: target, in: model, options)
      let info = TensorInfo(name: target.name, dtype: dtype, shape: target.shape)
      let recipe =
        target.unchanged(in: model).map { Recipe.stored($0) }
        ?? target.constant(in: model).map { .buffer(.constant($0)) } ?? .target(target)
      return Output(info: info, recipe: recipe, parameters: target.pieces.map(\.parameter))
    }
    outputs += ConversionPlan.buffers(layout, model, origin)
    outputs += try CarriedTensors.outputs(of: model, beside: outputs, options)
    self.outputs = outputs
    ledger = Ledger(
      model, outputs, lost: Set(layout.lost(from: model)), constant: layout.leftOut(of: model))
    metadata = ConversionPlan.metadata(model, layout, origin, source, options)
    (configs, notes) = ConversionPlan.configs(model, layout, source, options)
  }

  /// Plans a change of the container alone.
  private init(containerOf source: Model, _ options: ConversionOptions) throws {
    self.source = source
    self.options = options
    model = nil
    layout = nil
    outputs = try source.checkpoint.tensors.map { info in
      Output(info: try options.stored(info), recipe: .stored(info.name))
    }
    ledger = Ledger(
      entries: source.checkpoint.tensors.map {
        Ledger.Entry(name: $0.name, byteCount: $0.byteCount, fate: .mapped, detail: $0.name)
      })
    metadata = ConversionPlan.merged(source.checkpoint.metadata, options.metadata)
    configs = []
    notes = []
  }

  private static func dtype(
    of target: TargetTensor, in model: MappedModel, _ options: ConversionOptions
  ) throws -> DType {
    let stored = Set(
      target.pieces.compactMap { piece in
        model.constants[piece.parameter]?.dtype
          ?? model.locations[piece.parameter].flatMap { location in
            model.uses.first { $0.tensor.name == location.tensor }?.tensor.dtype
          }
      })
    if let dtype = options.dtype(of: target.name) {
      if let from = stored.first(where: { !$0.isComputableFloat }) {
        throw ModelError(.cannotConvert, "\(target.name): \(from.rawValue) is no type of weights")
      }
      return dtype
    }
    guard stored.count == 1, let dtype = stored.first else {
      throw ModelError(
        .cannotConvert,
        "\(target.name) would fuse tensors of different types: \(stored.map(\.rawValue).sorted().joined(separator: ", "))",
        hint: "say which one all shall have: --dtype f32")
    }
    guard dtype.byteWidth != nil else {
      throw ModelError(
        .cannotConvert, "\(target.name) is \(dtype.rawValue): packed types can be copied, but not laid out anew",
        hint: "give --to a format without a layout")
    }
    return dtype
  }

  static func merged(_ metadata: [MetadataEntry], _ added: [MetadataEntry]) -> [MetadataEntry] {
    metadata.filter { old in !added.contains { $0.key == old.key } } + added
  }
}
