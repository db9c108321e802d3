import Architectures
import StrictJSON
import TensorData
import WeightFiles

/// What a converted file remembers of the file it came from, so that the way back ends at the same tensors.
///
/// It stands in the metadata under `tfconv.origin`: the layout, whether names had the base model's prefix, the
/// buffers that were left out because their values are known, and the settings by which parameters were.
struct OriginNote {
  static let key = "tfconv.origin"

  let layout: String
  let hasPrefix: Bool?
  let buffers: [TensorInfo]
  /// The settings by which the file left parameters out.
  let absences: [String]

  /// Reads the note, if there is a valid one.
  init?(_ metadata: [MetadataEntry]) {
    guard let text = metadata.first(where: { $0.key == OriginNote.key })?.value,
      let json = try? JSONValue(parsing: text), let layout = json["layout"]?.string
    else { return nil }
    self.layout = layout
    hasPrefix = json["prefix"]?.bool
    absences = (json["absent"]?.array ?? []).compactMap(\.string)
    buffers = (json["buffers"]?.array ?? []).compactMap { item in
      guard let name = item["name"]?.string, let dtype = item["dtype"]?.string.flatMap(DType.init),
        let shape = item["shape"]?.array?.compactMap(\.int), shape.allSatisfy({ (0...1 << 20).contains($0) }),
        shape.count <= 4, shape.reduce(1, *) <= 1 << 28
      else { return nil }
      return TensorInfo(name: name, dtype: dtype, shape: shape)
    }
  }

  /// Makes the note of a model, or nil if there is nothing to remember that the layout would not do by itself.
  init?(_ model: MappedModel) {
    layout = model.layout.name
    let usual = model.layout.hasPrefix(model.values.parts)
    hasPrefix = model.hasPrefix == usual ? nil : model.hasPrefix
    buffers = model.uses.compactMap { use in
      guard case .accounted = use.use, model.layout.knownBuffer(use.tensor.name) != nil else { return nil }
      return use.tensor
    }
    absences = model.layout.absences.filter { model.values[$0] == .bool(false) }.sorted()
    if hasPrefix == nil, buffers.isEmpty, absences.isEmpty { return nil }
  }

  func absences(for layout: Layout) -> Set<String> { layout.name == self.layout ? Set(absences) : [] }

  func prefix(for layout: Layout) -> Bool? { layout.name == self.layout ? hasPrefix : nil }

  var entry: MetadataEntry {
    var object = JSONObject()
    object["layout"] = .string(layout)
    if let hasPrefix { object["prefix"] = .bool(hasPrefix) }
    if !buffers.isEmpty {
      object["buffers"] = .array(
        buffers.map { buffer in
          [
            "name": .string(buffer.name), "dtype": .string(buffer.dtype.rawValue),
            "shape": .array(buffer.shape.map { .number(JSONNumber($0)) }),
          ]
        })
    }
    if !absences.isEmpty { object["absent"] = .array(absences.map { .string($0) }) }
    return MetadataEntry(key: OriginNote.key, value: JSONValue.object(object).text())
  }
}

extension Layout {
  /// The values of a buffer of that name, or nil if it is none or its values are not known.
  func knownBuffer(_ name: String) -> KnownValue? {
    accounted.first { $0.extent == .whole && $0.value != .anything && $0.name.match(name) != nil }?.value
  }
}
