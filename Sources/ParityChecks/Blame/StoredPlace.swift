public import Architectures
import TensorData
import WeightFiles

/// Where the bytes of a parameter lie.
public struct StoredPlace: Sendable, Hashable {
  /// The file, or nil if the tensors come from elsewhere.
  public let file: String?
  /// The stored tensor.
  public let tensor: String
  /// Where the parameter's first byte lies in the file; nil if that is not known or the bytes are compressed.
  public let byteOffset: Int?

  /// Finds a parameter of a model; nil if the model does not store it.
  ///
  /// - Parameters:
  ///   - parameter: the canonical name.
  ///   - model: the model.
  public init?(of parameter: String, in model: MappedModel) {
    guard let location = model.locations[parameter] else { return nil }
    tensor = location.tensor
    let stored = (model.source as? Checkpoint)?.stored(named: location.tensor)
    file = stored?.path
    guard let stored, !stored.isCompressed, let whole = try? model.source.tensor(named: location.tensor),
      let part = try? model.parameter(named: parameter)
    else {
      byteOffset = nil
      return
    }
    byteOffset = stored.byteOffset + part.byteOffset - whole.byteOffset
  }
}
