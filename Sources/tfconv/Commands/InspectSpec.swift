extension CommandSpec {
  // swift-format-ignore
  /// The table of `tfconv inspect`: what a model is and what is in it.
  static let inspect = CommandSpec(
    name: "inspect",
    summary: "show what a model is and what is in it",
    discussion: [
      "Prints format, layout, architecture and hyper-parameters with their origin, parameters (tied weights counted once), and the tensors, with equal layers rolled up. A file of unknown architecture is listed as it is.",
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
      .flag("check", "check every byte of the files and exit with 3 on a defect"),
    ] + .model + .general,
    exclusive: [["format", "json"]],
    examples: [
      Example(command: "tfconv inspect bert-base-uncased/", summary: "one page on the model"),
      Example(command: "tfconv inspect model.npz --filter '*attention*' --format csv", summary: "a list for other programs"),
    ],
    exitCodes: [.success, .usage, .invalidInput, .cannotConvert, .inputOutput])
}
