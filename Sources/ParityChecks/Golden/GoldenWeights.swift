import Architectures
import TensorData
import TensorGraph

/// What a golden knows of the weights that it was made from: their digests, as they were, rounded, and cut off.
struct GoldenWeights: Sendable {
  /// The types for which a golden holds the digests of rounded weights.
  static let types: [DType] = [.f16, .bf16]

  /// The digest of each parameter by canonical name.
  var digests: [String: String] = [:]
  /// For each narrower type the digest of each parameter, rounded as it should be; without those that leave its range.
  var rounded: [DType: [String: String]] = [:]
  /// For each narrower type the digest of each parameter, cut off instead of rounded, where that is something else.
  var cutOff: [DType: [String: String]] = [:]
  /// For each narrower type the first value of each parameter that leaves its range: `70000.0 at [199, 3]`.
  var overflowed: [DType: [String: String]] = [:]

  /// No weights.
  init() {}

  /// The digests of a model.
  ///
  /// - Parameter model: the model that a golden is made from.
  /// - Throws: what reading or casting throws.
  init(_ model: MappedModel) throws {
    digests = try GoldenWeights.digests(model)
    for parameter in model.parameters {
      let name = parameter.name
      let tensor = try model.parameter(named: name)
      guard tensor.dtype == .f32 || tensor.dtype == .f64 else { continue }
      for type in GoldenWeights.types {
        let (narrow, report) = try Cast.convertCounting(tensor, to: type)
        if report.overflowed > 0 {
          let loss = try CastLoss(of: tensor, to: type)
          let place = try model.storedPlace(of: name, at: loss.place)?.place ?? loss.place
          overflowed[type, default: [:]][name] = "\(loss.value) at \(place)"
          continue
        }
        let digest = ContentDigest.of(narrow)
        rounded[type, default: [:]][name] = digest
        let cut = ContentDigest.of(try CutOff.tensor(tensor, to: type))
        if cut != digest { cutOff[type, default: [:]][name] = cut }
      }
    }
  }

  /// The digest of every parameter of a model.
  static func digests(_ model: MappedModel) throws -> [String: String] {
    var digests: [String: String] = [:]
    for parameter in model.parameters {
      digests[parameter.name] = ContentDigest.of(try model.parameter(named: parameter.name))
    }
    return digests
  }

  /// The type that a parameter of a digest was rounded to, as it should be; nil if it was not.
  func roundedType(_ name: String, _ digest: String) -> DType? {
    GoldenWeights.types.first { rounded[$0]?[name] == digest }
  }
}

/// A model whose rounded parameters are rounded once more at random: moved by up to half a unit of their type.
///
/// How far this moves what the model computes is about how far the cast did, which the golden cannot tell, because it does
/// not hold the weights.
struct RerolledRounding: ParameterSource {
  let model: MappedModel
  /// The parameters that were rounded, with their types.
  let types: [String: DType]
  let seed: UInt64

  func parameter(named name: String) throws -> Tensor {
    let tensor = try model.parameter(named: name)
    guard let type = types[name] else { return tensor }
    return try RerolledRounding.moved(tensor, type: type, seed: "\(seed) \(name)")
  }

  /// Values as they could have been before they were rounded: each moved by up to half a unit of the type.
  ///
  /// - Parameters:
  ///   - tensor: values of the type.
  ///   - type: the type that they were rounded to.
  ///   - seed: decides how far.
  /// - Returns: an F64 tensor of the same shape.
  /// - Throws: `CastError` if the values are no numbers.
  static func moved(_ tensor: Tensor, type: DType, seed: String) throws -> Tensor {
    guard let grid = FloatGrid(type) else { return tensor }
    var random = SplitMix64(seed: Array(seed.utf8).withUnsafeBytes { ContentDigest.hash($0) })
    let values = try tensor.doubles().map { value in
      value.isFinite ? value + Double.random(in: -0.5...0.5, using: &random) * grid.unit(at: value) : value
    }
    return Tensor(dtype: .f64, shape: tensor.shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
  }
}
