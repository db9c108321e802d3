public import Architectures
import StrictJSON

/// A hyper-parameter in which two models differ.
public struct HyperparameterDifference: Sendable {
  /// The canonical name.
  public let name: String
  /// The value in the first model and where it came from, or nil if it has none.
  public let first: Hyperparameters.Entry?
  /// The value in the second model and where it came from, or nil if it has none.
  public let second: Hyperparameters.Entry?
  /// The option that gives the second model the first's value, or nil.
  public let remedy: String?

  /// `1e-05 (config.json: layer_norm_epsilon)`.
  public static func text(_ entry: Hyperparameters.Entry?) -> String {
    entry.map { "\($0.value) (\($0.origin))" } ?? "not set"
  }

  /// Every hyper-parameter that only one model has, or that has another value.
  ///
  /// - Parameters:
  ///   - first: the model taken to be right.
  ///   - second: the model that is judged.
  /// - Returns: the differences, by name.
  public static func all(_ first: MappedModel, _ second: MappedModel) -> [HyperparameterDifference] {
    let names = Set(first.values.entries.keys).union(second.values.entries.keys)
    return names.sorted().compactMap { name in
      let (a, b) = (first.values.entries[name], second.values.entries[name])
      if let a, let b, isSame(a.value, b.value) { return nil }
      return HyperparameterDifference(
        name: name, first: a, second: b,
        remedy: a.flatMap { remedy(name, $0.value, first.values, second) })
    }
  }

  private static func isSame(_ a: Hyperparameter, _ b: Hyperparameter) -> Bool {
    switch (a, b) {
    case (.int(let a), .double(let b)), (.double(let b), .int(let a)): Double(a) == b
    default: a == b
    }
  }

  /// `--set KEY=VALUE` in the words of the model's own configuration.
  static func remedy(
    _ name: String, _ value: Hyperparameter, _ wanted: Hyperparameters, _ model: MappedModel
  ) -> String? {
    // Other names of `attribute_map` are only read.
    let own = model.layout.config.keys.filter { gives($0, name) && ($0.isWritten || $0.canonical.isEmpty) }
    // Two keys of one meaning would contradict each other if only one were set; the canonical name overrules both.
    if own.count > 1 { return "--set \(name)=\(value)" }
    for key in own + model.architecture.layouts.flatMap(\.config.keys) where gives(key, name) {
      guard case .words(let words) = key.kind else {
        if key.name.contains("/") { continue }
        return "--set \(key.name)=\(value)"
      }
      let word = words.first { word in
        word.meaning[name] == value && word.meaning.allSatisfy { wanted[$0.key] == nil || wanted[$0.key] == $0.value }
      }
      if let word, !word.word.contains("[") { return "--set \(key.name)=\(word.word)" }
    }
    return nil
  }

  /// Whether a key of a configuration says the hyper-parameter.
  private static func gives(_ key: ConfigKey, _ name: String) -> Bool {
    guard case .words(let words) = key.kind else { return key.canonical == name }
    return words.contains { $0.meaning[name] != nil }
  }
}
