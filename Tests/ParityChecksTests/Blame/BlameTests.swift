import Foundation
import ParityChecks
import TestSupport
import Testing

/// Every kind of fault on every architecture: blame names the node, the stored tensor and what was done to it.
///
/// The table of docs/BLAME.md is made on the way; `RECORD=1` writes it.
@Suite struct BlameTests {
  @Test func blameNamesTheTensorAndTheFaultAsTheDocumentationSays() throws {
    var lines = ["| fault | model | first node | what blame says | certainty |", "| --- | --- | --- | --- | --- |"]
    let order = BlameFault.all.map(\.fault).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    for fault in order.flatMap({ name in BlameFault.all.filter { $0.fault == name } }) {
      if let row = try check(fault) { lines.append(row) }
    }
    try DocumentedTable("table").expect(lines)
  }

  @Test func anUndamagedCopyIsNotBlamed() throws {
    let report = try DamagedModel("gpt2-lm").compare()
    #expect(report.verdict == .pass)
    #expect(report.blame == nil)
  }

  /// Damages a model, checks what blame says, and gives the row of the table.
  private func check(_ fault: BlameFault) throws -> String? {
    var copy = try DamagedModel(fault.model)
    try fault.damage(&copy)
    let report = try copy.compare()
    #expect(report.verdict != .pass, "\(fault)")
    guard let first = report.blame?.first else {
      Issue.record("\(fault): no node is blamed")
      return nil
    }
    #expect(first.node == fault.node, "\(fault)")
    guard let cause = first.causes.first(where: { $0.diagnosis.kind == fault.kind }) else {
      Issue.record("\(fault): \(first.causes.map(\.diagnosis))")
      return nil
    }
    if let tensor = fault.tensor, fault.kind != .tie, fault.kind != .heads {
      #expect(cause.place?.tensor == tensor, "\(fault)")
    }
    let subject = cause.place.map { "`\($0.tensor)` " } ?? ""
    let remedy = cause.diagnosis.remedy.map { "; mend: `\($0)`" } ?? ""
    let sentence = cause.diagnosis.sentence.replacingOccurrences(of: "|", with: "\\|")
    return "| \(fault.fault) | \(fault.model) | `\(first.node)` | \(subject)\(sentence)\(remedy) | "
      + "\(certainty(cause.diagnosis)) |"
  }

  private func certainty(_ diagnosis: Diagnosis) -> String {
    switch diagnosis.certainty {
    case .fact: "fact"
    case .likely: "likely"
    case .measured: "measured"
    }
  }
}
