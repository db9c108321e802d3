import Architectures
import TensorData

/// Explains parameters of which only the digest of the right values is known: by undoing faults until the digest fits.
struct DigestDiagnosis {
  private let model: MappedModel
  private let weights: GoldenWeights
  private let digests: [String: String]
  private var expected: [String: String] { weights.digests }

  /// The parameters that are, exactly rounded to a narrower type, those that the golden was made from.
  let rounded: [String: DType]

  /// Takes the model and the digests of the parameters that it should have.
  ///
  /// - Throws: what reading the parameters throws.
  init(_ model: MappedModel, _ weights: GoldenWeights) throws {
    self.model = model
    self.weights = weights
    var digests = try GoldenWeights.digests(model)
    // What the model shares and the golden's model stored is compared all the same.
    for name in weights.digests.keys where digests[name] == nil && model.hasValues(of: name) {
      digests[name] = ContentDigest.of(try model.parameter(named: name))
    }
    self.digests = digests
    var rounded: [String: DType] = [:]
    for (name, digest) in digests where weights.digests[name] != digest {
      rounded[name] = weights.roundedType(name, digest)
    }
    self.rounded = rounded
  }

  /// Whether a parameter is what the golden was made from, or that exactly rounded.
  func agrees(_ name: String) -> Bool {
    digests[name].map { $0 == weights.digests[name] } ?? false || rounded[name] != nil
  }

  /// A cause for each parameter that is not what it should be, exact rounding excepted.
  ///
  /// - Returns: the causes, in the order of the model's parameters, then those of missing parameters.
  /// - Throws: what reading the parameters throws.
  func causes() throws -> [Cause] {
    var origins: [String: [String]] = [:]
    for (name, digest) in expected { origins[digest, default: []].append(name) }
    var diagnoses: [String: Diagnosis] = [:]
    var sources: [String: String] = [:]
    for instance in model.parameters {
      guard let digest = digests[instance.name], let right = expected[instance.name], !agrees(instance.name) else {
        continue
      }
      if let source = origins[digest]?.min(), try isVaried(instance.name) {
        sources[instance.name] = source
        let isLayer = LayerOrder.isSameRow(instance.name, source, in: model)
        diagnoses[instance.name] = Diagnosis(
          isLayer ? .otherLayer : .otherParameter, "holds the values that belong to \(source)")
      } else {
        diagnoses[instance.name] = try diagnose(instance, right)
      }
    }
    for (name, diagnosis) in LayerOrder.diagnose(sources: sources, in: model) { diagnoses[name] = diagnosis }
    let stored = model.parameters.compactMap { instance in
      diagnoses[instance.name].map {
        Cause(parameter: instance.name, place: StoredPlace(of: instance.name, in: model), diagnosis: $0)
      }
    }
    let extra = model.parameters.filter { instance in
      // A head that holds what the golden's model shared is that model's.
      expected[instance.name] == nil
        && instance.parameter.tiedTo.map { expected[$0] != digests[instance.name] } ?? true
    }.map {
      Cause(
        parameter: $0.name, place: StoredPlace(of: $0.name, in: model),
        diagnosis: Diagnosis(.absent, "is not among the parameters that the golden was made from"))
    }
    let missing = expected.keys.filter { digests[$0] == nil }.sorted().map {
      Cause(parameter: $0, place: nil, diagnosis: Diagnosis(.absent, "is missing"))
    }
    return stored + extra + missing
  }

  /// Whether the values differ among each other; vectors of ones are alike without being another's.
  private func isVaried(_ name: String) throws -> Bool {
    let values = try model.parameter(named: name).doubles()
    return values.contains { $0 != values.first }
  }

