import ParityChecks
import StrictJSON

/// How one cause of a difference is told: where the bytes lie, what they are, how sure that is, what mends it.
enum CauseText {
  /// A cause as lines.
  ///
  /// - Parameters:
  ///   - cause: the cause.
  ///   - node: the node in which it shows.
  ///   - again: the command that makes the model anew, or nil.
  /// - Returns: up to three lines.
  static func lines(_ cause: Cause, node: String, again: String?) -> [String] {
    let diagnosis = cause.diagnosis
    var lines: [String] = []
    if let place = cause.place {
      let file = place.file.map { " in \($0)" } ?? ""
      let offset = place.byteOffset.map { " at byte \($0)" } ?? ""
      lines.append("         \(cause.parameter ?? "")  stored as \(place.tensor)\(file)\(offset)")
    }
    lines.append("         \(certainty(diagnosis)): \(cause.parameter ?? node) \(diagnosis.sentence)")
    if let remedy = remedy(cause, again) { lines.append("         mend: \(remedy)") }
    return lines
  }

  private static func remedy(_ cause: Cause, _ again: String?) -> String? {
    cause.diagnosis.remedy ?? (cause.parameter == nil && cause.diagnosis.kind != .tie ? nil : again)
  }

  private static func certainty(_ diagnosis: Diagnosis) -> String {
    switch diagnosis.certainty {
    case .fact: "fact"
    case .likely(let reduction): "likely, leaves 1/\(NumberText.short(reduction)) of the difference"
    case .measured: "measured"
    }
  }

  /// A cause as JSON.
  static func json(_ cause: Cause, again: String?) -> JSONValue {
    var object = JSONObject()
    object["kind"] = .string(cause.diagnosis.kind.rawValue)
    switch cause.diagnosis.certainty {
    case .fact: object["certainty"] = "fact"
    case .likely(let reduction):
      object["certainty"] = "likely"
      object["reduction"] = OutputText.number(reduction)
    case .measured: object["certainty"] = "measured"
    }
    object["parameter"] = cause.parameter.map { .string($0) } ?? .null
    object["tensor"] = cause.place.map { .string($0.tensor) } ?? .null
    object["file"] = cause.place?.file.map { .string($0) } ?? .null
    object["offset"] = cause.place?.byteOffset.map { .number(JSONNumber($0)) } ?? .null
    object["sentence"] = .string(cause.diagnosis.sentence)
    object["remedy"] = remedy(cause, again).map { .string($0) } ?? .null
    return .object(object)
  }
}
