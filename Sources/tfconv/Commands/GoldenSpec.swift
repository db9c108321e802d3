extension CommandSpec {
  // swift-format-ignore
  /// The table of `tfconv golden`: what a model computes, recorded and checked later without the model.
  static let golden = CommandSpec(
    name: "golden",
    summary: "record what a model computes, or check a model against a record",
    usages: ["make MODEL -o FILE.npz [options]", "check FILE.npz MODEL [options]"],
    discussion: [
      "make runs MODEL in float64 and writes the inputs, the small outputs, and a sketch of every node: norms and seeded random projections, about 100 KB for twelve layers whatever their width. check runs another file of the model and names the first node that leaves the record, and the parameter or setting that does it. The weights of the recorded model are not needed.",
      "check also reads what other programs recorded: an .npz with members in_NAME and out_NAME. If hidden states are among them, the layer that is wrong is found, and faults are undone one by one to see which one explains it.",
      .modelDiscussion,
    ],
    positionals: [
      PositionalSpec(name: "ACTION", kind: .choice(["make", "check"]), summary: "what to do"),
      PositionalSpec(name: "FIRST", summary: "for make the model, for check the golden"),
      PositionalSpec(name: "MODEL", arity: .optional, summary: "for check the model"),
    ],
    options: [
      .value("output", "FILE", .file, "the golden that make writes", short: "o"),
      .value("inputs", "FILE", .file, "make: run on the inputs of this .npz", fallback: .described("made from --seed")),
      .value("seed", "N", .integer(0...Int.max), "make: seed of the inputs and of the projections", fallback: .value("1")),
      .value("atol", "[OUT:]X", .text, "check: absolute tolerance of all outputs, or of one", fallback: .described("measured"), isRepeatable: true),
      .value("rtol", "[OUT:]X", .text, "check: relative tolerance of all outputs, or of one", fallback: .described("measured"), isRepeatable: true),
      .allowNonFinite,
      .force,
      .threads,
      .json,
    ] + .model + .general,
    examples: [
      Example(command: "tfconv golden make gpt2/ -o gpt2.golden.npz", summary: "record a model"),
      Example(command: "tfconv golden check gpt2.golden.npz converted.npz", summary: "check another file of it"),
    ],
    exitCodes: [.success, .checkFailed, .usage, .invalidInput, .cannotConvert, .inputOutput, .inconclusive],
    check: { arguments in
      if let complaint = ToleranceArguments.complaint(arguments) { return complaint }
      let isMaking = arguments.positional("ACTION") == "make"
      if isMaking, arguments.positional("MODEL") != nil { return "golden make takes one model" }
      if isMaking, !arguments.isGiven("output") { return "--output is missing: golden make MODEL -o FILE.npz" }
      if !isMaking, arguments.positional("MODEL") == nil { return "MODEL is missing: golden check FILE.npz MODEL" }
      let strangers = isMaking ? ["atol", "rtol"] : ["output", "inputs", "seed", "force"]
      return strangers.first(where: arguments.isGiven).map { "--\($0) is for golden \(isMaking ? "check" : "make")" }
    })
}
