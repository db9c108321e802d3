import StrictJSON

/// The JSON Schema of one kind of report or file that `tfconv` writes.
///
/// The number in the name grows only when a member changes its meaning or goes away; new members may appear at any time,
/// so the schemas allow members that they do not list.
struct ReportSchema: Sendable {
  /// `verify` of `tfconv.verify/1`.
  let name: String
  let version: Int
  /// Where such a document comes from, one line without a full stop.
  let summary: String
  /// The members after `schema`.
  let fields: [ReportField]

  init(_ name: String, version: Int = 1, _ summary: String, _ fields: [ReportField]) {
    self.name = name
    self.version = version
    self.summary = summary
    self.fields = fields
  }

  /// What such a document says in its member `schema`.
  var identifier: String { "tfconv.\(name)/\(version)" }

  /// The whole document.
  var shape: ReportShape {
    .object([ReportField("schema", .constant(identifier), "the kind and version of this document")] + fields)
  }

  /// The schema as JSON Schema, draft 2020-12 (json-schema.org/draft/2020-12).
  var json: JSONValue {
    var document = JSONObject()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["$id"] = .string("urn:tfconv:\(name):\(version)")
    document["title"] = .string(identifier)
    document["description"] = .string(summary)
    for member in shape.schema.object?.members ?? [] { document[member.key] = member.value }
    let definitions = shape.definitions.sorted { $0.rawValue < $1.rawValue }
    if !definitions.isEmpty {
      var object = JSONObject()
      for definition in definitions { object[definition.rawValue] = definition.schema }
      document["$defs"] = .object(object)
    }
    return .object(document)
  }

  /// Every schema, in the order in which they are listed.
  static let all = [
    verify, golden, goldenMake, convert, inspect, diff, run, generate, bench, hash, layouts, explain, probe, mutation,
    campaign, lock, error,
  ]

  /// The schema of that name.
  static func named(_ name: String) -> ReportSchema? { all.first { $0.name == name } }
}
