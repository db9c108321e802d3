internal import TensorData

/// The block of elements that a tensor is a window on, as the pickle names it.
struct TorchStorage: Sendable, Equatable {
  /// Its name in the file.
  var key: String
  /// The type of its elements; nil if it counts bytes.
  var dtype: DType?
  /// How many elements, or bytes, the pickle says that it has.
  var count: Int
  /// Where the tensor's own block begins in it and how long that is, both in elements: old files cut storages so.
  var view: Range<Int>?

  /// Its bytes.
  var byteCount: Int { count * (dtype?.byteWidth ?? 1) }
}

/// One tensor as the pickle describes it.
struct TorchTensor: Sendable {
  /// Where it stands: the keys of the dictionaries that lead to it.
  var path: [String]
  var storage: TorchStorage
  var dtype: DType
  var shape: [Int]
  /// Distances between neighbours, in elements.
  var strides: [Int]
  /// Its first element, from the beginning of the storage.
  var offset: Int

  /// The keys, joined by dots.
  var name: String { path.joined(separator: ".") }

  /// The bytes of the storage from the first element to the last.
  var hull: Range<Int> {
    let width = dtype.byteWidth ?? 1
    let start = ((storage.view?.lowerBound ?? 0) + offset) * width
    if shape.contains(0) { return start..<start }
    return start..<start + (zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 } + 1) * width
  }
}
