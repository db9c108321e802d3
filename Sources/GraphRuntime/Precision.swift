public import TensorData

/// The arithmetic in which a graph is run.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  /// Single precision: OpenBLAS for the products, SIMD loops for the rest.
  case f32
  /// Double precision in plain loops: slow and obvious, the oracle for the other.
  case f64

  /// The type of every value but the inputs, which are I64.
  public var dtype: DType {
    switch self {
    case .f32: .f32
    case .f64: .f64
    }
  }
}
