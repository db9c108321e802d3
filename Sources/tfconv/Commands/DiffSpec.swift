extension CommandSpec {
  // swift-format-ignore
  /// The table of `tfconv diff`: in what two models differ.
  static let diff = CommandSpec(
    name: "diff",
    summary: "list everything in which two models differ",
    usages: ["A B [options]"],
    discussion: [
      "Compares weights, element types, ties, settings and metadata, whatever the formats and layouts of the two models; nothing is run. Differing weights are listed by relative change, with the heads or rows that differ and what the values were recognised as. Other types that hold exactly rounded values, other metadata and settings that change no computation are told, but are no difference. As with diff(1), the exit code is 0 for equal, 1 for different, and above 1 for trouble.",
      .modelDiscussion,
    ],
    positionals: [
      PositionalSpec(name: "A", summary: "the first model"),
      PositionalSpec(name: "B", summary: "the second model"),
    ],
    options: [
      .value("top", "N", .integer(0...Int.max), "list at most this many differing weights", fallback: .value("20")),
      .allowNonFinite,
      .threads, .json,
    ] + .model + [.secondModel] + .general,
    examples: [
      Example(command: "tfconv diff gpt2/ finetuned.npz", summary: "what fine-tuning changed")
    ],
    exitCodes: [.success, .checkFailed, .usage, .invalidInput, .cannotConvert, .inputOutput, .inconclusive])
}
