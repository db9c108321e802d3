import StrictJSON

/// A verification as a SARIF 2.1.0 log (OASIS, "Static Analysis Results Interchange Format"), one result per finding.
///
/// A location is the file that holds the tensor and the byte region of its stored data (sections 3.29 and 3.30). GitHub's
/// code scanning shows only results with a line, so every region has line 1 beside its bytes, which changes nothing for
/// readers that know binary files.
struct SARIFReport {
  private let record: VerificationRecord

  init(_ record: VerificationRecord) { self.record = record }

  /// The log.
  var json: JSONValue {
    let rules = FindingRule.allCases.map { rule -> JSONValue in
      ["id": .string(rule.rawValue), "shortDescription": ["text": .string(rule.meaning + ".")]]
    }
    let run: JSONValue = [
      "tool": ["driver": ["name": "tfconv", "version": .string(tfconvVersion), "rules": .array(rules)]],
      "invocations": [invocation],
      "results": .array(record.findings.map { result($0.check, $0.finding) }),
    ]
    return [
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0", "runs": [run],
    ]
  }

  private var invocation: JSONValue {
    var object = JSONObject()
    object["executionSuccessful"] = .bool(record.failure == nil)
    object["exitCode"] = .number(JSONNumber(Int(record.status.rawValue)))
    object["exitCodeDescription"] = .string(record.status.meaning)
    if let failure = record.failure {
      object["toolExecutionNotifications"] = [
        ["level": "error", "message": ["text": .string(failure.lines.joined(separator: "\n"))]]
      ]
    }
    return .object(object)
  }

  private func result(_ check: CheckCase, _ finding: Finding) -> JSONValue {
    var physical = JSONObject()
    physical["artifactLocation"] = ["uri": .string((finding.place?.file ?? record.file).fileReference())]
    var region = JSONObject()
    region["startLine"] = 1
    if let place = finding.place {
      region["byteOffset"] = .number(JSONNumber(place.offset))
      region["byteLength"] = .number(JSONNumber(place.byteCount))
    }
    physical["region"] = .object(region)
    return [
      "ruleId": .string(finding.rule.rawValue),
      "ruleIndex": .number(JSONNumber(FindingRule.allCases.firstIndex(of: finding.rule) ?? -1)),
      "level": finding.isInconclusive ? "warning" : "error",
      "message": ["text": .string(finding.message.escapingControlCharacters())],
      "locations": [
        [
          "physicalLocation": .object(physical),
          "logicalLocations": [["fullyQualifiedName": .string("\(check.group).\(check.name)")]],
        ]
      ],
    ]
  }
}

extension String {
  /// The path as a URI reference (RFC 3986): relative as it is, absolute under `file:`.
  func fileReference() -> String {
    let encoded = utf8.reduce(into: hasPrefix("/") ? "file://" : "") { text, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    // "//host/x" would name a host.
    return encoded.hasPrefix("//") ? "." + encoded : encoded
  }
}
