import ParityChecks

/// The options `--atol` and `--rtol`, each with a bound for all outputs or, as `TAP:X`, for one.
enum ToleranceArguments {
  /// The tolerance that the options give.
  static func tolerance(_ arguments: ParsedArguments) -> Tolerance {
    var tolerance = Tolerance()
    for (option, bound) in [("atol", \Tolerance.Bounds.absolute), ("rtol", \Tolerance.Bounds.relative)] {
      for text in arguments.all(option) {
        guard let (tap, value) = parsed(text) else { continue }
        if let tap {
          tolerance.taps[tap, default: Tolerance.Bounds()][keyPath: bound] = value
        } else {
          tolerance.everywhere[keyPath: bound] = value
        }
      }
    }
    return tolerance
  }

  /// What is wrong with the options, or nil.
  static func complaint(_ arguments: ParsedArguments) -> String? {
    for option in ["atol", "rtol"] {
      for text in arguments.all(option) where parsed(text) == nil {
        return "--\(option) \(text): expected a number, 0 or more, or OUTPUT:NUMBER such as logits:1e-4"
      }
    }
    return nil
  }

  private static func parsed(_ text: String) -> (tap: String?, value: Double)? {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let value = parts.last.flatMap({ Double($0) }), value >= 0, value.isFinite else { return nil }
    guard parts.count == 2 else { return (nil, value) }
    return parts[0].isEmpty ? nil : (String(parts[0]), value)
  }
}

extension Tolerance {
  /// The line of a text report that says which budgets the user chose; none if all were measured.
  var remark: [String] {
    if everywhere.isChosen { return ["budget   chosen by the user, not measured"] }
    let chosen = taps.filter(\.value.isChosen).keys.sorted()
    return chosen.isEmpty
      ? [] : ["budget   chosen by the user for \(chosen.joined(separator: ", ")); measured for all others"]
  }

  /// How the budgets of a report came about, as JSON reports say it.
  var method: String { everywhere.isChosen ? "chosen" : isChosen ? "mixed" : "fp64-noise-floor" }
}
