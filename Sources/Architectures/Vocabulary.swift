import TensorData

/// Another number of rows for the vocabulary: rows are cut off at the end, or rows of one value are added there.
///
/// Frameworks pad vocabularies to a multiple of some number; which rows are padding, no file says.
public struct VocabularyChange: Sendable, Hashable {
  /// The number of rows that are stored.
  public let stored: Int
  /// The number of rows that are wanted.
  public let wanted: Int
  /// The value of added rows.
  public let fill: Double

  /// How many rows can be added: padding is made in memory.
  static let mostAdded = 1 << 20
}

extension MappedModel {
  /// The same model with another number of rows in everything that has an axis `vocab`.
  ///
  /// - Parameters:
  ///   - count: the number of rows, at least one.
  ///   - fill: the value of rows that are added.
  /// - Returns: the model; its parameters are cut or padded as they are read.
  /// - Throws: if that is no number of rows, or more are to be added than padding ever has.
  public func resizingVocabulary(to count: Int, fill: Double = 0) throws(LayoutError) -> MappedModel {
    guard let stored = values.int("vocab"), stored != count else { return self }
    guard count > 0, count - stored <= VocabularyChange.mostAdded else {
      throw LayoutError(
        .notRepresentable,
        "a vocabulary of \(stored) rows cannot be made one of \(count): 1 to \(stored + VocabularyChange.mostAdded) can be had",
        hint: "frameworks pad to a multiple of a small number: --vocab N")
    }
    var values = values
    values.set("vocab", .int(count), origin: "--vocab \(count)")
    let what = count < stored ? "\(stored - count) rows are cut off" : "\(count - stored) rows of \(fill) are added"
    return MappedModel(
      architecture: architecture, layout: layout, values: values, parameters: parameters, locations: locations,
      ties: ties, constants: constants, repeated: repeated,
      uses: uses, hasPrefix: hasPrefix, missing: missing,
      notes: notes + ["the vocabulary changes from \(stored) to \(count): \(what)"], openSettings: openSettings,
      source: source, axes: axes,
      vocabulary: VocabularyChange(stored: stored, wanted: count, fill: fill))
  }
}

extension VocabularyChange {
  /// A parameter with the wanted number of rows on its axis `vocab`; itself if it has none.
  func applied(to tensor: Tensor, axes: [String]) throws -> Tensor {
    guard let axis = axes.firstIndex(of: "vocab") else { return tensor }
    var shape = tensor.shape
    shape[axis] = min(stored, wanted)
    let kept = Tensor(
      dtype: tensor.dtype, shape: shape, strides: tensor.strides, storage: tensor.storage, byteOffset: tensor.byteOffset
    )
    guard wanted > stored else { return kept }
    shape[axis] = wanted
    let filler = Tensor(dtype: .f64, shape: [1]) { $0.storeBytes(of: fill, as: Double.self) }
    let value = try Cast.convert(filler, to: tensor.dtype)
    return Tensor(dtype: tensor.dtype, shape: shape) { bytes in
      value.withUnsafeBytes { element in
        for start in stride(from: 0, to: bytes.count, by: max(element.count, 1)) {
          UnsafeMutableRawBufferPointer(rebasing: bytes[start..<(start + element.count)]).copyMemory(from: element)
        }
      }
      Rearrange.copy(kept, into: bytes, strides: Tensor.rowMajorStrides(shape))
    }
  }
}
