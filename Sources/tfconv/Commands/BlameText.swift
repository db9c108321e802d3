import ParityChecks
import StrictJSON

/// What `verify` tells of the nodes in which two models part: where, why, and what mends it.
struct BlameText {
  private let report: BlameReport
  /// The command that makes the second model anew from the first, or nil.
  private let again: String?

  init(_ report: BlameReport, again: String?) {
    self.report = report
    self.again = again
  }

  /// The report as lines.
  var lines: [String] {
    guard let first = report.first else {
      return [
        "blame    no node strays by itself: \(report.compared) nodes agree on the reference's inputs (\(report.batch))"
      ] + unmatched
    }
    let count = report.straying == 1 ? "1 node strays" : "\(report.straying) nodes stray"
    var lines = ["blame    \(count) on the reference's inputs, of \(report.compared) (\(report.batch))"]
    lines += describe(first, title: "first    ")
    var told = Set(first.causes)
    var rest = 0
    for node in report.nodes.dropFirst() {
      // One cause can show in many nodes: the same epsilon, the same order of the layers.
      let isNew = node.causes.contains { cause in !told.contains { $0.diagnosis == cause.diagnosis } }
      guard isNew, told.count < 8 else {
        rest += 1
        continue
      }
      told.formUnion(node.causes)
      lines += describe(node, title: "then     ")
    }
    for cause in report.shared {
      lines.append(
        "one cause of \(cause.nodes) nodes: each of \(cause.parameters.count) parameters \(cause.diagnosis.sentence)")
    }
    if rest > 0 { lines.append("         and \(rest) more nodes, for causes named above or not told") }
    return lines + unmatched
  }

  private var unmatched: [String] {
    report.unmatched.isEmpty
      ? [] : ["         in only one of the graphs: \(report.unmatched.prefix(6).joined(separator: ", "))"]
  }

  private func describe(_ node: BlamedNode, title: String) -> [String] {
    var lines: [String] = []
    if let comparison = node.comparison {
      lines.append(title + OutputText.describe(comparison))
    } else {
      lines.append("\(title)\(node.node): its value has another shape")
    }
    if node.causes.isEmpty { lines.append("         same operation, same parameters: no explanation") }
    for cause in node.causes { lines += CauseText.lines(cause, node: node.node, again: again) }
    return lines
  }

  /// The report as JSON, a member of `tfconv.verify/1`.
  var json: JSONValue {
    var object = JSONObject()
    object["batch"] = .string(report.batch)
    object["compared"] = .number(JSONNumber(report.compared))
    object["nodes"] = .array(report.nodes.map(json))
    object["shared"] = .array(
      report.shared.map { cause in
        [
          "kind": .string(cause.diagnosis.kind.rawValue), "sentence": .string(cause.diagnosis.sentence),
          "parameters": .array(cause.parameters.map { .string($0) }), "nodes": .number(JSONNumber(cause.nodes)),
        ]
      })
    object["unmatched"] = .array(report.unmatched.map { .string($0) })
    return .object(object)
  }

  private func json(_ node: BlamedNode) -> JSONValue {
    var object = JSONObject()
    object["node"] = .string(node.node)
    object["max_abs"] = node.comparison.map { OutputText.number($0.difference) } ?? .null
    object["ratio"] = node.comparison.map { OutputText.number($0.ratio) } ?? .null
    object["causes"] = .array(node.causes.map { CauseText.json($0, again: again) })
    return .object(object)
  }
}
