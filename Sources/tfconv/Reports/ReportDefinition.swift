import ParityChecks
import StrictJSON

/// The shapes that several reports share: the `$defs` of their schemas.
enum ReportDefinition: String, Sendable, Hashable {
  case number
  case tool
  case side
  case weight
  case output
  case nonFinite = "non_finite"
  case finding
  case cause
  case failure
  case verification

  /// The definition as JSON Schema.
  var schema: JSONValue {
    guard self == .number else { return shape.schema }
    return ["anyOf": [["type": "number"], ["enum": ["nan", "inf", "-inf"]]]]
  }

  // swift-format-ignore
  private static let nonFiniteSide = ReportShape.object([
    ReportField("tensor", .string, "its name"),
    ReportField("count", .integer, "how many of its values are not finite"),
    ReportField("elements", .integer, "how many values it has"),
    ReportField("place", .list(.integer), "where the first of them is, an index on each axis"),
    ReportField("value", .number, "what the first of them is"),
  ])

  // swift-format-ignore
  /// The definition as a shape; a number has none that is simpler.
  var shape: ReportShape {
    switch self {
    case .number: .anything
    case .tool:
      .object([
        ReportField("name", .constant("tfconv"), "the program"),
        ReportField("version", .string, "its version"),
      ])
    case .side:
      .object([
        ReportField("path", .string, "what the user called it"),
        ReportField("layout", .nullable(.string), "architecture and layout, such as bert.hf; null where tensors were compared by name"),
      ])
    case .weight:
      .object([
        ReportField("parameter", .string, "the canonical name, or the stored one where there is no common graph"),
        ReportField("a", .nullable(.string), "the stored tensor of the first model"),
        ReportField("b", .nullable(.string), "the stored tensor of the second model"),
        ReportField("relation", .choice(["equal", "rounded", "overflowed", "absent", "unheld", "shape", "differs"]), "how the two relate; unheld: the layout of the side that lacks it has no place for it"),
        ReportField("types", .list(.string), "both element types, where the second is the first exactly rounded", isOptional: true),
        ReportField("overflowed", .integer, "how many finite values became infinite, or NaN where the type has no infinity", isOptional: true),
        ReportField("place", .list(.integer), "where the first of them is in the stored tensor of the first model", isOptional: true),
        ReportField("value", .number, "what the first of them was", isOptional: true),
        ReportField("became_zero", .integer, "how many values that were not zero were rounded to zero", isOptional: true),
        ReportField("explanation", .nullable(.string), "what the values were recognised as", isOptional: true),
        ReportField("elements", .integer, "how many elements there are", isOptional: true),
        ReportField("differing", .integer, "how many of them differ", isOptional: true),
        ReportField("relative", .number, "the norm of the difference over that of the first side", isOptional: true),
        ReportField("max_abs", .number, "the largest absolute difference", isOptional: true),
        ReportField("worst", .list(.integer), "the index at which it is", isOptional: true),
      ])
    case .nonFinite:
      .object([
        ReportField("a", .nullable(ReportDefinition.nonFiniteSide), "the stored tensor of the first model; null if it holds none, or there is one model alone"),
        ReportField("b", .nullable(ReportDefinition.nonFiniteSide), "the stored tensor of the second model, or of the only one"),
        ReportField("alike", .boolean, "whether both sides hold the same values"),
        ReportField("allowed", .boolean, "whether --allow-nonfinite names the tensor"),
        ReportField("verdict", ReportShape.verdict, "how this finding counts"),
      ])
    case .output:
      .object([
        ReportField("batch", .string, "the batch of inputs", isOptional: true),
        ReportField("output", .string, "the name of the output, with the layer in brackets for a stack"),
        ReportField("verdict", ReportShape.verdict, "how this comparison ended"),
        ReportField("elements", .integer, "how many elements were compared; padded positions are not"),
        ReportField("max_abs", .number, "the largest absolute difference"),
        ReportField("worst", .list(.integer), "the index at which it is"),
        ReportField("expected", .number, "the true value there"),
        ReportField("found", .number, "the value found there"),
        ReportField("noise", .nullable(.number), "the rounding error of a float32 run to reckon with; null if not measured"),
        ReportField("own_noise", .nullable(.number), "the rounding error of this very output; noise may be that of larger ones"),
        ReportField("budget", .number, "the largest difference that passes"),
        ReportField("budget_chosen", .boolean, "whether the user chose it; otherwise it was measured"),
        ReportField("ratio", .number, "difference over budget; at most 1 passes"),
        ReportField("scale", .number, "the largest magnitude of the truth"),
        ReportField("recorded_type", .string, "the type narrower than F32 that the values were recorded in, whose rounding is part of the budget", isOptional: true),
      ])
    case .finding:
      .object([
        ReportField("group", .string, "what was compared: weights, outputs and their batch, or the lock file"),
        ReportField("name", .string, "the parameter or output"),
        ReportField("rule", .choice(FindingRule.allCases.map(\.rawValue)), "which rule it breaks"),
        ReportField("message", .string, "one sentence"),
        ReportField("tensor", .nullable(.string), "the stored tensor, where there is one"),
        ReportField("file", .nullable(.string), "the file that holds it"),
        ReportField("offset", .nullable(.integer), "where its stored bytes begin in that file"),
        ReportField("bytes", .nullable(.integer), "how many stored bytes it has"),
      ])
    case .cause:
      .object([
        ReportField("kind", .choice(Diagnosis.Kind.allCases.map(\.rawValue)), "the kind of fault"),
        ReportField("certainty", .choice(["fact", "likely", "measured"]), "how sure it is"),
        ReportField("reduction", .number, "how many times smaller the hypothesis makes the difference, where it is likely", isOptional: true),
        ReportField("parameter", .nullable(.string), "the parameter; null if it is the operation"),
        ReportField("tensor", .nullable(.string), "the stored tensor that holds it"),
        ReportField("file", .nullable(.string), "the file that holds the tensor"),
        ReportField("offset", .nullable(.integer), "where the parameter's first byte lies in that file"),
        ReportField("sentence", .string, "what is wrong, to be read after the parameter or node"),
        ReportField("remedy", .nullable(.string), "the option or command that mends it"),
        ReportField("is_enough", .boolean, "whether what remains is within the budget", isOptional: true),
      ])
    case .failure:
      .object([
        ReportField("message", .string, "what went wrong, one sentence"),
        ReportField("details", .list(.string), "a line for each tensor, file or place"),
        ReportField("hint", .nullable(.string), "what to do next", isOptional: true),
        ReportField("outcome", .string, "what became of the output", isOptional: true),
      ])
    case .verification: ReportSchema.verify.shape
    }
  }
}

extension ReportShape {
  /// How a check ended.
  static let verdict = ReportShape.choice(["pass", "fail", "inconclusive"])
}

extension [ReportField] {
  // swift-format-ignore
  /// The members that every report begins with.
  static let common = [
    ReportField("tool", .shared(.tool), "what wrote the report"),
    ReportField("exit_code", .integer, "the exit code of the command"),
  ]
}
