import Architectures
import ModelConversion
import ParityChecks
import StrictJSON
import TensorData
import WeightFiles

/// What `convert` tells of a conversion: plan, ledger and result, for people and as JSON.
struct ConversionReport {
  private let plan: ConversionPlan
  private let destination: String

  init(_ plan: ConversionPlan, destination: String) {
    self.plan = plan
    self.destination = destination
  }

  /// The plan and the ledger as text.
  var planText: String {
    let source = plan.source.checkpoint
    let from = plan.model.map { "\(source.format.name):\($0.layout.name)" } ?? source.format.name
    let to = plan.layout.map { "\(plan.options.format.name):\($0.name)" } ?? plan.options.format.name
    let kinds = plan.kinds
    let counts = [
      (kinds.unchanged, "unchanged"), (kinds.renamed, "renamed"), (kinds.rearranged, "rearranged"),
      (kinds.fused, "fused"), (kinds.constant, "constant"), (kinds.cast, "cast"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    var lines = [
      "plan     \(plan.source.name) (\(from)) -> \(destination) (\(to))"
        + (plan.model.map { "   \($0.architecture.name)" } ?? ""),
      "         \(source.tensors.count) source tensors -> \(plan.outputs.count) targets   "
        + counts.joined(separator: " · "),
      "         output \(NumberText.bytes(plan.byteCount))",
    ]
    lines.append(
      "ledger   source \(NumberText.grouped(plan.ledger.byteCount)) B = " + ledgerTerms.joined(separator: " + "))
    for entry in plan.ledger.entries where [.buffer, .tied, .constant, .lost, .carried, .unmapped].contains(entry.fate)
    {
      lines.append("         \(entry.fate.rawValue): \(entry.name.escapingControlCharacters()), \(entry.detail)")
    }
    lines += constants
    for name in plan.model?.missing ?? [] { lines.append("         missing: \(name), left out as allowed") }
    return limited(lines).joined(separator: "\n") + "\n"
  }

  /// The parameters that the source leaves out, by value.
  private var constants: [String] {
    guard let constants = plan.model?.constants else { return [] }
    return Dictionary(grouping: constants.keys, by: { constants[$0]?.value ?? 0 }).sorted { $0.key < $1.key }.map {
      value, names in
      let first = names.min() ?? ""
      let what = names.count == 1 ? first : "\(names.count) parameters, such as \(first),"
      return "         constant: \(what) \(NumberText.short(value)) throughout, because the source leaves them out"
    }
  }

  /// At most thirty lines; twelve buffers of one kind say no more than a count.
  private func limited(_ lines: [String]) -> [String] {
    lines.count <= 30 ? lines : Array(lines.prefix(29)) + ["         and \(lines.count - 29) more; --json lists all"]
  }

  private var ledgerTerms: [String] {
    Ledger.Fate.allCases.compactMap { fate in
      let total = plan.ledger.total(fate)
      guard total.tensors > 0 || fate == .mapped || fate == .unmapped else { return nil }
      return "\(fate.rawValue) \(NumberText.grouped(total.bytes))"
    }
  }

  /// What was written, as text.
  func resultText(_ result: ConversionResult, verification: ParityReport?) -> String {
    var lines: [String] = []
    if let verification {
      lines.append("verify   \(verification.verdict == .pass ? "PASS" : "FAIL")  \(ParityText(verification).summary)")
    }
    for (index, path) in result.paths.enumerated() {
      lines.append("\(index == 0 ? "wrote   " : "        ") \(path)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The report as JSON, schema `tfconv.convert/1`.
  func json(result: ConversionResult?, verification: ParityReport?) -> JSONValue {
    var report = JSONObject()
    report["schema"] = "tfconv.convert/1"
    report["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
    report["source"] = .string(plan.source.name)
    report["from"] =
      plan.model.map { ["format": .string(plan.source.checkpoint.format.name), "layout": .string($0.layout.name)] }
      ?? ["format": .string(plan.source.checkpoint.format.name)]
    report["to"] =
      plan.layout.map { ["format": .string(plan.options.format.name), "layout": .string($0.name)] }
      ?? ["format": .string(plan.options.format.name)]
    report["architecture"] = plan.model.map { .string($0.architecture.name) } ?? .null
    report["tensors"] = .array(
      plan.outputs.map { output in
        [
          "name": .string(output.info.name), "dtype": .string(output.info.dtype.rawValue),
          "shape": .array(output.info.shape.map { .number(JSONNumber($0)) }),
          "parameters": .array(output.parameters.map { .string($0) }),
        ]
      })
    var totals = JSONObject()
    for fate in Ledger.Fate.allCases {
      let total = plan.ledger.total(fate)
      totals[fate.rawValue] = [
        "tensors": .number(JSONNumber(total.tensors)), "bytes": .number(JSONNumber(total.bytes)),
      ]
    }
    report["ledger"] = [
      "source_bytes": .number(JSONNumber(plan.ledger.byteCount)), "totals": .object(totals),
      "entries": .array(
        plan.ledger.entries.map {
          [
            "name": .string($0.name), "bytes": .number(JSONNumber($0.byteCount)), "fate": .string($0.fate.rawValue),
            "detail": .string($0.detail),
          ]
        }),
    ]
    report["constants"] = .array(
      (plan.model?.constants ?? [:]).sorted { $0.key < $1.key }.map {
        ["parameter": .string($0.key), "value": .number(JSONNumber($0.value.value))]
      })
    report["missing"] = .array((plan.model?.missing ?? []).map { .string($0) })
    report["notes"] = .array((result?.notes ?? plan.notes).map { .string($0) })
    report["written"] = result.map { .array($0.paths.map { .string($0) }) } ?? .null
    report["overflowed"] = result.map { .number(JSONNumber($0.overflowed)) } ?? .null
    report["became_zero"] = result.map { .number(JSONNumber($0.underflowed)) } ?? .null
    report["verification"] = verification.map { VerificationRecord($0).json } ?? .null
    let status: ExitStatus = verification.map { ParityText($0).status } ?? .success
    report["exit_code"] = .number(JSONNumber(Int(status.rawValue)))
    return .object(report)
  }
}
