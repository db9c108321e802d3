import TensorData
import TensorGraph

// What the forward passes of several models ask of the hyper-parameters.

extension Hyperparameters {
  /// The activation function.
  ///
  /// - Throws: if there is none, or it is none that the graph has.
  func activation() throws(LayoutError) -> Activation {
    try require("activation")
    guard let function = string("activation").flatMap(Activation.init) else {
      throw LayoutError(
        .contradiction, "the activation \(self["activation"]?.description ?? "") is not known",
        details: ["known: " + Activation.allCases.map(\.rawValue).joined(separator: ", ")])
    }
    return function
  }

  /// A number that the forward pass needs.
  ///
  /// - Throws: if there is none.
  func number(_ name: String) throws(LayoutError) -> Double {
    try require(name)
    guard let number = double(name) else {
      throw LayoutError(
        .contradiction, "\(name) is \(self[name]?.description ?? "") (\(entries[name]?.origin ?? "")), not a number")
    }
    return number
  }

  /// A whole number that the forward pass needs.
  ///
  /// - Throws: if there is none.
  func wholeNumber(_ name: String) throws(LayoutError) -> Int {
    try require(name)
    guard let number = int(name) else {
      throw LayoutError(
        .contradiction,
        "\(name) is \(self[name]?.description ?? "") (\(entries[name]?.origin ?? "")), not a whole number")
    }
    return number
  }

  /// More blocks than any model has: a larger number is damage, and not to be looped over.
  private static let mostBlocks = 1 << 16

  /// Checks that the axes of a tensor have sizes that can be counted with.
  ///
  /// - Parameters:
  ///   - axes: the axes; those without a size pass.
  ///   - name: what has them.
  /// - Throws: if a size is negative, or the elements are more than can be counted.
  func checkSizes(of axes: [String], _ name: @autoclosure () -> String) throws(LayoutError) {
    let known = axes.compactMap { Int($0) ?? int($0) }
    guard Tensor.elementCount(of: known) == nil else { return }
    throw LayoutError(
      .contradiction, "\(name()) cannot have such a size",
      details: axes.compactMap { axis in entries[axis].map { "\(axis) = \($0.value) (\($0.origin))" } },
      hint: "mend the configuration, or give the right numbers: --set KEY=VALUE")
  }

  /// Checks that an axis which numbers parameters, such as `block`, has a count that can be looped over.
  ///
  /// - Parameter axis: the axis; one that has no size passes.
  /// - Throws: if the count is negative or absurd.
  func checkCount(_ axis: String) throws(LayoutError) {
    guard let number = int(axis), !(0...Hyperparameters.mostBlocks).contains(number) else { return }
    throw LayoutError(
      .contradiction,
      "\(axis) = \(number) (\(entries[axis]?.origin ?? "")), but a model has 0 to \(Hyperparameters.mostBlocks)")
  }

  /// 1/√head.
  var attentionScale: Double { 1 / Double(int("head") ?? 1).squareRoot() }

  /// The task that a configuration or the user states, or nil; one that was guessed or borrowed demands nothing.
  var statedTask: String? { entries["task"]?.isBorrowed == true ? nil : string("task") }

  /// Sets a value unless there is one.
  mutating func setDefault(_ name: String, _ value: Hyperparameter, origin: String) {
    if self[name] == nil { set(name, value, origin: origin) }
  }

  /// Derives the size of a head from the width and the number of heads.
  ///
  /// - Parameter key: the configuration key that gives the number of heads, for the error.
  /// - Throws: if the number is missing or does not divide the width.
  mutating func splitHeads(key: String) throws(LayoutError) {
    guard let embed = int("embed") else { return }
    guard let heads = int("heads") else {
      throw LayoutError(
        .missingHyperparameter, "nothing says how many attention heads the model has; the shapes cannot",
        hint: "give the number: --set \(key)=N, or the configuration file: --config FILE")
    }
    guard heads > 0, embed % heads == 0 else {
      throw LayoutError(
        .contradiction,
        "\(heads) attention heads (\(entries["heads"]?.origin ?? "")) do not divide a width of \(embed)",
        hint: "mend the configuration, or give the right number: --set \(key)=N")
    }
    set("head", .int(embed / heads), origin: "width / heads")
  }

  /// Checks that values are there that no shape can give.
  func require(_ names: String...) throws(LayoutError) {
    let missing = names.filter { self[$0] == nil && !unread.contains($0) }
    guard !missing.isEmpty else { return }
    throw LayoutError(
      .missingHyperparameter, "nothing says the model's \(missing.joined(separator: ", ")); the shapes cannot",
      hint: "give the configuration file: --config FILE, or the values: "
        + missing.map { "--set \($0)=…" }.joined(separator: " "))
  }
}
