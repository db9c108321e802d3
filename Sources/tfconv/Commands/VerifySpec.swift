extension CommandSpec {
  // swift-format-ignore
  /// The table of `tfconv verify`: whether two models compute the same function.
  static let verify = CommandSpec(
    name: "verify",
    summary: "prove that two models compute the same function",
    usages: ["A B [options]", "MODEL --golden FILE.npz [options]", "MODEL [B] --mutate [options]", "--probe --arch NAME --from LAYOUT --to LAYOUT [options]"],
    discussion: [
      "Compares every weight through the common parameters, then runs both models on the same inputs and compares what they compute. The exit code is 0 only if both agree. Models of unknown architecture are compared by name; unless --weights-only was given that ends as inconclusive, because no outputs were compared. What the layout of one model has no place for is named and leaves the rest in doubt (7), unless --allow-lossy declares the loss.",
      "Where GITHUB_ACTIONS is true, the first divergence becomes an annotation and the Markdown is appended to the file of GITHUB_STEP_SUMMARY. docs/CI.md shows a workflow.",
      "Every stored tensor is looked through for values that are not finite, whether a batch reads them or not: on one side alone they are a failure, the same on both sides they leave the verdict open unless --allow-nonfinite names the tensor. A finite value that a cast has made infinite is a failure; values that became zero are counted.",
      "With --golden, one model is compared with recorded inputs and outputs (members in_NAME and out_NAME).",
    ] + probeDiscussion,
    positionals: [
      PositionalSpec(name: "A", arity: .optional, summary: "the model taken as the reference, or the only one with --golden and --mutate"),
      PositionalSpec(name: "B", arity: .optional, summary: "the model to judge"),
    ],
    options: [
      .value("golden", "FILE", .file, "compare with the recorded inputs and outputs of this .npz"),
      .flag("weights-only", "compare the weights and run nothing"),
      .flag("allow-lossy", "pass although one model's layout has no place for parts of the other; they are named"),
      .value("inputs", "FILE", .file, "run on the inputs of this .npz", fallback: .described("made from --seed")),
      .value("save-inputs", "FILE", .file, "write the inputs that were used to this .npz"),
      .value("seed", "N", .integer(0...Int.max), "seed of the inputs", fallback: .value("1")),
      .value("atol", "[OUT:]X", .text, "absolute tolerance of all outputs, or of one", fallback: .described("measured"), isRepeatable: true),
      .value("rtol", "[OUT:]X", .text, "relative tolerance of all outputs, or of one", fallback: .described("measured"), isRepeatable: true),
      .allowNonFinite,
      .value("baseline", "LOCK", .file, "fail also where an output has become much worse than this file says"),
      .flag("update", "rewrite the file of --baseline after a pass"),
      .value("junit", "FILE", .file, "write the checks as JUnit XML, replacing the file"),
      .value("sarif", "FILE", .file, "write the findings as SARIF 2.1.0, replacing the file"),
      .value("markdown", "FILE", .file, "write verdict and first findings as Markdown, replacing the file"),
      .force,
      .threads,
      .json,
    ] + probeOptions + .model + [.secondModel] + .general,
    exclusive: [["golden", "weights-only"], ["golden", "allow-lossy"], ["golden", "inputs"], ["golden", "save-inputs"], ["inputs", "weights-only"], ["save-inputs", "weights-only"], ["baseline", "weights-only"], ["atol", "weights-only"], ["rtol", "weights-only"]] + probeExclusions,
    examples: [
      Example(command: "tfconv verify bert-base-uncased/ bert.npz", summary: "original against converted"),
      Example(command: "tfconv verify gpt2/ --golden gpt2.golden.npz --json", summary: "against recorded outputs"),
      Example(command: "tfconv verify --probe --all", summary: "every pair of layouts, without any checkpoint"),
      Example(command: "tfconv verify gpt2/ --mutate", summary: "would the gate notice?"),
    ],
    exitCodes: [.success, .checkFailed, .usage, .invalidInput, .cannotConvert, .inputOutput, .inconclusive],
    check: { arguments in
      if let complaint = ToleranceArguments.complaint(arguments) { return complaint }
      if arguments.flag("probe") || arguments.flag("mutate") { return probeComplaint(arguments) }
      if let stray = strayProbeOption(arguments) { return stray }
      if arguments.positional("A") == nil { return "A is missing: give the model" }
      let hasSecond = arguments.positional("B") != nil
      if arguments.isGiven("golden"), hasSecond { return "--golden compares one model with a file; two models were given" }
      if !arguments.isGiven("golden"), !hasSecond { return "B is missing: give a second model, or --golden FILE" }
      if arguments.isGiven("to"), !hasSecond { return "--to says how B is read; there is no B with --golden" }
      if arguments.isGiven("update"), !arguments.isGiven("baseline") { return "--update needs --baseline LOCK" }
      return nil
    })
}
