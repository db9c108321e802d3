import Foundation
import TestSupport
import Testing

/// A table of docs/BLAME.md that a test makes: between `<!-- NAME: begin -->` and `<!-- NAME: end -->`.
struct DocumentedTable {
  let name: String
  private let path = Fixtures.path("../docs/BLAME.md")

  init(_ name: String) { self.name = name }

  /// Expects the table to be what the page says; with `RECORD=1` writes it there.
  func expect(_ lines: [String]) throws {
    let table = lines.joined(separator: "\n") + "\n"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let start = try #require(text.range(of: "<!-- \(name): begin -->\n")).upperBound
    let end = try #require(text.range(of: "<!-- \(name): end -->\n")).lowerBound
    if ProcessInfo.processInfo.environment["RECORD"] != nil {
      try text.replacingCharacters(in: start..<end, with: table).write(toFile: path, atomically: true, encoding: .utf8)
      Issue.record("recorded docs/BLAME.md; read it and run again without RECORD")
      return
    }
    #expect(text[start..<end] == table, "docs/BLAME.md is out of date; record it with RECORD=1")
  }
}
