import TensorGraph

// What the forward passes of several models ask of the hyper-parameters.

extension Hyperparameters {
  /// The activation function; a complete model has one.
  var activation: Activation {
    guard let function = string("activation").flatMap(Activation.init) else {
      preconditionFailure("the hyper-parameters were not completed")
    }
    return function
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
    let missing = names.filter { self[$0] == nil }
    guard !missing.isEmpty else { return }
    throw LayoutError(
      .missingHyperparameter, "nothing says the model's \(missing.joined(separator: ", ")); the shapes cannot",
      hint: "give the configuration file: --config FILE, or the values: "
        + missing.map { "--set \($0)=…" }.joined(separator: " "))
  }
}
