import StrictJSON

/// What a JSON value of a report looks like: the statement from which its JSON Schema is made.
indirect enum ReportShape: Sendable {
  case string
  case integer
  case boolean
  case anything
  /// The one value.
  case constant(String)
  /// One of these strings.
  case choice([String])
  case list(ReportShape)
  /// An object whose members have names of their own and all look alike.
  case map(ReportShape)
  case object([ReportField])
  case nullable(ReportShape)
  /// A shape that several places share, by its name in `ReportDefinition`.
  case shared(ReportDefinition)

  /// A number; what JSON has no number for is a string.
  static let number = ReportShape.shared(.number)

  /// The shape as JSON Schema, draft 2020-12.
  var schema: JSONValue {
    switch self {
    case .string: ["type": "string"]
    case .integer: ["type": "integer"]
    case .boolean: ["type": "boolean"]
    case .anything: [:]
    case .constant(let value): ["const": .string(value)]
    case .choice(let values): ["enum": .array(values.map { .string($0) })]
    case .list(let element): ["type": "array", "items": element.schema]
    case .map(let value): ["type": "object", "additionalProperties": value.schema]
    case .nullable(let shape): ["anyOf": [shape.schema, ["type": "null"]]]
    case .shared(let definition): ["$ref": .string("#/$defs/\(definition.rawValue)")]
    case .object(let fields): ReportShape.object(fields)
    }
  }

  private static func object(_ fields: [ReportField]) -> JSONValue {
    var properties = JSONObject()
    for field in fields {
      guard case .object(var schema) = field.shape.schema else { continue }
      schema["description"] = .string(field.meaning)
      properties[field.name] = .object(schema)
    }
    return [
      "type": "object", "properties": .object(properties),
      "required": .array(fields.filter { !$0.isOptional }.map { .string($0.name) }),
    ]
  }

  /// The definitions that the shape refers to, and those that they refer to in turn.
  var definitions: Set<ReportDefinition> {
    switch self {
    case .string, .integer, .boolean, .anything, .constant, .choice: []
    case .list(let shape), .map(let shape), .nullable(let shape): shape.definitions
    case .shared(let definition): definition.shape.definitions.union([definition])
    case .object(let fields): fields.reduce(into: []) { $0.formUnion($1.shape.definitions) }
    }
  }
}

/// One member of an object in a report.
struct ReportField: Sendable {
  let name: String
  let shape: ReportShape
  /// What it says, a phrase without a full stop.
  let meaning: String
  /// Whether reports may leave it out.
  let isOptional: Bool

  init(_ name: String, _ shape: ReportShape, _ meaning: String, isOptional: Bool = false) {
    self.name = name
    self.shape = shape
    self.meaning = meaning
    self.isOptional = isOptional
  }
}
