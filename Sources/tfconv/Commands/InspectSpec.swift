extension CommandSpec {
  // swift-format-ignore
  /// The table of `tfconv inspect`: what a model is and what is in it.
  static let inspect = CommandSpec(
    name: "inspect",
    summary: "show what a model is and what is in it",
    discussion: [
      "Prints format, layout, architecture and hyper-parameters with their origin, parameters (tied weights counted once), and the tensors, with equal layers rolled up. A file of unknown architecture is listed as it is.",
      "--depth N cuts names after N parts and rolls up what lies below; where N reaches the tensors, every tensor has its own row. --stats prints one row for each tensor instead; it knows floating-point types of whole bytes. csv has one row for each tensor.",
      "--check reads every tensor. Defects, for which it exits with 3: bytes that cannot be read or do not agree with their checksum, a NaN or an infinity in a floating-point tensor, an index that does not agree with its shards, and a configuration or tensors that do not fit the layout that was recognised. Tensors of nothing but zeros are listed and are no defect; neither is a layout that is not known.",
      .modelDiscussion,
    ],
    positionals: [PositionalSpec(name: "MODEL", summary: "the model to show")],
    options: [
      .value("depth", "N", .integer(1...100), "roll names up below this many parts", fallback: .described("as fits")),
      .value("filter", "GLOB", .text, "list only tensors whose names match; * crosses dots and slashes", isRepeatable: true),
      .value("sort", "KEY", .choice(["name", "params", "offset"]), "order of the list", fallback: .described("order of the model")),
      .flag("stats", "read the values: minimum, maximum, mean, deviation, NaN and infinity"),
      .value("format", "FORMAT", .choice(["table", "json", "csv", "markdown"]), "form of the output", fallback: .value("table")),
      .flag("json", "the same as --format json"),
      .flag("check", "read every tensor and exit with 3 on a defect, such as a NaN or a wrong checksum"),
    ] + .model + .general,
    exclusive: [["format", "json"]],
    examples: [
      Example(command: "tfconv inspect bert-base-uncased/", summary: "one page on the model"),
      Example(command: "tfconv inspect model.npz --filter '*attention*' --format csv", summary: "a list for other programs"),
      Example(command: "tfconv inspect download/ --check", summary: "is it intact?"),
    ],
    exitCodes: [.success, .usage, .invalidInput, .cannotConvert, .inputOutput])
}
