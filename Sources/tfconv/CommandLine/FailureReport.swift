import StrictJSON

extension CommandFailure {
  /// The failure as one line of JSON, schema `tfconv.error/1`: printed on stdout where a JSON report was asked for.
  var json: String {
    var error: JSONValue = ["message": .string(message), "details": .array(details.map { .string($0) })]
    if case .object(var members) = error {
      if let hint { members["hint"] = .string(hint) }
      if let outcome { members["outcome"] = .string(outcome) }
      error = .object(members)
    }
    let report: JSONValue = [
      "schema": "tfconv.error/1",
      "tool": ["name": "tfconv", "version": .string(tfconvVersion)],
      "exit_code": .number(JSONNumber(Int(status.rawValue))),
      "error": error,
    ]
    return report.text()
  }
}
