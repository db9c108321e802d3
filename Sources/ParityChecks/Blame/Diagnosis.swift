import TensorData

/// What is wrong with one parameter or operation, and how sure that is.
public struct Diagnosis: Sendable, Hashable {
  /// The kinds of faults that are recognised; the raw value is the word used in reports for machines.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Rows and columns are exchanged.
    case transposed
    /// The values lie in another order of the axes: heads interleaved, q, k and v interleaved.
    case axisOrder = "axis-order"
    /// Every row holds its neighbour's values.
    case shifted
    /// One row is missing and the rest has moved up, or one is repeated and the rest has moved down.
    case rowMoved = "row-moved"
    /// Rows, heads or parts of a fused tensor are in another order.
    case permuted
    /// It holds the values of another parameter.
    case otherParameter = "other-parameter"
    /// It holds the values of the same parameter of another layer.
    case otherLayer = "other-layer"
    /// The layers are in another order.
    case layerOrder = "layer-order"
    /// Every sign is turned.
    case negated
    /// The values went through a smaller type.
    case rounded
    /// The values are multiplied by a constant.
    case scaled
    /// A constant is added to the values.
    case offset
    /// The bytes of each element are in the other order.
    case byteOrder = "byte-order"
    /// All values are one number.
    case constant
    /// There are values that are not finite.
    case nonFinite = "non-finite"
    /// Values left the range of the type that they were cast to.
    case overflow
    /// The values have no likeness to the reference.
    case unrelated
    /// The values resemble the reference without being it.
    case changed
    /// The shapes differ.
    case shape
    /// Only one of the models has it.
    case absent
    /// The activation function is another.
    case activation
    /// The epsilon of a normalisation is another.
    case epsilon
    /// The scores of attention or a value are scaled by another factor.
    case scale
    /// The mask over the keys or the causal mask is another.
    case mask
    /// Positions are counted from another number.
    case positions
    /// Token types are not read.
    case tokenTypes = "token-types"
    /// The relative distances fall into other buckets.
    case relativeBuckets = "relative-buckets"
    /// A parameter is shared in only one of the models.
    case tie
    /// The number of heads is another.
    case heads
    /// The graphs differ in another way.
    case structure
    /// Nothing that is known explains it.
    case unknown
  }

  /// How sure a diagnosis is.
  public enum Certainty: Sendable, Hashable {
    /// Bits or constants were compared and are as the sentence says.
    case fact
    /// The hypothesis makes the difference smaller by this factor.
    case likely(reduction: Double)
    /// A description of what was measured; no hypothesis fits.
    case measured
  }

  /// The kind of fault.
  public let kind: Kind
  /// What it is, to be read after the name of the parameter or node: "is the transpose of what it should be".
  public let sentence: String
  /// How sure it is.
  public let certainty: Certainty
  /// The option or command that mends it, or nil.
  public var remedy: String?

  /// Takes the four fields.
  public init(_ kind: Kind, _ sentence: String, _ certainty: Certainty = .fact, remedy: String? = nil) {
    self.kind = kind
    self.sentence = sentence
    self.certainty = certainty
    self.remedy = remedy
  }
}

extension Diagnosis {
  /// That a cast left the range of its type.
  static func overflow(_ loss: CastLoss?, to dtype: DType) -> Diagnosis {
    let count = loss?.overflowed ?? 0
    let first = loss.map { ", the first \($0.value) at \($0.place)" } ?? ""
    return Diagnosis(
      .overflow,
      "holds \(count) \(count == 1 ? "value" : "values") beyond the range of \(dtype.rawValue)\(first), which became "
        + (dtype.hasInfinity ? "infinite" : "NaN"))
  }
}
