/// How a layout's templates become names for one model: its sizes, prefix and scope.
struct Spelling {
  /// The sizes of the model.
  let sizes: [String: Int]
  private let hasPrefix: Bool
  private let scope: String

  init(_ layout: Layout, _ architecture: any Architecture.Type, _ values: Hyperparameters, hasPrefix: Bool?) {
    sizes = values.sizes
    self.hasPrefix = hasPrefix ?? layout.hasPrefix(values.parts)
    scope = layout.scopes[architecture.task(values)] ?? "model"
  }

  /// The name with these indices.
  func text(_ template: NameTemplate, _ indices: [String: Int]) -> String {
    let numbers = template.counts.isEmpty ? indices : sizes.merging(indices) { $1 }
    return template.filled(numbers, withPrefix: hasPrefix, scope: scope)
  }
}

extension LayoutRow {
  /// The indices of one parameter, once for each time that the layout repeats it.
  func repetitions(of indices: [String: Int], _ sizes: [String: Int]) -> [[String: Int]] {
    guard let repeated else { return [indices] }
    return (0..<(sizes[repeated] ?? 0)).map { indices.merging([repeated: $0]) { $1 } }
  }

  /// The indices of the parameters that one stored tensor holds: those of its name with every index of stacked axes.
  func instances(of indices: [String: Int], _ sizes: [String: Int]) -> [[String: Int]] {
    let first = repeated.map { indices.merging([$0: 0]) { old, _ in old } } ?? indices
    return stacked.reduce([first]) { all, axis in
      all.flatMap { indices in (0..<(sizes[axis] ?? 0)).map { indices.merging([axis: $0]) { $1 } } }
    }
  }
}
