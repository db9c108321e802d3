import ParityChecks
import StrictJSON
import TensorData

/// How stored values that are not finite are told.
enum NonFiniteText {
  /// One line.
  ///
  /// - Parameters:
  ///   - finding: the finding.
  ///   - names: what the user called the two models; nil where there is only one.
  /// - Returns: `wte.weight: nan at [199, 3], 1 of 2,400 values; the same on both sides`.
  static func describe(_ finding: NonFiniteFinding, names: (first: String, second: String)?) -> String {
    let (name, place): (String, String)
    switch (finding.first, finding.second) {
    case (let first?, let second?) where first.tensor == second.tensor && first.values == second.values:
      (name, place) = (first.tensor, describe(first))
    case (let first?, let second?):
      let other = first.tensor == second.tensor ? "" : " of \(second.tensor)"
      (name, place) = (
        first.tensor, "\(describe(first)); in \(names?.second ?? "the other") \(describe(second))\(other)"
      )
    case (let first?, nil): (name, place) = (first.tensor, describe(first))
    case (nil, let second?): (name, place) = (second.tensor, describe(second))
    case (nil, nil): (name, place) = (finding.tensor, "")
    }
    return "\(name): \(place)\(counterpart(finding, names))\(finding.isAllowed ? ", allowed by name" : "")"
  }

  private static func describe(_ side: NonFiniteFinding.Side) -> String {
    let values = side.values
    return
      "\(values.value) at \(values.place), \(NumberText.grouped(values.count)) of \(NumberText.grouped(values.elements)) "
      + "values \(values.count == 1 ? "is" : "are") not finite"
  }

  private static func counterpart(_ finding: NonFiniteFinding, _ names: (first: String, second: String)?) -> String {
    guard let names else { return finding.counterpart == .different ? "; those of the golden are others" : "" }
    switch finding.counterpart {
    case .alike: return "; the same on both sides"
    case .different:
      guard finding.first == nil || finding.second == nil else { return "; other values differ too" }
      return "; only in \(finding.first == nil ? names.second : names.first)"
    case .none: return "; \(finding.first == nil ? names.first : names.second) has no such tensor"
    }
  }

  /// The option that allows the values.
  static func hint(_ finding: NonFiniteFinding) -> String {
    "if the model is meant to hold them: --allow-nonfinite '\(finding.tensor)'"
  }

  /// What a report for people says, a line each; none if every value is finite.
  static func lines(_ findings: [NonFiniteFinding], names: (first: String, second: String)?) -> [String] {
    var lines = findings.prefix(12).map { "values   \(describe($0, names: names))" }
    if findings.count > 12 {
      lines.append("         and \(findings.count - 12) more tensors with values that are not finite")
    }
    if let open = findings.first(where: { $0.verdict == .inconclusive }) { lines.append("         \(hint(open))") }
    return lines
  }

  /// The findings as JSON.
  static func json(_ findings: [NonFiniteFinding]) -> JSONValue {
    func side(_ side: NonFiniteFinding.Side?) -> JSONValue {
      guard let side else { return .null }
      return [
        "tensor": .string(side.tensor), "count": .number(JSONNumber(side.values.count)),
        "elements": .number(JSONNumber(side.values.elements)),
        "place": .array(side.values.place.map { .number(JSONNumber($0)) }),
        "value": OutputText.number(side.values.value),
      ]
    }
    return .array(
      findings.map { finding in
        [
          "a": side(finding.first), "b": side(finding.second), "alike": .bool(finding.counterpart == .alike),
          "allowed": .bool(finding.isAllowed), "verdict": .string(finding.verdict.rawValue),
        ]
      })
  }
}
