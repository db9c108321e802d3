import Architectures

/// A parameter that one of two models shares with another, while the other model stores it.
public struct TieDifference: Sendable {
  /// The canonical name of the parameter.
  public let parameter: String
  /// The canonical name of the parameter whose values it shares.
  public let target: String
  /// The hyper-parameter that states the tie: `tied_head`.
  public let setting: String
  /// Whether the first model is the one that shares.
  public let isFirst: Bool
  /// Whether the other model stores the values that this one shares.
  public let hasSameValues: Bool

  /// Every tie in which two models differ.
  ///
  /// - Parameters:
  ///   - first: the first model.
  ///   - second: the second model, of the same architecture.
  ///   - weights: how their parameters relate.
  /// - Returns: the differences, in the order of the table.
  static func all(_ first: MappedModel, _ second: MappedModel, _ weights: [WeightFinding]) -> [TieDifference] {
    let agreeing = Set(weights.filter(\.agrees).map(\.name))
    return first.ties(unlike: second).compactMap { instance in
      instance.parameter.tiedTo.map {
        TieDifference(
          parameter: instance.name, target: $0, setting: instance.parameter.tie,
          isFirst: first.values.isTied(instance.parameter), hasSameValues: agreeing.contains(instance.name))
      }
    }
  }

  /// The difference in a sentence.
  ///
  /// - Parameters:
  ///   - names: what the models are called.
  ///   - isSameFunction: whether the models compute the same function apart from their parameters.
  /// - Returns: the sentence without a full stop.
  func sentence(_ names: (first: String, second: String), isSameFunction: Bool) -> String {
    let (sharing, storing) = isFirst ? (names.first, names.second) : (names.second, names.first)
    let what = "\(parameter) shares the values of \(target) in \(sharing) only"
    guard hasSameValues else { return "\(what); \(storing) stores others" }
    return isSameFunction
      ? "\(what); \(storing) stores them again: the same function, stored twice"
      : "\(what); \(storing) stores them again"
  }
}
