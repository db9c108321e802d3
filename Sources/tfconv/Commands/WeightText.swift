import ParityChecks
import StrictJSON
import TensorData

/// How one compared weight is told.
enum WeightText {
  /// One line.
  static func describe(_ finding: WeightFinding, names: (first: String, second: String)) -> String {
    let stored = finding.stored.second ?? finding.stored.first ?? finding.name
    let name = stored == finding.name ? finding.name : "\(finding.name) (\(stored))"
    switch finding.relation {
    case .equal: return "\(name): equal"
    case .rounded(let from, let to): return "\(name): \(from.rawValue) exactly rounded to \(to.rawValue)"
    case .overflowed(let from, let to):
      let count = finding.loss?.overflowed ?? 0
      let first = finding.loss.map { "\(NumberText.short($0.value, digits: 7)) at \($0.place)" } ?? ""
      return "\(name): \(from.rawValue) rounded to \(to.rawValue), but \(NumberText.grouped(count)) of "
        + "\(NumberText.grouped(finding.elements)) values left its range: \(first) became \(to.hasInfinity ? "infinite" : "NaN")"
    case .absent(let inFirst): return "\(name): only in \(inFirst ? names.second : names.first)"
    case .unheld(let inFirst, let layout):
      return "\(name): only in \(inFirst ? names.second : names.first); \(layout) has no place for it"
    case .shapes(let a, let b): return "\(name): shape \(a) against \(b)"
    case .differs(let explanation):
      let share = "\(NumberText.grouped(finding.differing)) of \(NumberText.grouped(finding.elements)) elements differ"
      let largest = "by at most \(NumberText.short(finding.difference)) at \(finding.worst)"
      let relative = finding.relative > 0 ? ", relative \(NumberText.scientific(finding.relative))" : ""
      return "\(name): \(explanation.map { "\($0); " } ?? "")\(share), \(largest)\(relative)"
    }
  }

  /// A line for each weight that does not agree; those that share a way of rounding have one line together.
  static func lines(_ findings: [WeightFinding], names: (first: String, second: String)) -> [String] {
    var counts: [String: Int] = [:]
    for finding in findings { sharedCause(finding).map { counts[$0, default: 0] += 1 } }
    var told: Set<String> = []
    return findings.compactMap { finding in
      guard let cause = sharedCause(finding), let count = counts[cause], count > 1 else {
        return describe(finding, names: names)
      }
      guard told.insert(cause).inserted else { return nil }
      return "\(count) parameters: each \(cause); the first is \(describe(finding, names: names))"
    }
  }

  private static func sharedCause(_ finding: WeightFinding) -> String? {
    finding.diagnosis.flatMap { $0.kind == .rounded ? $0.sentence : nil }
  }

  /// The fields of one comparison.
  static func json(_ finding: WeightFinding) -> JSONValue {
    var object = JSONObject()
    object["parameter"] = .string(finding.name)
    object["a"] = finding.stored.first.map { .string($0) } ?? .null
    object["b"] = finding.stored.second.map { .string($0) } ?? .null
    switch finding.relation {
    case .equal: object["relation"] = "equal"
    case .rounded(let from, let to):
      object["relation"] = "rounded"
      object["types"] = [.string(from.rawValue), .string(to.rawValue)]
    case .overflowed(let from, let to):
      object["relation"] = "overflowed"
      object["types"] = [.string(from.rawValue), .string(to.rawValue)]
      object["overflowed"] = .number(JSONNumber(finding.loss?.overflowed ?? 0))
      object["place"] = .array((finding.loss?.place ?? []).map { .number(JSONNumber($0)) })
      object["value"] = OutputText.number(finding.loss?.value ?? 0)
    case .absent: object["relation"] = "absent"
    case .unheld: object["relation"] = "unheld"
    case .shapes: object["relation"] = "shape"
    case .differs(let explanation):
      object["relation"] = "differs"
      object["explanation"] = explanation.map { .string($0) } ?? .null
      object["elements"] = .number(JSONNumber(finding.elements))
      object["differing"] = .number(JSONNumber(finding.differing))
      object["relative"] = OutputText.number(finding.relative)
      object["max_abs"] = OutputText.number(finding.difference)
      object["worst"] = .array(finding.worst.map { .number(JSONNumber($0)) })
    }
    if let loss = finding.loss, loss.underflowed > 0 {
      object["became_zero"] = .number(JSONNumber(loss.underflowed))
    }
    return .object(object)
  }
}
