import ParityChecks
import TensorData

/// How values are told that a cast took out of the range of its type.
enum CastLossText {
  /// How many values became zero, as a line of a report; none if none did.
  static func lines(_ findings: [WeightFinding]) -> [String] {
    let lossy = findings.filter { $0.loss.map { $0.underflowed > 0 } ?? false }
    guard !lossy.isEmpty else { return [] }
    let parts = lossy.prefix(4).map { "\($0.name) (\(NumberText.grouped($0.loss?.underflowed ?? 0)))" }
    let rest = lossy.count > 4 ? ", and \(lossy.count - 4) more parameters" : ""
    let count = becameZero(findings)
    return [
      "values   \(NumberText.grouped(count)) \(count == 1 ? "value that was not zero was" : "values that were not zero were") "
        + "rounded to zero: \(parts.joined(separator: ", "))\(rest)"
    ]
  }

  /// How many values that were not zero were rounded to zero.
  static func becameZero(_ findings: [WeightFinding]) -> Int {
    findings.reduce(0) { $0 + ($1.loss?.underflowed ?? 0) }
  }
}
