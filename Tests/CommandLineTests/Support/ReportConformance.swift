import StrictJSON
import TestSupport
import Testing

@testable import tfconv

/// Holds every JSON report that a test produces to its schema, and its exit code to the real one.
enum ReportConformance {
  /// Checks what a command printed, if it is a report of the `tfconv.` family.
  static func check(_ output: String, exitCode: Int32?) {
    guard output.hasPrefix("{"), let report = try? JSONValue(parsing: output), let kind = report["schema"]?.string
    else { return }
    guard let schema = ReportSchema.all.first(where: { $0.identifier == kind }) else {
      Issue.record("there is no schema for \(kind)")
      return
    }
    let problems = SchemaValidator(schema.json, isClosed: true).problems(in: report)
    #expect(problems.isEmpty, "\(kind)")
    #expect(report["exit_code"]?.int == exitCode.map { Int($0) }, "\(kind) says another exit code than the process")
  }
}
