import ParityChecks
import StrictJSON
import TensorData

/// What `golden check` tells of the nodes of a model: which leave the record, and why.
struct SketchText {
  private let report: SketchReport

  init(_ report: SketchReport) { self.report = report }

  /// The report as lines.
  var lines: [String] {
    var lines = [
      "nodes    \(report.compared) compared with their sketches, \(report.failures.count) beyond their budget"
    ]
    if let worst = report.worst {
      lines[0] += ", worst \(NumberText.short(worst.ratio))x (\(worst.node))"
    }
    lines.append("weights  \(weights)")
    if let (node, causes) = report.first {
      let place = node.position.map { ", most at row \($0.row), position \($0.column)" } ?? ""
      lines.append(
        "first    \(node.node): off by about \(NumberText.scientific(node.difference)) of a norm of \(NumberText.short(node.norm))\(place)"
      )
      if causes.isEmpty { lines.append("         same operation, same parameters: no explanation") }
      for cause in causes { lines += CauseText.lines(cause, node: node.node, again: nil) }
    }
    // A way of rounding that many parameters share is one cause.
    var told = Set(report.first?.causes ?? [])
    var shared: [Diagnosis: Int] = [:]
    let others = report.changed.filter { cause in
      guard !told.contains(cause) else { return false }
      if cause.diagnosis.kind == .rounded, told.contains(where: { $0.diagnosis == cause.diagnosis }) {
        shared[cause.diagnosis, default: 0] += 1
        return false
      }
      told.insert(cause)
      return true
    }
    for (diagnosis, count) in shared.sorted(by: { $0.key.sentence < $1.key.sentence }) {
      lines.append("also     \(count) more \(count == 1 ? "parameter" : "parameters: each") \(diagnosis.sentence)")
    }
    if !others.isEmpty { lines.append("also     other parameters that are not those of the golden") }
    for cause in others.prefix(8) { lines += CauseText.lines(cause, node: "", again: nil) }
    if others.count > 8 { lines.append("         and \(others.count - 8) more") }
    if !report.unmatched.isEmpty {
      lines.append("         in only one of the graphs: \(report.unmatched.prefix(6).joined(separator: ", "))")
    }
    return lines
  }

  private var weights: String {
    var types: [DType: Int] = [:]
    for type in report.rounded.values { types[type, default: 0] += 1 }
    let casts = types.sorted { $0.key.rawValue < $1.key.rawValue }.map {
      "\($0.value) exactly rounded to \($0.key.rawValue)"
    }
    let rounded = casts.isEmpty ? "" : "\(casts.joined(separator: ", ")), "
    guard report.changed.isEmpty else {
      return "\(rounded)\(report.changed.count) are not those that the golden was made from"
    }
    return casts.isEmpty
      ? "bit for bit those that the golden was made from"
      : "\(rounded)the rest bit for bit those that the golden was made from; the budget is that of the cast"
  }

  /// The report as JSON.
  var json: JSONValue {
    var object = JSONObject()
    object["rounded"] = .number(JSONNumber(report.rounded.count))
    object["compared"] = .number(JSONNumber(report.compared))
    object["failures"] = .array(report.failures.map(json))
    if let (node, causes) = report.first {
      var first = JSONObject()
      first["node"] = .string(node.node)
      first["causes"] = .array(causes.map { CauseText.json($0, again: nil) })
      object["first"] = .object(first)
    } else {
      object["first"] = .null
    }
    object["changed"] = .array(report.changed.map { CauseText.json($0, again: nil) })
    object["unmatched"] = .array(report.unmatched.map { .string($0) })
    return .object(object)
  }

  private func json(_ node: SketchedNode) -> JSONValue {
    var object = JSONObject()
    object["node"] = .string(node.node)
    object["difference"] = OutputText.number(node.difference)
    object["budget"] = OutputText.number(node.budget)
    object["ratio"] = OutputText.number(node.ratio)
    object["verdict"] = .string(node.verdict.rawValue)
    return .object(object)
  }
}

/// What `golden check` tells of a part between recorded values that is wrong by itself.
enum SuspectText {
  /// A part as lines.
  static func lines(_ section: SuspectSection) -> [String] {
    let from = section.nodes.first ?? ""
    var lines = ["part     \(section.nodes.count) nodes from \(from): \(OutputText.describe(section.comparison))"]
    if section.suspects.isEmpty { lines.append("         no hypothesis explains it") }
    for suspect in section.suspects {
      lines += CauseText.lines(suspect.cause, node: "this part", again: nil)
      if suspect.isEnough { lines.append("         what remains is within the budget") }
    }
    return lines + section.oddities.map { "         odd: \($0)" }
  }

  /// A part as JSON.
  static func json(_ section: SuspectSection) -> JSONValue {
    var object = JSONObject()
    object["target"] = .string(section.target)
    object["nodes"] = .array(section.nodes.map { .string($0) })
    object["ratio"] = OutputText.number(section.comparison.ratio)
    object["suspects"] = .array(
      section.suspects.map { suspect in
        guard case .object(var cause) = CauseText.json(suspect.cause, again: nil) else { return .null }
        cause["is_enough"] = .bool(suspect.isEnough)
        return .object(cause)
      })
    object["oddities"] = .array(section.oddities.map { .string($0) })
    return .object(object)
  }
}
