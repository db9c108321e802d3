import Foundation
import ParityChecks
import TestSupport
import Testing

/// The table of docs/BLAME.md, made by damaging the fixtures; `RECORD=1` writes it.
@Suite struct BlameTable {
  private static let path = Fixtures.path("../docs/BLAME.md")
  private static let marks = ("<!-- table: begin -->\n", "<!-- table: end -->\n")

  @Test func theTableInTheDocumentationIsWhatBlameSays() throws {
    let text = try String(contentsOfFile: Self.path, encoding: .utf8)
    let start = try #require(text.range(of: Self.marks.0)).upperBound
    let end = try #require(text.range(of: Self.marks.1)).lowerBound
    let table = try Self.table()
    if ProcessInfo.processInfo.environment["RECORD"] != nil {
      try text.replacingCharacters(in: start..<end, with: table)
        .write(toFile: Self.path, atomically: true, encoding: .utf8)
      Issue.record("recorded docs/BLAME.md; read it and run again without RECORD")
      return
    }
    #expect(text[start..<end] == table, "docs/BLAME.md is out of date; record it with RECORD=1")
  }

  /// A row for each fault and model: what was done, what blame says.
  private static func table() throws -> String {
    var lines = ["| fault | model | first node | what blame says | certainty |", "| --- | --- | --- | --- | --- |"]
    let order = BlameFault.all.map(\.fault).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    for fault in order.flatMap({ name in BlameFault.all.filter { $0.fault == name } }) {
      var copy = try DamagedModel(fault.model)
      try fault.damage(&copy)
      let first = try #require(try copy.compare().blame?.first)
      let cause = try #require(first.causes.first { $0.diagnosis.kind == fault.kind })
      let certainty =
        switch cause.diagnosis.certainty {
        case .fact: "fact"
        case .likely: "likely"
        case .measured: "measured"
        }
      lines.append(
        "| \(fault.fault) | \(fault.model) | `\(first.node)` | \(sentence(cause)) | \(certainty) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func sentence(_ cause: Cause) -> String {
    let subject = cause.place.map { "`\($0.tensor)` " } ?? ""
    let remedy = cause.diagnosis.remedy.map { "; mend: `\($0)`" } ?? ""
    return subject + cause.diagnosis.sentence.replacingOccurrences(of: "|", with: "\\|") + remedy
  }
}
