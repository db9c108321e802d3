/// The faults that a mutation check injects: mistakes that converters have made, one at a time.
public enum FaultKind: String, Sendable, CaseIterable {
  /// Two parameters of one shape hold each other's values.
  case swapped
  /// A weight holds its transpose, laid into the right shape.
  case transposed
  /// The query projection holds the key's values and the other way round.
  case exchangedQueryKey = "exchanged_q_k"
  /// The query projection holds the value's values and the other way round.
  case exchangedQueryValue = "exchanged_q_v"
  /// The heads of a projection are read as interleaved: head axis outside.
  case interleavedHeads = "interleaved_heads"
  /// The rows of a table stand one place further on.
  case shiftedRows = "shifted_rows"
  /// One row of a table is left out and the later ones move up.
  case droppedRow = "dropped_row"
  /// A bias has the opposite sign.
  case negatedBias = "negated_bias"
  /// A parameter is one per cent too large.
  case scaled
  /// A parameter was initialised anew with values of the same size, as by a loader that did not find it.
  case reinitialized
  /// A parameter was rounded to bfloat16, though its type does not say so.
  case rounded
  /// A parameter was cut off to bfloat16 instead of rounded, though its type does not say so.
  case cutOff = "cut_off"
  /// A parameter went through float16, though its type does not say so.
  case throughHalf = "through_f16"
  /// One value of a parameter became infinite, as by a cast that left its range.
  case overflowed
  /// One value is NaN, in a table the one in its last row, which inputs read least.
  case notANumber = "nan"
  /// A bias is zero, as by a loader that did not find it.
  case absentBias = "absent_bias"
  /// A parameter holds the values of the same one of another layer.
  case otherLayer = "other_layer"
  /// The layers are in the order of their names as text: 0, 1, 10, 2.
  case layerOrder = "layer_order"
  /// A tied head got values of its own.
  case untied
  /// A head with its own values was replaced by the table of embeddings.
  case retied
  /// Another activation function, such as GELU by the error function for its tanh form.
  case activation
  /// Another epsilon in every norm.
  case epsilon
  /// Attention scores scaled by another power of the head size.
  case attentionScale = "attention_scale"
  /// Attention that looks ahead where it must not, or does not where it may.
  case causality
  /// The mask of the attention is ignored.
  case maskIgnored = "mask_ignored"
  /// Positions counted from one.
  case positionOffset = "position_offset"
  /// Token types taken for zero.
  case tokenTypesIgnored = "token_types_ignored"
  /// Relative positions in buckets of another maximal distance.
  case relativeDistance = "relative_distance"
  /// Relative positions that know the direction where they must not, or the other way round.
  case relativeDirection = "relative_direction"
  /// The factor before the output projection is left out.
  case outputScale = "output_scale"
}

/// One fault, ready to be injected.
public struct Fault: Sendable {
  /// What kind of mistake it is.
  public let kind: FaultKind
  /// What it is about: the parameter, or the value that is used instead.
  public let detail: String
  let change: Change

  /// What is different in the faulty model.
  enum Change: Sendable {
    /// Parameters with other values.
    case parameters([String: Replacement])
    /// Operations with other constants.
    case operations(@Sendable (Operation) -> Operation)
    /// Inputs that do not reach the model as they are given.
    case input(String, @Sendable (Int) -> Int)
    /// A head that is or is not tied: the hyper-parameter, and the head's own values if it has any.
    case tie(String, isTied: Bool, head: String)
  }

  /// How the values of a parameter come about.
  enum Replacement: Sendable {
    /// Those of another parameter of the same shape.
    case valuesOf(String)
    /// The transpose, its axes before and after `split` exchanged.
    case transposed(split: Int)
    /// The two axes from `axis` on, stored the other way round.
    case interleaved(axis: Int)
    /// The rows one further on, the last one first.
    case shifted
    /// Without one row, the last one zero.
    case dropped(row: Int)
    /// Times a factor.
    case times(Double)
    /// Other values of the same size.
    case redrawn(seed: UInt64)
    /// Rounded to bfloat16.
    case rounded
    /// Cut off to bfloat16.
    case cutOff
    /// Rounded to float16.
    case throughHalf
    /// One element, counted from the end of the parameter, is another number.
    case spoilt(fromEnd: Int, Double)
  }
}
