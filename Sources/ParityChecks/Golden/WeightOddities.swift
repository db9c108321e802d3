import Architectures
import TensorData

/// Looks for parameters whose values stand out among the same parameters of the other layers.
struct WeightOddities {
  private let model: MappedModel

  init(_ model: MappedModel) { self.model = model }

  /// What stands out, a sentence each.
  ///
  /// - Parameter names: the parameters to look at.
  /// - Returns: sentences; none if nothing stands out.
  /// - Throws: what reading the parameters throws.
  func sentences(_ names: [String]) throws -> [String] {
    var sentences: [String] = []
    for name in names {
      guard let own = model.parameters.first(where: { $0.name == name }) else { continue }
      let values = try model.parameter(named: name).doubles()
      let bad = values.count { !$0.isFinite }
      if bad > 0 {
        sentences.append("\(name) holds \(bad) of \(values.count) values that are not finite")
        continue
      }
      let peers = try model.parameters.filter { $0.parameter.name == own.parameter.name && $0.name != name }
        .map { WeightOddities.magnitude(try model.parameter(named: $0.name).doubles()) }
      let size = WeightOddities.magnitude(values)
      if size == 0, peers.contains(where: { $0 > 0 }) {
        sentences.append("\(name) is zero throughout; in other layers it is not")
        continue
      }
      guard let low = peers.min(), let high = peers.max(), low > 0, size > 0 else { continue }
      if size > 2 * high || size < low / 2 {
        sentences.append(
          "\(name) has values of about \(ValueRelation.short(size)), in other layers \(ValueRelation.short(low)) to \(ValueRelation.short(high))"
        )
      }
    }
    return sentences
  }

  /// The root of the mean square.
  private static func magnitude(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(max(values.count, 1))).squareRoot()
  }
}
