import TensorData

extension MappedModel {
  /// Where one element of a parameter lies in the tensor that is stored.
  ///
  /// - Parameters:
  ///   - name: a canonical name.
  ///   - index: the element, an index on each canonical axis.
  /// - Returns: the stored tensor's name and an index on each of its axes; nil if the model does not store the element.
  /// - Throws: what the checkpoint throws if the bytes cannot be read.
  public func storedPlace(of name: String, at index: [Int]) throws -> (tensor: String, place: [Int])? {
    guard vocabulary == nil, let location = locations[name] else { return nil }
    let whole = try source.tensor(named: location.tensor)
    let part = try parameter(named: name)
    guard let width = part.dtype.byteWidth, part.shape.count == index.count else { return nil }
    let start = (part.byteOffset - whole.byteOffset) / width
    let position = zip(index, part.strides).reduce(start) { $0 + $1.0 * $1.1 }
    return (location.tensor, Tensor.place(of: position, in: whole.shape))
  }
}
