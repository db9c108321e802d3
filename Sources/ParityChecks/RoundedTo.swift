import TensorData
import TensorGraph

/// Every parameter of a model rounded to a type.
struct RoundedTo: ParameterSource {
  private let model: any ParameterSource
  private let dtype: DType

  init(_ model: any ParameterSource, _ dtype: DType) {
    self.model = model
    self.dtype = dtype
  }

  func parameter(named name: String) throws -> Tensor { try Cast.convert(model.parameter(named: name), to: dtype) }
}
