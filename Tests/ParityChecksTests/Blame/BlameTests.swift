import ParityChecks
import TestSupport
import Testing

/// Every kind of fault on every architecture: blame names the node, the stored tensor and what was done to it.
@Suite struct BlameTests {
  @Test(arguments: BlameFault.all) func blameNamesTheTensorAndTheFault(_ fault: BlameFault) throws {
    var copy = try DamagedModel(fault.model)
    try fault.damage(&copy)
    let report = try copy.compare()
    #expect(report.verdict != .pass)
    let first = try #require(report.blame?.first, "\(fault): no node is blamed")
    #expect(first.node == fault.node, "\(fault)")
    let cause = try #require(
      first.causes.first { $0.diagnosis.kind == fault.kind }, "\(fault): \(first.causes.map(\.diagnosis))")
    if let tensor = fault.tensor, fault.kind != .tie, fault.kind != .heads {
      #expect(cause.place?.tensor == tensor, "\(fault)")
    }
  }

  @Test func anUndamagedCopyIsNotBlamed() throws {
    let report = try DamagedModel("gpt2-lm").compare()
    #expect(report.verdict == .pass)
    #expect(report.blame == nil)
  }
}
