/// Rows that several commands share.
extension [OptionSpec] {
  // swift-format-ignore
  /// How a model is opened and its hyper-parameters are found: for every command that opens one.
  static let model: [OptionSpec] = [
    .value("from", "FORMAT[:LAYOUT]", .text, "read the model (the first, where there are two) as this format and layout", fallback: .described("detected"), group: .model),
    .value("subtree", "PATH", .text, "take the tensors under these keys alone (of the first model, where there are two), such as state_dict", group: .model),
    .value("config", "FILE", .file, "take the hyper-parameters from this file", fallback: .described("the model's own"), group: .model),
    .value("set", "KEY=VALUE", .keyValue, "set one hyper-parameter by its name in the config, such as n_head=12", isRepeatable: true, group: .model),
    .value("map", "FILE", .file, "a layout as text, as layouts show prints it, or rows of one", isRepeatable: true, group: .model),
    .value("allow-config", "KEY", .text, "ignore this key of the config although it is not understood", isRepeatable: true, group: .model),
    .value("allow-unmapped", "GLOB", .text, "leave out this tensor, or those without a place in the layout that match", isRepeatable: true, group: .model),
    .value("carry", "GLOB", .text, "keep this tensor, or those without a place in the layout that match, under their own names", isRepeatable: true, group: .model),
    .value("assume", "DTYPE", .choice(["bf16", "f8_e4m3", "f8_e5m2", "f8_e8m0", "f8_e4m3fnuz", "f8_e5m2fnuz"]), "what arrays of the bare NumPy types V2 (bf16) and V1 (f8) hold", isRepeatable: true, group: .model),
  ]

  // swift-format-ignore
  /// The general options of every command that opens a model.
  static let general: [OptionSpec] = [
    .flag("quiet", "print results and errors only", group: .general),
    .flag("no-color", "print without colour, as with NO_COLOR in the environment", group: .general),
  ]
}

extension OptionSpec {
  /// How the second of two models is read.
  static let secondModel = OptionSpec.value(
    "to", "FORMAT[:LAYOUT]", .text, "read the second model as this format and layout", fallback: .described("detected"),
    group: .model)

  /// Tensors that may hold values that are not finite.
  static let allowNonFinite = OptionSpec.value(
    "allow-nonfinite", "TENSOR", .text, "stored tensors, by name or pattern, that may hold NaN or infinity",
    isRepeatable: true)

  /// Threads for the work.
  static let threads = OptionSpec.value(
    "threads", "N", .integer(1...1024), "threads to use", fallback: .described("all processors"))

  /// Results as JSON.
  static let json = OptionSpec.flag("json", "print the report as JSON, also when the command fails")

  /// Existing outputs are replaced.
  static let force = OptionSpec.flag("force", "replace the output if it exists", aliases: ["overwrite"])
}

extension String {
  /// What a MODEL argument can be, for the discussion of a command.
  static let modelDiscussion =
    "MODEL is a file, a directory with its config, the name org/name or org/name@REVISION of an entry in the Hugging Face "
    + "cache, or - for standard input. Nothing is ever downloaded."
}
