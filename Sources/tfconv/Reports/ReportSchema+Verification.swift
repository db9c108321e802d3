// The schemas of what verify, diff and the lock file say.
extension ReportSchema {
  // swift-format-ignore
  /// `verify A B --json`.
  static let verify = ReportSchema("verify", "two models compared by verify, or by convert --verify", .common + .verdict + [
    ReportField("a", .shared(.side), "the model taken as the reference"),
    ReportField("b", .shared(.side), "the model that was judged"),
    ReportField("budget", .object([
      ReportField("method", .choice(["fp64-noise-floor", "mixed", "chosen"]), "whether budgets were measured, chosen by the user for some outputs, or for all"),
      ReportField("noise_factor", .number, "how many times the measured noise passes"),
      ReportField("seed", .integer, "the seed of the inputs"),
    ]), "how far outputs may differ"),
    ReportField("weights", .list(.shared(.weight)), "every parameter that either model has"),
    ReportField("non_finite", .list(.shared(.nonFinite)), "stored tensors with values that are not finite, whether anything reads them or not"),
    ReportField("became_zero", .integer, "how many values that were not zero a cast rounded to zero"),
    ReportField("outputs", .list(.shared(.output)), "every output of every batch"),
    ReportField("not_compared", .list(.string), "outputs that only one of the models has"),
    ReportField("coverage", .nullable(.object([
      ReportField("tables", .list(.object([
        ReportField("table", .string, "the canonical name of a table of which inputs choose rows"),
        ReportField("rows", .integer, "how many rows can be read"),
        ReportField("read", .integer, "how many of them the inputs read, padding aside"),
      ])), "every table of which inputs choose rows"),
      ReportField("first_block_only", .list(.string), "batches of which only what goes into the first block and comes out of it was compared"),
    ])), "what the inputs read of the model; null if nothing was run"),
    ReportField("unheld_outputs", .list(.string), "outputs that need parameters for which the layout of one model has no place"),
    ReportField("skipped", .nullable(.string), "why no outputs were compared"),
    ReportField("undecided", .list(.string), "settings that decide what is computed and that nothing decides"),
    ReportField("notes", .list(.string), "what a user should know"),
    ReportField("blame", .nullable(.object([
      ReportField("batch", .string, "the batch of inputs on which nodes were compared"),
      ReportField("compared", .integer, "how many nodes were compared"),
      ReportField("nodes", .list(.object([
        ReportField("node", .string, "the name of the node"),
        ReportField("max_abs", .nullable(.number), "the largest absolute difference on the reference's inputs; null if the shapes differ"),
        ReportField("ratio", .nullable(.number), "difference over the node's own budget"),
        ReportField("causes", .list(.shared(.cause)), "what is wrong with the node"),
      ])), "every node that diverges by itself, in the order of the graph; of those that only show a shared cause, the first"),
      ReportField("shared", .list(.object([
        ReportField("kind", .string, "the kind of cause"),
        ReportField("sentence", .string, "what was done to each parameter"),
        ReportField("parameters", .list(.string), "the canonical parameters"),
        ReportField("nodes", .integer, "how many nodes stray for this cause alone"),
      ])), "ways of rounding that several nodes show"),
      ReportField("unmatched", .list(.string), "nodes that only one of the graphs has"),
    ])), "where the models part; null if they do not, or nothing was run"),
  ] + .conclusion)

  // swift-format-ignore
  /// `verify MODEL --golden FILE --json` and `golden check FILE MODEL --json`.
  static let golden = ReportSchema("golden", "a model compared with recorded outputs by golden check or verify --golden", .common + .verdict + [
    ReportField("model", .string, "the model that was judged"),
    ReportField("golden", .string, "the file with the recorded inputs and outputs"),
    ReportField("budget", .object([
      ReportField("method", .choice(["fp64-noise-floor", "mixed", "chosen"]), "whether budgets were measured, chosen by the user for some outputs, or for all"),
      ReportField("noise_factor", .number, "how many times the measured noise passes"),
    ]), "how far outputs may differ"),
    ReportField("outputs", .list(.shared(.output)), "every recorded output that the model has"),
    ReportField("non_finite", .list(.shared(.nonFinite)), "stored tensors with values that are not finite, whether anything reads them or not"),
    ReportField("generated_equal", .nullable(.boolean), "whether greedy generation gave the recorded ids; null if none were recorded"),
    ReportField("not_compared", .list(.string), "recorded members that were not compared; with one the verdict is no pass"),
    ReportField("renamed", .list(.object([
      ReportField("recorded", .string, "the name of the member"),
      ReportField("name", .string, "what the model calls it"),
    ])), "recorded members that were compared under another name"),
    ReportField("sketches", .nullable(.object([
      ReportField("compared", .integer, "how many nodes were compared with their sketches"),
      ReportField("rounded", .integer, "how many parameters are, exactly rounded to a narrower type, those that were recorded"),
      ReportField("failures", .list(.object([
        ReportField("node", .string, "the name of the node"),
        ReportField("difference", .number, "about how far its value is from the recorded one, as a norm"),
        ReportField("budget", .number, "the largest difference that passes"),
        ReportField("ratio", .number, "difference over budget"),
        ReportField("verdict", ReportShape.verdict, "how this comparison ended"),
      ])), "nodes that do not pass, in the order of the graph"),
      ReportField("first", .nullable(.object([
        ReportField("node", .string, "the first node that leaves the recorded values"),
        ReportField("causes", .list(.shared(.cause)), "what is wrong with it"),
      ])), "where the model parts from the record"),
      ReportField("changed", .list(.shared(.cause)), "parameters that are not those that the golden was made from"),
      ReportField("unmatched", .list(.string), "nodes that only the golden or only the model has"),
    ])), "the comparison node by node; null if the file has no sketches"),
    ReportField("suspects", .list(.object([
      ReportField("target", .string, "the recorded value that a part of the model misses"),
      ReportField("nodes", .list(.string), "the nodes of the part"),
      ReportField("ratio", .number, "difference over budget"),
      ReportField("suspects", .list(.shared(.cause)), "hypotheses that make the difference smaller, the best first"),
      ReportField("oddities", .list(.string), "parameters whose statistics stand out"),
    ])), "parts between recorded values that are wrong by themselves"),
  ] + .conclusion)

