import Architectures
import TensorData

/// Explains the parameters of one model that differ from another's: out of which values of the other they came.
struct WeightDiagnoses {
  private let first: MappedModel
  private let second: MappedModel
  /// For each parameter the tensor that the second model's layout would store it in.
  private let targets: [String: TargetTensor]
  /// A few elements of every parameter of the first model, in the types that the second has.
  private let samples: [DType: [(instance: ParameterInstance, sample: Tensor)]]
  /// For each parameter that holds another's values the name of that other.
  private(set) var sources: [String: String] = [:]
  /// How many bytes were read for explanations; beyond a limit only what is cheap is tried.
  private var byteCount = 0

  private static let byteLimit = 256 << 20

  init(_ first: MappedModel, _ second: MappedModel, types: Set<DType>) throws {
    self.first = first
    self.second = second
    var targets: [String: TargetTensor] = [:]
    // A layout without room for the first model's parameters is compared parameter by parameter.
    for target in (try? second.layout.targets(of: first, tied: .materialize, hasPrefix: second.hasPrefix)) ?? [] {
      for piece in target.pieces where targets[piece.parameter] == nil { targets[piece.parameter] = target }
    }
    self.targets = targets
    var samples: [DType: [(instance: ParameterInstance, sample: Tensor)]] = [:]
    for instance in first.parameters {
      let tensor = try first.parameter(named: instance.name)
      let sample = TensorSample.gather(tensor, TensorSample.positions(tensor.elementCount))
      for type in types where Cast.isSupported(from: sample.dtype, to: type) {
        samples[type, default: []].append((instance, try Cast.convert(sample, to: type)))
      }
    }
    self.samples = samples
  }

  /// What a parameter of the second model is in terms of the first's.
  ///
  /// - Parameters:
  ///   - name: the canonical name.
  ///   - expected: the first model's values.
  ///   - found: the second model's.
  /// - Returns: the diagnosis, or nil if nothing can be said.
  /// - Throws: what reading or casting throws.
  mutating func diagnose(_ name: String, expected: Tensor, found: Tensor) throws -> Diagnosis? {
    guard Cast.isSupported(from: expected.dtype, to: found.dtype), found.dtype.isComputableFloat else { return nil }
    if let other = try other(name, found) { return other }
    byteCount += found.byteCount
    guard byteCount <= WeightDiagnoses.byteLimit else { return nil }
    let comparand = try stored(name, type: found.dtype) ?? canonical(name, expected, found)
    return try ParameterDiagnosis.diagnose(comparand, sizes: first.values.sizes)
  }

  /// What a parameter is called that has changed places with another, or nil.
  func exchange(_ name: String) -> Diagnosis? {
    guard let other = sources[name], sources[other] == name else { return nil }
    let stored = second.locations[other].map { " (stored as \($0.tensor))" } ?? ""
    let isLayer = LayerOrder.isSameRow(name, other, in: first)
    return Diagnosis(isLayer ? .otherLayer : .otherParameter, "has changed places with \(other)\(stored)")
  }

  /// The other parameter whose values these are.
  private mutating func other(_ name: String, _ found: Tensor) throws -> Diagnosis? {
    let sample = TensorSample.gather(found, TensorSample.positions(found.elementCount))
    // Vectors of zeros or ones are alike without being another's.
    guard Set(try sample.doubles()).count > 1 else { return nil }
    let own = first.parameters.first { $0.name == name }
    for (instance, candidate) in samples[found.dtype] ?? [] where instance.name != name {
      guard candidate.isBitEqual(to: sample) else { continue }
      let tensor = try Cast.convert(first.parameter(named: instance.name), to: found.dtype)
      guard tensor.elementCount == found.elementCount, TensorSample.holdsSame(tensor, found) else { continue }
      sources[name] = instance.name
      let stored = first.locations[instance.name].map { " (stored as \($0.tensor))" } ?? ""
      let isLayer = own?.parameter.name == instance.parameter.name
      return Diagnosis(
        isLayer ? .otherLayer : .otherParameter, "holds the values of \(instance.name)\(stored)")
    }
    return nil
  }

  /// The whole stored tensor beside what it should be, with the axes as they are stored.
  private func stored(_ name: String, type: DType) throws -> Comparand? {
    guard let location = second.locations[name], let target = targets[name], target.axes == location.axes,
      let width = type.byteWidth, width > 0
    else { return nil }
    let sizes = second.values.sizes
    let order = location.axes.names
    let found = try second.source.tensor(named: location.tensor)
    guard found.shape == target.shape, found.dtype == type else { return nil }
    let expected = try target.tensor(from: first, dtype: type)
    let comparand = Comparand(
      axes: order, found: location.axes.view(of: found, as: order, sizes: sizes, at: [:]),
      expected: location.axes.view(of: expected, as: order, sizes: sizes, at: [:]))
    return comparand.isEqual ? nil : comparand
  }

  private func canonical(_ name: String, _ expected: Tensor, _ found: Tensor) throws -> Comparand {
    let axes = first.parameters.first { $0.name == name }?.axes ?? found.shape.indices.map { "axis\($0)" }
    return Comparand(axes: axes, found: found, expected: try Cast.convert(expected, to: found.dtype))
  }
}