  private func diagnose(_ instance: ParameterInstance, _ right: String) throws -> Diagnosis {
    let found = try model.parameter(named: instance.name)
    if let diagnosis = try rounding(instance.name, found) { return diagnosis }
    let type = right.prefix { $0 != " " }
    if type != found.dtype.rawValue {
      return Diagnosis(.rounded, "is stored as \(found.dtype.rawValue), the golden was made from \(type)")
    }
    for (candidate, diagnosis) in try undone(instance, found) where ContentDigest.of(candidate) == right {
      return diagnosis
    }
    let values = try found.doubles()
    let bad = values.count { !$0.isFinite }
    if bad > 0 { return Diagnosis(.nonFinite, "holds \(bad) of \(values.count) values that are not finite") }
    if let first = values.first, values.count > 1, values.allSatisfy({ $0 == first }) {
      return Diagnosis(.constant, "is \(first == 0 ? "zero" : "\(first)") throughout, as if it had never been set")
    }
    if found.dtype == .f32,
      try Cast.convert(Cast.convert(found, to: .bf16), to: .f32).isBitEqual(to: found.contiguous())
    {
      return Diagnosis(.rounded, "holds numbers of BF16 alone although it is stored as F32", .measured)
    }
    return Diagnosis(.changed, "is not what the golden was made from", .measured)
  }

  /// How the parameter came to a narrower type, by the digests that the golden holds for that.
  private func rounding(_ name: String, _ found: Tensor) throws -> Diagnosis? {
    for type in GoldenWeights.types {
      let narrow = found.dtype == type ? found : try narrowed(found, to: type)
      guard let narrow else { continue }
      if found.dtype == type, let value = weights.overflowed[type]?[name] {
        return Diagnosis(.overflow, "was cast to \(type.rawValue), whose range the value \(value) leaves")
      }
      let digest = ContentDigest.of(narrow)
      let stored = found.dtype == type ? "" : " although it is stored as \(found.dtype.rawValue)"
      if weights.rounded[type]?[name] == digest {
        return Diagnosis(.rounded, "was rounded to \(type.rawValue)\(stored)")
      }
      if weights.cutOff[type]?[name] == digest {
        return Diagnosis(.rounded, RoundingFault.rule(.cutOff, type).diagnosis.sentence + stored)
      }
    }
    return nil
  }

  /// The values in a narrower type that holds all of them, or nil.
  private func narrowed(_ found: Tensor, to type: DType) throws -> Tensor? {
    guard found.dtype == .f32 || found.dtype == .f64 else { return nil }
    let narrow = try Cast.convert(found, to: type)
    return TensorSample.holdsSame(try Cast.convert(narrow, to: found.dtype), found) ? narrow : nil
  }

  /// The parameter as it would have been before each fault that can be undone exactly.
  private func undone(_ instance: ParameterInstance, _ found: Tensor) throws -> [(Tensor, Diagnosis)] {
    var all: [(Tensor, Diagnosis)] = []
    if let location = model.locations[instance.name], found.dtype.byteWidth != nil {
      let order = location.axes.names
      let sizes = model.values.sizes
      let stored = try model.source.tensor(named: location.tensor)
      let whole = location.axes.view(of: stored, as: order, sizes: sizes, at: [:])
      for candidate in AxisOrder.all(order, whole.shape) {
        let mended = candidate.undone(on: whole).reshaped(stored.shape)
        all.append(
          (
            location.axes.view(of: mended, as: instance.axes, sizes: sizes, at: location.at),
            candidate.diagnosis
          ))
      }
    }
    for (axis, name) in instance.axes.enumerated() where found.shape[axis] > 1 {
      let count = found.shape[axis]
      for step in [1, -1] {
        let sources = (0..<count).map { Optional(($0 + step + count) % count) }
        guard let diagnosis = SliceMap(axis: name, sources: sources).diagnosis else { continue }
        all.append((found.gathering((0..<count).map { ($0 - step + count) % count }, onAxis: axis), diagnosis))
      }
    }
    all.append((try ValueRelation.mapped(found) { -$0 }, Diagnosis(.negated, "is the negative of what it should be")))
    for (factor, name) in [(0.5, "2"), (2.0, "1/2"), (0.25, "4"), (4.0, "1/4")] {
      all.append(
        (try ValueRelation.mapped(found) { $0 * factor }, Diagnosis(.scaled, "is what it should be times \(name)")))
    }
    all.append(
      (ValueRelation.swapped(found), Diagnosis(.byteOrder, "has the bytes of each element in the other order")))
    return all
  }
}
