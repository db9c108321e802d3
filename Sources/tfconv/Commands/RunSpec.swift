extension CommandSpec {
  // swift-format-ignore
  /// The table of `tfconv run`: a forward pass, or generation.
  static let run = CommandSpec(
    name: "run",
    summary: "run a model on inputs, or let it generate",
    usages: [
      "MODEL --inputs FILE.npz [-o OUT.npz] [options]",
      "MODEL --inputs FILE.npz | --prompt-ids IDS --generate N [options]",
    ],
    discussion: [
      "Without --generate, runs one forward pass and writes or summarises the outputs. With --generate, continues the prompt by at most N tokens, greedily or by seeded sampling, and prints the ids, and the text if the model has a tokenizer.json.",
      .modelDiscussion,
    ],
    positionals: [PositionalSpec(name: "MODEL", summary: "the model to run")],
    options: [
      .value("inputs", "FILE", .file, "the inputs, an .npz with the members the model asks for"),
      .value("prompt-ids", "IDS", .integerList, "token ids to run on, such as 464,2068,7586"),
      .value("output", "OUT", .file, "write the outputs to this .npz", short: "o"),
      .value("outputs", "NAMES", .list, "which outputs, such as logits,hidden_states", fallback: .described("all heads")),
      .value("precision", "TYPE", .choice(["f32", "f64"]), "compute in float32, or in float64 as the oracle does", fallback: .value("f32")),
      .value("generate", "N", .integer(1...Int.max), "generate at most this many tokens"),
      .flag("sample", "draw the tokens at random instead of taking the likeliest"),
      .value("temperature", "X", .number(.positive), "divide the logits by this before drawing", fallback: .described("1")),
      .value("top-k", "N", .integer(1...Int.max), "draw from the N likeliest tokens", fallback: .described("all")),
      .value("top-p", "X", .number(.fraction), "draw from the likeliest tokens that reach this probability", fallback: .described("1")),
      .value("seed", "N", .integer(0...Int.max), "seed of the sampling", fallback: .described("1")),
      .force,
      .threads,
      .json,
    ] + .model + .general,
    exclusive: [["inputs", "prompt-ids"], ["generate", "outputs"]],
    examples: [
      Example(command: "tfconv run bert/ --inputs batch.npz -o outputs.npz --outputs logits", summary: "a forward pass"),
      Example(command: "tfconv run gpt2/ --prompt-ids 464,2068 --generate 20", summary: "greedy continuation"),
    ],
    exitCodes: [.success, .usage, .invalidInput, .cannotConvert, .inputOutput],
    check: { arguments in
      if !arguments.isGiven("inputs"), !arguments.isGiven("prompt-ids") {
        return "there is nothing to run on: give --inputs FILE or --prompt-ids IDS"
      }
      if arguments.isGiven("sample"), !arguments.isGiven("generate") { return "--sample needs --generate N" }
      let sampling = ["temperature", "top-k", "top-p", "seed"].first { arguments.isGiven($0) }
      if let sampling, !arguments.flag("sample") { return "--\(sampling) has an effect only with --sample" }
      return nil
    })
}
