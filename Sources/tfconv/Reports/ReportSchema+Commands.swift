// The schemas of what convert, inspect, run and bench say, and of errors.
extension ReportSchema {
  // swift-format-ignore
  /// `convert --json`.
  static let convert = ReportSchema("convert", "a conversion or its plan, from convert", .common + [
    ReportField("source", .string, "the model that was converted"),
    ReportField("from", format, "what it was read as"),
    ReportField("to", format, "what it was written as"),
    ReportField("architecture", .nullable(.string), "the architecture; null where only the container changed"),
    ReportField("tensors", .list(.object([
      ReportField("name", .string, "the name of the written tensor"),
      ReportField("dtype", .string, "its element type"),
      ReportField("shape", .list(.integer), "its shape"),
      ReportField("parameters", .list(.string), "the canonical parameters that it holds"),
    ])), "every tensor that is written"),
    ReportField("ledger", .object([
      ReportField("source_bytes", .integer, "the bytes of all source tensors"),
      ReportField("totals", .map(.object([
        ReportField("tensors", .integer, "how many tensors"),
        ReportField("bytes", .integer, "their bytes"),
      ])), "the sums for each fate"),
      ReportField("entries", .list(.object([
        ReportField("name", .string, "the source tensor"),
        ReportField("bytes", .integer, "its bytes"),
        ReportField("fate", .string, "what became of it"),
        ReportField("detail", .string, "where it went, or why it was left out"),
      ])), "every source tensor"),
    ]), "what became of every source byte"),
    ReportField("constants", .list(.object([
      ReportField("parameter", .string, "the canonical parameter"),
      ReportField("value", .number, "the value of every element"),
    ])), "parameters that the source leaves out because they are a constant"),
    ReportField("missing", .list(.string), "canonical parameters that the source lacks and was allowed to lack"),
    ReportField("notes", .list(.string), "what a user should know"),
    ReportField("written", .nullable(.list(.string)), "the files that were written; null if none were"),
    ReportField("overflowed", .nullable(.integer), "how many values became infinite or NaN; null if nothing was written"),
    ReportField("became_zero", .nullable(.integer), "how many values that were not zero became zero; null if nothing was written"),
    ReportField("verification", .nullable(.shared(.verification)), "the report of --verify; null without it"),
  ])

  // swift-format-ignore
  private static let format = ReportShape.object([
    ReportField("format", .string, "the file format"),
    ReportField("layout", .string, "the weight layout, where it is known", isOptional: true),
  ])

  // swift-format-ignore
  /// `inspect --json`.
  static let inspect = ReportSchema("inspect", "what a model is and what is in it, from inspect", .common + [
    ReportField("model", .object([
      ReportField("path", .string, "what the user called it"),
      ReportField("format", .string, "the file format"),
      ReportField("files", .list(.string), "the files that hold its tensors"),
      ReportField("tensors", .integer, "how many tensors are stored"),
      ReportField("bytes", .integer, "their bytes"),
      ReportField("stored_bytes", .integer, "the bytes that they take in the files"),
    ]), "the model"),
    ReportField("layout", .object([
      ReportField("recognised", .boolean, "whether a layout accounts for every tensor"),
      ReportField("names", .integer, "how many names there are"),
      ReportField("name", .string, "architecture and layout, such as bert.hf", isOptional: true),
      ReportField("matched", .integer, "how many names the layout knows", isOptional: true),
      ReportField("prefix", .nullable(.boolean), "whether the names carry the layout's prefix", isOptional: true),
      ReportField("failure", .shared(.failure), "why no layout fits", isOptional: true),
      ReportField("nearest", .object([
        ReportField("name", .string, "the layout that fits best"),
        ReportField("matched", .integer, "how many names it knows"),
        ReportField("unknown", .list(.string), "the first names that it does not know"),
      ]), "the layout that fits best", isOptional: true),
    ]), "the weight layout"),
    ReportField("architecture", .nullable(.string), "the architecture, where it is known"),
    ReportField("parts", .list(.string), "optional parts that the model has"),
    ReportField("hyperparameters", .list(.object([
      ReportField("name", .string, "its name"),
      ReportField("value", .anything, "its value"),
      ReportField("origin", .string, "where the value comes from"),
    ])), "the hyper-parameters"),
    ReportField("parameters", .object([
      ReportField("unique", .integer, "how many elements the parameters have, each counted once"),
      ReportField("with_ties", .integer, "the same with tied parameters counted again"),
      ReportField("ties", .list(.object([
        ReportField("parameter", .string, "the parameter that is not stored"),
        ReportField("target", .string, "the parameter that it equals"),
        ReportField("elements", .integer, "its elements"),
      ])), "the tied parameters"),
    ]), "the parameters in numbers"),
    ReportField("dtypes", .list(.object([
      ReportField("dtype", .string, "the element type"),
      ReportField("tensors", .integer, "how many tensors"),
      ReportField("elements", .integer, "their elements"),
      ReportField("bytes", .integer, "their bytes"),
    ])), "the share of each element type"),
    ReportField("metadata", .list(.object([
      ReportField("key", .string, "the key"),
      ReportField("value", .string, "the value"),
    ])), "free-form metadata of the file"),
    ReportField("notes", .list(.string), "what a user should know"),
    ReportField("problems", .list(.shared(.failure)), "what keeps the model from being used"),
    ReportField("check", .nullable(.object([
      ReportField("tensors_read", .integer, "how many tensors could be read"),
      ReportField("zero_tensors", .list(.string), "tensors that hold zeros only"),
      ReportField("defects", .list(.object([
        ReportField("tensor", .nullable(.string), "the tensor"),
        ReportField("message", .string, "what is wrong"),
      ])), "what is wrong"),
    ])), "what --check found; null without it"),
    ReportField("tensors", .list(.object([
      ReportField("name", .string, "the stored name"),
      ReportField("dtype", .string, "the element type"),
      ReportField("shape", .list(.integer), "the shape"),
      ReportField("elements", .integer, "the number of elements"),
      ReportField("bytes", .integer, "the bytes of the elements"),
      ReportField("stored", .object([
        ReportField("file", .string, "the file that holds it"),
        ReportField("offset", .integer, "where its stored bytes begin"),
        ReportField("bytes", .integer, "how many stored bytes it has"),
        ReportField("compressed", .boolean, "whether they are a deflate stream"),
      ]), "where it lies"),
      ReportField("use", .object([
        ReportField("kind", .string, "what it is used as"),
        ReportField("parameters", .list(.string), "the canonical parameters that it holds"),
        ReportField("reason", .string, "why it is not used", isOptional: true),
      ]), "what it is used for"),
      ReportField("statistics", .nullable(.object([
        ReportField("min", .nullable(.number), "the smallest value"),
        ReportField("max", .nullable(.number), "the largest value"),
        ReportField("mean", .nullable(.number), "the mean"),
        ReportField("std", .nullable(.number), "the standard deviation"),
        ReportField("zeros", .integer, "how many zeros"),
        ReportField("nan", .integer, "how many NaN"),
        ReportField("inf", .integer, "how many infinities"),
      ])), "what --stats measured", isOptional: true),
    ])), "the tensors that --filter leaves"),
  ])

