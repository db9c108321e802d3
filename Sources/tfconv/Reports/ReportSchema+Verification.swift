// The schemas of what verify, diff and the lock file say.
extension ReportSchema {
  // swift-format-ignore
  /// `verify A B --json`.
  static let verify = ReportSchema("verify", "two models compared by verify, or by convert --verify", .common + .verdict + [
    ReportField("a", .shared(.side), "the model taken as the reference"),
    ReportField("b", .shared(.side), "the model that was judged"),
    ReportField("budget", .object([
      ReportField("method", .choice(["fp64-noise-floor", "chosen"]), "whether budgets were measured or chosen by the user"),
      ReportField("noise_factor", .number, "how many times the measured noise passes"),
      ReportField("seed", .integer, "the seed of the inputs"),
    ]), "how far outputs may differ"),
    ReportField("weights", .list(.shared(.weight)), "every parameter that either model has"),
    ReportField("outputs", .list(.shared(.output)), "every output of every batch"),
    ReportField("not_compared", .list(.string), "outputs that only one of the models has"),
    ReportField("skipped", .nullable(.string), "why no outputs were compared"),
    ReportField("notes", .list(.string), "what a user should know"),
  ] + .conclusion)

  // swift-format-ignore
  /// `verify MODEL --golden FILE --json`.
  static let golden = ReportSchema("golden", "a model compared with recorded outputs by verify --golden", .common + .verdict + [
    ReportField("model", .string, "the model that was judged"),
    ReportField("golden", .string, "the file with the recorded inputs and outputs"),
    ReportField("budget", .object([
      ReportField("method", .choice(["fp64-noise-floor", "chosen"]), "whether budgets were measured or chosen by the user"),
      ReportField("noise_factor", .number, "how many times the measured noise passes"),
    ]), "how far outputs may differ"),
    ReportField("outputs", .list(.shared(.output)), "every recorded output that the model has"),
    ReportField("generated_equal", .nullable(.boolean), "whether greedy generation gave the recorded ids; null if none were recorded"),
    ReportField("not_compared", .list(.string), "recorded members that the model has no counterpart for"),
  ] + .conclusion)

  // swift-format-ignore
  /// `diff A B --json`.
  static let diff = ReportSchema("diff", "the weights in which two models differ, from diff", .common + [
    ReportField("identical", .boolean, "whether every weight agrees"),
    ReportField("a", .shared(.side), "the first model"),
    ReportField("b", .shared(.side), "the second model"),
    ReportField("weights", .list(.shared(.weight)), "every parameter that either model has"),
    ReportField("notes", .list(.string), "what a user should know"),
  ])

  // swift-format-ignore
  /// The file of `verify --baseline`.
  static let lock = ReportSchema("lock", "the lock file of verify --baseline", [
    ReportField("seed", .nullable(.integer), "the seed of the inputs; null where they came from a file"),
    ReportField("atol", .nullable(.number), "the absolute tolerance that the user chose"),
    ReportField("rtol", .nullable(.number), "the relative tolerance that the user chose"),
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
