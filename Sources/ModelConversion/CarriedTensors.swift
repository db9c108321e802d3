import Architectures
import StrictJSON
import TensorData
import WeightFiles

/// Tensors that no layout knows and that go along under their own names because the user said so.
///
/// A converted file lists them in its metadata under `tfconv.carried`, so that it is understood without being told again.
enum CarriedTensors {
  static let key = "tfconv.carried"

  /// The names that a file's metadata lists; empty if it has no valid list.
  static func names(in metadata: [MetadataEntry]) -> Set<String> {
    guard let text = metadata.first(where: { $0.key == key })?.value,
      let list = (try? JSONValue(parsing: text))?.array
    else { return [] }
    return Set(list.compactMap(\.string))
  }

  /// The list of a model's carried tensors, or nil if it has none.
  static func entry(of model: MappedModel) -> MetadataEntry? {
    let names = model.carried.map(\.name)
    if names.isEmpty { return nil }
    return MetadataEntry(key: key, value: JSONValue.array(names.map { .string($0) }).text())
  }

  /// The carried tensors as outputs of a conversion.
  ///
  /// - Parameters:
  ///   - model: the mapped source.
  ///   - others: the outputs that the layout makes.
  ///   - options: what the conversion does; a cast concerns carried tensors too.
  /// - Returns: an output for each.
  /// - Throws: `LayoutError` if the layout uses the name of one of them; `ModelError` if a type cannot be cast.
  static func outputs(
    of model: MappedModel, beside others: [ConversionPlan.Output], _ options: ConversionOptions
  ) throws -> [ConversionPlan.Output] {
    let taken = Set(others.map { ByteKey($0.info.name) })
    let double = model.carried.filter { taken.contains(ByteKey($0.name)) }
    guard double.isEmpty else {
      throw LayoutError(
        .notRepresentable,
        "\(double.count == 1 ? "a carried tensor has a name" : "\(double.count) carried tensors have names") that the "
          + "output uses for something else",
        details: double.map { "\($0.name)  \($0.dtype.rawValue) \($0.shape)" },
        hint: "choose another layout to write, or leave \(double.count == 1 ? "it" : "them") out: "
          + double.map { "--allow-unmapped '\($0.name)'" }.joined(separator: " "))
    }
    return try model.carried.map { info in
      ConversionPlan.Output(info: try options.stored(info), recipe: .stored(info.name))
    }
  }
}

extension ConversionOptions {
  /// A source tensor as it is stored under its own name: with the element type that floating-point tensors get.
  ///
  /// - Parameter info: the source tensor.
  /// - Returns: its name, type and shape in the output.
  /// - Throws: `ModelError` if its type cannot be cast.
  func stored(_ info: TensorInfo) throws(ModelError) -> TensorInfo {
    var info = info
    if let dtype = dtype(of: info.name), info.dtype.isComputableFloat {
      guard Cast.isSupported(from: info.dtype, to: dtype) else {
        throw ModelError(.cannotConvert, "\(info.name): \(info.dtype.rawValue) cannot be cast to \(dtype.rawValue)")
      }
      info.dtype = dtype
    }
    return info
  }
}
