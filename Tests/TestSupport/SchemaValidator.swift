public import StrictJSON

/// Validates JSON against the part of JSON Schema (draft 2020-12) that the schemas of reports use.
///
/// A keyword that it does not know is a problem of its own, so that nothing is taken for checked that was not.
public struct SchemaValidator {
  private let document: JSONValue
  private let isClosed: Bool

  /// Keywords that say something about a schema and demand nothing.
  private static let annotations: Set<String> = ["$schema", "$id", "$defs", "title", "description"]

  /// Takes a schema.
  ///
  /// - Parameters:
  ///   - document: the schema with its `$defs`.
  ///   - isClosed: whether an object may only have the members that its schema lists.
  public init(_ document: JSONValue, isClosed: Bool) {
    self.document = document
    self.isClosed = isClosed
  }

  /// What is wrong with a value, a line each that begins with its place; empty if it is valid.
  public func problems(in value: JSONValue) -> [String] { problems(value, document, at: "$") }

  private func problems(_ value: JSONValue, _ schema: JSONValue, at place: String) -> [String] {
    guard let keywords = schema.object else { return ["\(place): the schema is no object"] }
    var found: [String] = []
    for keyword in keywords.members where !SchemaValidator.annotations.contains(keyword.key) {
      found += problems(value, keyword.key, keyword.value, schema, at: place)
    }
    return found
  }

  private func problems(
    _ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ schema: JSONValue, at place: String
  ) -> [String] {
    switch keyword {
    case "type": return isOf(argument.string ?? "", value) ? [] : ["\(place): no \(argument.text())"]
    case "const": return value == argument ? [] : ["\(place): not \(argument.text())"]
    case "enum": return argument.array?.contains(value) == true ? [] : ["\(place): not one of \(argument.text())"]
    case "$ref":
      guard let target = resolve(argument.string ?? "") else { return ["\(place): \(argument.text()) leads nowhere"] }
      return problems(value, target, at: place)
    case "anyOf":
      let attempts = (argument.array ?? []).map { problems(value, $0, at: place) }
      return attempts.contains { $0.isEmpty } ? [] : ["\(place): none of the alternatives:"] + attempts.joined()
    case "items":
      return (value.array ?? []).enumerated().flatMap { problems($1, argument, at: "\(place)[\($0)]") }
    case "required":
      guard let object = value.object else { return [] }
      return (argument.array ?? []).compactMap(\.string).filter { object[$0] == nil }.map {
        "\(place): no member \($0)"
      }
    case "properties":
      return (value.object?.members ?? []).flatMap { member -> [String] in
        if let field = argument[member.key] { return problems(member.value, field, at: "\(place).\(member.key)") }
        let isListed = !isClosed || schema["additionalProperties"] != nil
        return isListed ? [] : ["\(place): the member \(member.key) is not in the schema"]
      }
    case "additionalProperties":
      let listed = schema["properties"]
      return (value.object?.members ?? []).filter { listed?[$0.key] == nil }
        .flatMap { problems($0.value, argument, at: "\(place).\($0.key)") }
    default: return ["\(place): the schema uses \(keyword), which this validator does not know"]
    }
  }

  private func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
      ("number", .number):
      true
    case ("integer", .number(let number)): number.int != nil
    default: false
    }
  }

  private func resolve(_ reference: String) -> JSONValue? {
    let prefix = "#/$defs/"
    guard reference.hasPrefix(prefix) else { return nil }
    return document["$defs"]?[String(reference.dropFirst(prefix.count))]
  }
}
