extension CommandSpec {
  // swift-format-ignore
  /// The table of `tfconv diff`: which weights of two models differ.
  static let diff = CommandSpec(
    name: "diff",
    summary: "list the weights in which two models differ",
    usages: ["A B [options]"],
    discussion: [
      "Compares weights only, whatever the formats and layouts of the two models. As with diff(1), the exit code is 0 for equal, 1 for different, and above 1 for trouble.",
      .modelDiscussion,
    ],
    positionals: [
      PositionalSpec(name: "A", summary: "the first model"),
      PositionalSpec(name: "B", summary: "the second model"),
    ],
    options: [.threads, .json] + .model + [.secondModel] + .general,
    examples: [
      Example(command: "tfconv diff gpt2/ finetuned.npz", summary: "what fine-tuning changed")
    ],
    exitCodes: [.success, .checkFailed, .usage, .invalidInput, .cannotConvert, .inputOutput])
}
