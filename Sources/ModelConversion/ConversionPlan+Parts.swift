import Architectures
import StrictJSON
import TensorData
import WeightFiles

// The parts of a plan beside its parameters: buffers, metadata, configuration files.

extension ConversionPlan {
  /// Buffers of the output: those that its layout always has, and those that the source remembers from the layout that
  /// is written again.
  static func buffers(_ layout: Layout, _ model: MappedModel, _ origin: OriginNote?) -> [Output] {
    let required = layout.requiredBuffers(of: model).map { Output(info: $0.info, recipe: .buffer($0.value)) }
    guard let origin, origin.layout == layout.name else { return required }
    let remembered = origin.buffers.compactMap { buffer in
      layout.knownBuffer(buffer.name).map { Output(info: buffer, recipe: .buffer($0)) }
    }
    return remembered + required.filter { output in !remembered.contains { $0.info.name == output.info.name } }
  }

  /// The source's metadata, without what another layout said, with the note of where it came from.
  static func metadata(
    _ model: MappedModel, _ layout: Layout, _ origin: OriginNote?, _ source: Model, _ options: ConversionOptions
  ) -> [MetadataEntry] {
    var kept = source.checkpoint.metadata
    if layout.name != model.layout.name {
      kept.removeAll { $0.key == "format" || $0.key == OriginNote.key && origin?.layout == layout.name }
      if let note = OriginNote(model), !kept.contains(where: { $0.key == OriginNote.key }) { kept.append(note.entry) }
    }
    // transformers reads a safetensors file only if it says which framework wrote it (modeling_utils.py).
    if options.format == .safetensors, layout.name == "hf" || layout.name == "flax",
      !kept.contains(where: { $0.key == "format" })
    {
      kept.append(MetadataEntry(key: "format", value: layout.name == "hf" ? "pt" : "flax"))
    }
    kept.removeAll { $0.key == CarriedTensors.key }
    if let carried = CarriedTensors.entry(of: model) { kept.append(carried) }
    return merged(kept, options.metadata)
  }

  /// The configuration in the words of the target layout, started from the source's file of the same dialect.
  static func configs(
    _ model: MappedModel, _ layout: Layout, _ source: Model, _ options: ConversionOptions
  ) -> (files: [(name: String, text: String)], notes: [String]) {
    let base = source.configs.first(where: layout.config.reads)?.object
    let lost = Set(layout.lost(from: model))
    var (object, unsaid) = layout.configuration(of: model.architecture, model.values(without: lost), base: base)
    nameType(options.dtype, in: &object)
    var notes = model.notes
    if !unsaid.isEmpty {
      notes.append(
        "\(layout.config.fileName) of \(layout.name) has no words for \(unsaid.joined(separator: ", ")): "
          + "the original code will not compute the same function; tfconv keeps them under \"tfconv\"")
    }
    var files = [(layout.config.fileName, layout.config.text(of: object))]
    // Hugging Face's file stays beside the layout's own, which says less; both must say the same.
    // A file that has lost parts is no longer the model that it describes.
    for config in source.configs
    where lost.isEmpty && config.name != layout.config.fileName && config.name == "config.json" {
      guard let own = model.architecture.layouts.first(where: { $0.config.reads(config) }), own.config.section == nil
      else { continue }
      var (object, _) = own.configuration(of: model.architecture, model.values, base: config.object)
      nameType(options.dtype, in: &object)
      files.append((config.name, own.config.text(of: object)))
    }
    return (files, notes)
  }
}

extension MappedModel {
  /// The hyper-parameters of what remains of the model without some parameters: the task is that of the parts that are left.
  fileprivate func values(without lost: Set<String>) -> Hyperparameters {
    let parts = Set(parameters.filter { lost.contains($0.name) }.compactMap(\.parameter.part))
    if parts.isEmpty { return values }
    var values = values
    values.parts.subtract(parts)
    values.set("task", .string(architecture.usualTask(values.parts)), origin: "what the layout has a place for")
    return values
  }
}

extension ConversionPlan {
  /// Names the new type of the weights where a configuration names one.
  static func nameType(_ dtype: DType?, in object: inout JSONObject) {
    guard let dtype else { return }
    for key in ["torch_dtype", "dtype"] where object[key] != nil { object[key] = .string(dtype.torchName) }
  }
}

extension DType {
  /// The name that PyTorch gives the type.
  fileprivate var torchName: String {
    switch self {
    case .f16: "float16"
    case .bf16: "bfloat16"
    case .f64: "float64"
    case .f32: "float32"
    case .f8e4m3: "float8_e4m3fn"
    case .f8e5m2: "float8_e5m2"
    default: rawValue.lowercased()
    }
  }
}

extension Ledger {
  /// The fates of a mapped model's tensors.
  init(_ model: MappedModel, _ outputs: [ConversionPlan.Output], lost: Set<String>, constant: Set<String>) {
    var holders: [String: [String]] = [:]
    var sharing: [String: Int] = [:]
    for output in outputs {
      if case .stored(let name) = output.recipe { holders[name, default: []].append(output.info.name) }
      for parameter in output.parameters {
        guard let origin = model.locations[parameter]?.tensor else { continue }
        if holders[origin]?.last != output.info.name { holders[origin, default: []].append(output.info.name) }
      }
      let origins = Set(output.parameters.compactMap { model.locations[$0]?.tensor })
      if origins.count > 1 { sharing[output.info.name] = origins.count }
    }
    entries = model.uses.map { tensor, use in
      func entry(_ fate: Fate, _ detail: String) -> Entry {
        Entry(name: tensor.name, byteCount: tensor.byteCount, fate: fate, detail: detail)
      }
      let targets = holders[tensor.name] ?? []
      switch use {
      case .parameters(let names):
        guard let first = targets.first else {
          let without = names.filter(lost.contains)
          if !without.isEmpty { return entry(.lost, "no place for \(without.joined(separator: ", "))") }
          if names.allSatisfy(constant.contains) {
            return entry(.constant, "\(names.joined(separator: ", ")) need not be stored")
          }
          return entry(.tied, "tied: \(names.joined(separator: ", ")) is left out")
        }
        if targets.count > 1, names.count > 1 { return entry(.split, targets.joined(separator: ", ")) }
        return entry(sharing[first] == nil ? .mapped : .merged, targets.joined(separator: ", "))
      case .copy(let of): return entry(.tied, "a copy of \(of)")
      case .accounted(let reason): return targets.first.map { entry(.mapped, $0) } ?? entry(.buffer, reason)
      case .carried: return entry(.carried, "goes along under its own name")
      case .unmapped: return entry(.unmapped, "left out as allowed")
      }
    }
  }
}
