import ParityChecks

// The schemas of what verify says about mappings and about itself.
extension ReportSchema {
  // swift-format-ignore
  /// `verify --probe --json`.
  static let probe = ReportSchema("probe", "pairs of layouts proved on synthetic models, from verify --probe", .common + [
    ReportField("verdict", .verdict, "how all pairs together ended"),
    ReportField("seed", .integer, "the seed of the synthetic weights and inputs"),
    ReportField("pairs", .list(.object([
      ReportField("architecture", .string, "the architecture"),
      ReportField("from", .string, "the layout that was written first"),
      ReportField("to", .string, "the layout that it was converted to, and back from"),
      ReportField("verdict", .verdict, "how the pair ended; inconclusive where no model fits both layouts"),
      ReportField("models", .list(.object([
        ReportField("kind", .string, "which of the synthetic models"),
        ReportField("scale", .number, "what its weights are multiplied by"),
        ReportField("verdict", .choice(["pass", "fail", "inconclusive", "not_representable"]), "how it ended"),
        ReportField("reason", .string, "why it failed or cannot be stored", isOptional: true),
        ReportField("parameters", .integer, "how many parameters were compared", isOptional: true),
        ReportField("differing", .list(.string), "the parameters that are not bit-equal", isOptional: true),
        ReportField("worst", .nullable(.shared(.output)), "the output with the largest ratio", isOptional: true),
      ])), "the synthetic models"),
    ])), "the pairs of layouts"),
  ])

  // swift-format-ignore
  /// `verify --mutate --json`.
  static let mutation = ReportSchema("mutation", "injected faults and which were caught, from verify --mutate", .common + counts + [
    ReportField("subject", .string, "the model or pair of layouts into which the faults were injected"),
    ReportField("faults", .list(.object([
      ReportField("kind", .choice(FaultKind.allCases.map(\.rawValue)), "the kind of fault"),
      ReportField("detail", .string, "where it is and what it does"),
      ReportField("in_weights", .boolean, "whether the comparison of the weights sees it"),
      ReportField("in_outputs", .boolean, "whether the outputs in float32 show it"),
      ReportField("in_function", .nullable(.boolean), "whether the graphs in float64 show it; null where they are equal"),
      ReportField("ratio", .number, "difference over budget of the worst output"),
      ReportField("fate", fate, "how it ended"),
      ReportField("fate_of_outputs", fate, "how it would have ended without the comparison of the weights and of the graphs"),
      ReportField("reason", .string, "why no output shows it", isOptional: true),
    ])), "every fault"),
  ])

  // swift-format-ignore
  /// `verify --probe --campaign --json`.
  static let campaign = ReportSchema("campaign", "honest conversions and injected faults, from verify --probe --campaign", .common + counts + [
    ReportField("seed", .integer, "the seed of everything that was drawn"),
    ReportField("conversions", .integer, "how many honest conversions were decided"),
    ReportField("false_alarms", .list(.object([
      ReportField("conversion", .string, "which one"),
      ReportField("reason", .string, "what the gate said"),
    ])), "honest conversions that failed"),
    ReportField("undecided", .list(.string), "honest conversions without a verdict"),
    ReportField("ratios", .list(.number), "difference over budget of each conversion's worst output"),
    ReportField("pairs", .list(mutation.shape), "the mutation score of each pair of layouts"),
  ])

  private static let fate = ReportShape.choice(["caught", "invisible", "missed"])

  // swift-format-ignore
  private static let counts = [
    ReportField("verdict", .verdict, "fail if a visible fault was missed or an honest conversion failed"),
    ReportField("injected", .integer, "how many faults were injected"),
    ReportField("visible", .integer, "how many of them are not provably without effect"),
    ReportField("caught", .integer, "how many the gate caught"),
    ReportField("visible_in_outputs", .integer, "how many can be seen in outputs at all"),
    ReportField("caught_by_outputs", .integer, "how many the outputs in float32 alone caught"),
  ]
}