  // swift-format-ignore
  /// `golden make MODEL -o FILE --json`.
  static let goldenMake = ReportSchema("golden-make", "a golden written by golden make", .common + [
    ReportField("model", .string, "the model that was recorded"),
    ReportField("golden", .string, "the file that was written"),
    ReportField("bytes", .integer, "its size"),
    ReportField("outputs", .list(.string), "the members that hold whole outputs; all others are sketched"),
  ])

  // swift-format-ignore
  /// `diff A B --json`.
  static let diff = ReportSchema("diff", "everything in which two models differ, from diff", .common + [
    ReportField("identical", .boolean, "whether every weight agrees and the settings make the same function"),
    ReportField("a", .shared(.side), "the first model"),
    ReportField("b", .shared(.side), "the second model"),
    ReportField("weights", .list(.shared(.weight)), "every parameter that either model has, the farthest apart first"),
    ReportField("non_finite", .list(.shared(.nonFinite)), "stored tensors with values that are not finite, whether anything reads them or not"),
    ReportField("became_zero", .integer, "how many values that were not zero a cast rounded to zero"),
    ReportField("renamed", .integer, "how many parameters agree under another stored name"),
    ReportField("rearranged", .integer, "how many parameters agree in another order of axes"),
    ReportField("types", .list(.object([
      ReportField("a", .string, "the element type in the first model"),
      ReportField("b", .string, "the element type in the second model"),
      ReportField("count", .integer, "how many parameters have these types"),
    ])), "element types that differ"),
    ReportField("ties", .list(.string), "parameters that only one of the models shares with another"),
    ReportField("settings", .list(.object([
      ReportField("name", .string, "the canonical name of the hyper-parameter"),
      ReportField("a", .anything, "its value in the first model; null if it has none"),
      ReportField("b", .anything, "its value in the second model; null if it has none"),
      ReportField("a_origin", .nullable(.string), "where the first value came from"),
      ReportField("b_origin", .nullable(.string), "where the second value came from"),
    ])), "hyper-parameters that differ"),
    ReportField("same_function", .boolean, "whether the settings make the same function"),
    ReportField("metadata", .list(.object([
      ReportField("key", .string, "the key"),
      ReportField("a", .nullable(.string), "its value in the first file"),
      ReportField("b", .nullable(.string), "its value in the second file"),
    ])), "metadata of the files that differ"),
    ReportField("undecided", .list(.string), "settings that decide what is computed and that nothing decides"),
    ReportField("notes", .list(.string), "what a user should know"),
  ])

  // swift-format-ignore
  /// The file of `verify --baseline`.
  static let lock = ReportSchema("lock", "the lock file of verify --baseline", [
    ReportField("seed", .nullable(.integer), "the seed of the inputs; null where they came from a file"),
    ReportField("atol", .nullable(.number), "the absolute tolerance that the user chose"),
    ReportField("rtol", .nullable(.number), "the relative tolerance that the user chose"),
    ReportField("tolerances", .map(.object([
      ReportField("atol", .nullable(.number), "the absolute tolerance of this output"),
      ReportField("rtol", .nullable(.number), "the relative tolerance of this output"),
    ])), "tolerances that the user chose for single outputs"),
    ReportField("outputs", .map(.map(.number)), "for each batch and output, difference over budget"),
  ])
}

extension [ReportField] {
  fileprivate static let verdict = [ReportField("verdict", ReportShape.verdict, "how the comparison ended")]

  // swift-format-ignore
  /// What the reports of both kinds of verification end with.
  fileprivate static let conclusion = [
    ReportField("summary", .object([
      ReportField("checks", .integer, "how many weights and outputs were checked or skipped"),
      ReportField("failed", .integer, "how many of them failed"),
      ReportField("inconclusive", .integer, "for how many there is no decision"),
      ReportField("skipped", .integer, "how many were skipped"),
      ReportField("worst_ratio", .nullable(.number), "the largest difference over budget; null if no output was compared"),
    ]), "the comparison in numbers"),
    ReportField("first_divergence", .nullable(.shared(.finding)), "the first finding, in the order of weights, outputs, lock file"),
    ReportField("baseline", .nullable(.object([
      ReportField("path", .string, "the lock file"),
      ReportField("updated", .boolean, "whether it was rewritten"),
      ReportField("findings", .list(.shared(.finding)), "what is worse, missing or new against the lock file"),
    ])), "the comparison with a lock file; null if there was none"),
  ]
}