  // swift-format-ignore
  /// `run --json`.
  static let run = ReportSchema("run", "the outputs of a forward pass, from run", .common + [
    ReportField("outputs", .map(.object([
      ReportField("shape", .list(.integer), "the shape"),
      ReportField("values", .list(.number), "the elements, row-major"),
    ])), "each output by its name"),
  ])

  // swift-format-ignore
  /// `run --generate N --json`.
  static let generate = ReportSchema("generate", "generated tokens, from run --generate", .common + [
    ReportField("generated", .list(.list(.integer)), "the ids of each row"),
    ReportField("text", .list(.string), "their text, where the model has a tokenizer", isOptional: true),
  ])

  // swift-format-ignore
  /// `bench --json`, on one line.
  static let bench = ReportSchema("bench", "how fast a model loads, runs and decodes, from bench", .common + [
    ReportField("model", .string, "what the user called it"),
    ReportField("architecture", .string, "the architecture"),
    ReportField("batch", .integer, "how many sequences ran together"),
    ReportField("seq", .integer, "the tokens of each"),
    ReportField("decode", .integer, "how many tokens were decoded after each pass"),
    ReportField("threads", .integer, "how many threads worked"),
    ReportField("iters", .integer, "how many passes were timed after the first"),
    ReportField("import_s", .number, "the processor time that the process had used when the command began"),
    ReportField("load_s", .number, "seconds to open the model and build its graph"),
    ReportField("first_s", .number, "seconds of the first pass"),
    ReportField("fwd_s", .number, "seconds of the passes after it: the median"),
    ReportField("fwd_min", .number, "the shortest"),
    ReportField("fwd_max", .number, "the longest"),
    ReportField("dec_s", .number, "seconds of decoding: the median; 0 if nothing was decoded"),
    ReportField("dec_min", .number, "the shortest"),
    ReportField("cpu_iter", .number, "processor seconds of one pass and its decoding"),
    ReportField("chk", .number, "the sum of the decoded tokens of the first row; else the likeliest next token, or the first number of the hidden states"),
  ])

  // swift-format-ignore
  /// `hash --json`.
  static let hash = ReportSchema("hash", "the SHA-256 of every tensor and of the content, from hash", .common + [
    ReportField("model", .string, "what the user called it"),
    ReportField("format", .string, "the file format"),
    ReportField("content", .string, "the digest over the names, types, shapes and digests of all tensors"),
    ReportField("tensors", .map(.object([
      ReportField("dtype", .string, "the element type"),
      ReportField("shape", .list(.integer), "the shape"),
      ReportField("sha256", .string, "the digest of the elements, row-major and little-endian"),
    ])), "each tensor by its stored name; that of an .npy file is empty"),
  ])

  // swift-format-ignore
  /// Any command that fails where a JSON report was asked for.
  static let error = ReportSchema("error", "why a command could not do its work, from every command with --json", .common + [
    ReportField("error", .shared(.failure), "what went wrong"),
  ])
}
