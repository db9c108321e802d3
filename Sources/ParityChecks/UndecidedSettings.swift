import Architectures
import TensorGraph

/// Settings that one of two compared models does not state, or states in two ways, and that decide what is computed.
///
/// What one model borrows from the other cannot show that both are the same function.
enum UndecidedSettings {
  /// A sentence for each setting that nothing decides, with the option that would.
  ///
  /// - Parameters:
  ///   - first: the reference.
  ///   - second: the judged model, which may have borrowed values of the reference.
  ///   - names: what the user calls them.
  /// - Returns: the sentences; none if every reading gives the same function.
  /// - Throws: `LayoutError` if a graph cannot be built.
  static func sentences(
    _ first: MappedModel, _ second: MappedModel, names: (first: String, second: String)
  ) throws(LayoutError) -> [String] {
    var borrowed: [String] = []
    for (name, entry) in second.values.entries.sorted(by: { $0.key < $1.key }) where entry.isBorrowed {
      if try matters(name, second) { borrowed.append(name) }
    }
    var sentences = borrowed.map { name -> String in
      let value = second.values[name].map { "\($0)" } ?? ""
      let option = second.values[name].flatMap { HyperparameterDifference.remedy(name, $0, first.values, second) }
      return
        "\(names.second) does not say its \(name); \(value), as in \(names.first), was used, but nothing decides whether "
        + "that is right; if it is: \(option ?? "--set \(name)=\(value)"), otherwise give the right value so"
    }
    for (model, other, name) in [(first, second, names.first), (second, first, names.second)] {
      // If both leave the same open, they compute the same, whichever reading is right.
      for setting in model.openSettings where !other.openSettings.contains(setting) {
        let readings = setting.readings.map { reading in
          "\(reading.meaning) (\(reading.option ?? "mend the file"))"
        }
        sentences.append("\(name): \(setting.contradiction); it can be read as: \(readings.joined(separator: "; or "))")
      }
    }
    return sentences
  }

  /// Whether another value would make another function.
  private static func matters(_ name: String, _ model: MappedModel) throws(LayoutError) -> Bool {
    guard let value = model.values[name], name != "task" else { return false }
    let other: Hyperparameter
    switch value {
    // Another number of heads need not show in the graph, but computes something else.
    case .int(let count): other = .int(count + 1)
    case .double(let number): other = .double(number + 1)
    case .bool(let flag): other = .bool(!flag)
    case .string(let word): other = .string(word == Activation.relu.rawValue ? "silu" : Activation.relu.rawValue)
    }
    if case .int = value, !name.hasSuffix("_token_id") { return true }
    var changed = model.values
    changed.set(name, other, origin: "another value")
    return try model.architecture.graph(changed).description != (try model.graph()).description
  }
}
