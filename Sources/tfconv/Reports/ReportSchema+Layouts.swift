// The schemas of what layouts and explain say.
extension ReportSchema {
  // swift-format-ignore
  /// `layouts --json`.
  static let layouts = ReportSchema("layouts", "the layouts that are known, from layouts", .common + [
    ReportField("layouts", .list(.object([
      ReportField("name", .string, "architecture and layout, such as bert.tf1"),
      ReportField("source", .string, "the code whose files look like this"),
      ReportField("configuration", .string, "the file in which hyper-parameters are written down"),
      ReportField("tied", .choice(["keep", "drop", "materialize"]), "what its loader expects of a tied head"),
      ReportField("lost", .list(.string), "parts of a model for which it has no place"),
      ReportField("rows", .list(.object([
        ReportField("parameter", .string, "the canonical name"),
        ReportField("names", .list(.string), "the stored name, then older spellings"),
        ReportField("axes", .string, "the stored axes, outermost first"),
      ])), "the table"),
    ])), "every layout"),
  ])

  // swift-format-ignore
  /// `explain NAME --json`.
  static let explain = ReportSchema("explain", "what a tensor name means, from explain", .common + [
    ReportField("name", .string, "the name that was asked for"),
    ReportField("meanings", .list(.object([
      ReportField("layout", .string, "the layout in which the name stands"),
      ReportField("reason", .nullable(.string), "why no parameter needs the tensor; null if one does"),
      ReportField("parameters", .list(.object([
        ReportField("name", .string, "the canonical name"),
        ReportField("axes", .string, "the canonical axes, outermost first"),
      ])), "the parameters that it holds"),
      ReportField("spellings", .list(.object([
        ReportField("layout", .string, "the layout"),
        ReportField("name", .string, "the name there; several are joined by commas"),
        ReportField("axes", .string, "the axes there"),
        ReportField("recipe", .string, "what has to be done with the tensor that was asked for"),
      ])), "the same parameters in every layout of the architecture"),
    ])), "what each layout that knows the name makes of it"),
  ])
}
