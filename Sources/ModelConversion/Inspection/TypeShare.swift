import Architectures
public import TensorData
import WeightFiles

/// How much of a model has one element type.
public struct TypeShare: Sendable {
  /// The type.
  public let dtype: DType
  /// How many tensors have it.
  public internal(set) var tensors = 0
  /// Their elements.
  public internal(set) var elements = 0
  /// Their bytes.
  public internal(set) var bytes = 0
}

extension ModelSummary {
  /// What all tensors together amount to, added up in one pass.
  struct Totals: Sendable {
    /// The elements of the tensors that hold parameters.
    var parameters = 0
    var storedBytes = 0
    var isCompressed = false
    /// Most bytes first.
    var types: [TypeShare] = []

    init(_ items: Items) {
      // Neighbours mostly have the same type, so that the search seldom goes beyond the first look.
      var current = 0
      for index in items.stored.indices {
        let dtype = items.stored[index].info.dtype
        if types.isEmpty || types[current].dtype != dtype {
          current = types.firstIndex { $0.dtype == dtype } ?? types.count
          if current == types.count { types.append(TypeShare(dtype: dtype)) }
        }
        let elements = items.stored[index].info.shape.reduce(1, *)
        types[current].tensors += 1
        types[current].elements += elements
        types[current].bytes += (elements * dtype.bitWidth + 7) / 8
        if items.uses.isEmpty ? items.stored[index].sameAs == nil : items.uses[index].isParameter {
          parameters += elements
        }
        if items.stored[index].sameAs == nil { storedBytes += items.stored[index].storedByteCount }
        if items.stored[index].isCompressed { isCompressed = true }
      }
      types.sort { ($1.bytes, $0.dtype.rawValue) < ($0.bytes, $1.dtype.rawValue) }
    }
  }
}

extension TensorUse {
  /// Whether the tensor holds parameters, and not repetitions, buffers or what has no place.
  var isParameter: Bool {
    if case .parameters = self { true } else { false }
  }
}
