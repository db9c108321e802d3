import Architectures
import ParityChecks
import StrictJSON
import TensorData

/// What `diff` tells of two models, for people and as JSON.
struct DiffText {
  private let difference: ModelDifference
  /// How many differing parameters are listed; nil for all.
  private let top: Int?

  init(_ difference: ModelDifference, top: Int?) {
    self.difference = difference
    self.top = top
  }

  /// 0 for equal, 1 for different, 7 if there was nothing to compare or both hold the same values that are not finite.
  var status: ExitStatus { ExitStatus(difference.verdict) }

  /// The report as text.
  var text: String {
    let differing = difference.weights.filter { !$0.agrees }
    let rounded = difference.weights.filter { if case .rounded = $0.relation { true } else { false } }
    let same = difference.weights.count - differing.count - rounded.count
    let scope = difference.layouts.first == nil ? "" : " up to layout"
    var lines = ["identical\(scope)  \(same) parameters\(moved)"]
    if !rounded.isEmpty { lines.append("exactly rounded  \(rounded.count) parameters") }
    if !differing.isEmpty { lines.append("different  \(differing.count) parameters") }
    let listed = top.map { Array(differing.prefix($0)) } ?? differing
    lines += WeightText.lines(listed, names: difference.names).map { "  \($0)" }
    if listed.count < differing.count {
      lines.append("  and \(differing.count - listed.count) more; --top \(differing.count) lists all")
    }
    lines += NonFiniteText.lines(difference.nonFinite, names: difference.names)
    lines += CastLossText.lines(difference.weights)
    lines += difference.types.map { "type: \($0.first.rawValue) -> \($0.second.rawValue) in \($0.count) parameters" }
    lines += difference.ties.map { "tie: \($0)" }
    lines += difference.settings.map { setting in
      "setting: \(setting.name): \(HyperparameterDifference.text(setting.first)) -> \(HyperparameterDifference.text(setting.second))"
    }
    if difference.isAnotherFunction { lines.append("the settings make it another function") }
    lines += difference.metadata.map { entry in
      "metadata: \(entry.key): \(entry.first.map(DiffText.shortened) ?? "none") -> \(entry.second.map(DiffText.shortened) ?? "none")"
    }
    lines += difference.undecided.map { "undecided: \($0)" }
    lines += difference.notes.map { "note: \($0)" }
    return lines.joined(separator: "\n").escapingLines() + "\n"
  }

  private var moved: String {
    let parts = [
      difference.moved.renamed > 0 ? "\(difference.moved.renamed) renamed" : nil,
      difference.moved.rearranged > 0 ? "\(difference.moved.rearranged) rearranged" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }

  private static func shortened(_ value: String) -> String {
    let line = value.split(separator: "\n").joined(separator: " ")
    return line.count > 60 ? line.prefix(57) + "..." : line
  }

  /// The report as JSON, schema `tfconv.diff/1`; it always lists everything.
  var json: JSONValue {
    var object = JSONObject()
    object["schema"] = .string(ReportSchema.diff.identifier)
    object["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
    object["exit_code"] = .number(JSONNumber(Int(status.rawValue)))
    object["identical"] = .bool(difference.isIdentical)
    object["a"] = DiffText.side(difference.names.first, difference.layouts.first)
    object["b"] = DiffText.side(difference.names.second, difference.layouts.second)
    object["weights"] = .array(difference.weights.map(WeightText.json))
    object["non_finite"] = NonFiniteText.json(difference.nonFinite)
    object["became_zero"] = .number(JSONNumber(CastLossText.becameZero(difference.weights)))
    object["renamed"] = .number(JSONNumber(difference.moved.renamed))
    object["rearranged"] = .number(JSONNumber(difference.moved.rearranged))
    object["types"] = .array(
      difference.types.map {
        ["a": .string($0.first.rawValue), "b": .string($0.second.rawValue), "count": .number(JSONNumber($0.count))]
      })
    object["ties"] = .array(difference.ties.map { .string($0) })
    object["settings"] = .array(difference.settings.map(DiffText.json))
    object["same_function"] = .bool(!difference.isAnotherFunction)
    object["metadata"] = .array(
      difference.metadata.map {
        [
          "key": .string($0.key), "a": $0.first.map { .string($0) } ?? .null,
          "b": $0.second.map { .string($0) } ?? .null,
        ]
      })
    object["undecided"] = .array(difference.undecided.map { .string($0) })
    object["notes"] = .array(difference.notes.map { .string($0) })
    return .object(object)
  }

  private static func side(_ name: String, _ layout: String?) -> JSONValue {
    ["path": .string(name), "layout": layout.map { .string($0) } ?? .null]
  }

  private static func json(_ setting: HyperparameterDifference) -> JSONValue {
    [
      "name": .string(setting.name), "a": setting.first?.value.json ?? .null, "b": setting.second?.value.json ?? .null,
      "a_origin": setting.first.map { .string($0.origin) } ?? .null,
      "b_origin": setting.second.map { .string($0.origin) } ?? .null,
    ]
  }
}
