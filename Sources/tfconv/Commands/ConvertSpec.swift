extension CommandSpec {
  // swift-format-ignore
  /// The table of `tfconv convert`: from one format and layout to another.
  static let convert = CommandSpec(
    name: "convert",
    summary: "convert a model to another file format or layout",
    usages: ["SRC -o DST [--to FORMAT[:LAYOUT]] [options]"],
    discussion: [
      "Every tensor of the source is accounted for: mapped, merged, split, tied, a known buffer, carried along under its own name (--carry), left out by name (--allow-unmapped), or an error. --to FORMAT without a layout changes the container alone and works for any model. Without --to the extension of DST decides. DST is a directory when there are shards or files to carry along. The output appears under its name only when it is complete.",
      "A finite value that --dtype would make infinite is an error that names the tensor, the place and the value, and nothing is written; --allow-overflow takes such values as rounding makes them. Values that become zero are counted.",
      "SRC is a file, a directory with its config, or the name org/name or org/name@REVISION of an entry in the Hugging Face cache. Nothing is ever downloaded.",
    ],
    positionals: [PositionalSpec(name: "SRC", summary: "the model to convert")],
    options: [
      .value("output", "DST", .file, "the file or directory to write", short: "o", isRequired: true),
      .value("to", "FORMAT[:LAYOUT]", .text, "format and layout to write, such as npz:tf1", fallback: .described("the extension of DST, layout unchanged")),
      .value("dtype", "DTYPE", .choice(["auto", "f32", "f16", "bf16", "f64"]), "type of the floating-point tensors; auto keeps each", aliases: ["outtype"], fallback: .value("auto")),
      .value("keep-f32", "GLOB", .text, "tensors that --dtype leaves in f32", isRepeatable: true),
      .flag("allow-overflow", "write values that --dtype makes infinite, or NaN where the type has no infinity"),
      .value("max-shard-size", "SIZE", .size, "split into files of at most this size, such as 5GB (decimal) or 2GiB", aliases: ["split-max-size"], fallback: .described("one file")),
      .value("compress", "LEVEL", .integer(1...12), "deflate the members of an .npz", implied: "2", fallback: .described("stored")),
      .value("tied", "POLICY", .choice(["keep", "drop", "materialize"]), "what is written of tied weights", fallback: .described("what the target's own loader expects")),
      .value("allow-missing", "NAME", .text, "do without this tensor, which the target has and the source lacks", isRepeatable: true),
      .value("vocab", "N", .integer(1...Int.max), "cut the vocabulary to N rows, or pad it with rows of --vocab-fill", fallback: .described("as stored")),
      .value("vocab-fill", "X", .number(.finite), "the value of rows that --vocab adds", fallback: .described("0")),
      .flag("allow-lossy", "leave out what the target's layout has no place for, and list it"),
      .value("metadata", "KEY=VALUE", .keyValue, "add an entry to the metadata of the output", isRepeatable: true),
      .flag("copy-files", "carry config, tokenizer and generation files along; the default when DST is a directory"),
      .flag("no-copy-files", "write the weights alone"),
      .flag("verify", "verify the output against the source before it gets its name"),
      .allowNonFinite,
      .flag("sync", "wait until the disk has the output; the default where files are replaced"),
      .flag("no-sync", "do not wait, as cp does not: a power failure may lose the output; the default for a new one"),
      .flag("dry-run", "print the plan and write nothing"),
      .force,
      .threads,
      .json,
    ] + .model + .general,
    exclusive: [["copy-files", "no-copy-files"], ["sync", "no-sync"]],
    examples: [
      Example(command: "tfconv convert bert-base-uncased/ -o bert.npz --to npz:tf1", summary: "to the names of the original release"),
      Example(command: "tfconv convert gpt2/ -o gpt2-bf16/ --dtype bf16 --max-shard-size 5GB --verify", summary: "a checked cast in shards"),
    ],
    exitCodes: [.success, .checkFailed, .usage, .invalidInput, .cannotConvert, .inputOutput, .inconclusive],
    check: { arguments in
      if arguments.isGiven("allow-nonfinite"), !arguments.flag("verify") { return "--allow-nonfinite belongs to --verify" }
      let casts = arguments.string("dtype").map { $0 != "auto" } ?? false
      return arguments.isGiven("keep-f32") && !casts ? "--keep-f32 has an effect only with --dtype" : nil
    })
}
