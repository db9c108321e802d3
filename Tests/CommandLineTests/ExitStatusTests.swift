import TestSupport
import Testing

@testable import tfconv

/// Every exit code that a command names is produced once, and every code is documented.
@Suite struct ExitStatusTests {
  private typealias Status = tfconv.ExitStatus

  private static let model = Fixtures.path("models/gpt2-lm")
  private static let unknown = Fixtures.path("formats/stored.npz")

  /// A command line for each code; FOLDER stands for an empty folder.
  private static let samples: [(Status, [String])] = [
    (.success, ["diff", model, model]),
    (.checkFailed, ["diff", model, Fixtures.path("models/gpt2-lm-untied")]),
    (.usage, ["verify", model]),
    (.invalidInput, ["diff", #filePath, model]),
    (.cannotConvert, ["convert", unknown, "-o", "FOLDER/out.npz", "--to", "npz:tf1"]),
    (.inputOutput, ["convert", model, "-o", "FOLDER/none/out.npz", "--no-copy-files"]),
    (.inconclusive, ["verify", unknown, unknown]),
  ]

  /// Codes that no command names: 70, 130 and 143 can end any (`DispatchTests`, `BuiltProgramTests`); 6 is reserved.
  private static let others: Set<Status> = [.incomplete, .internalError, .interrupted, .terminated]

  @Test func everyCodeThatACommandNamesIsProduced() throws {
    for (status, words) in Self.samples {
      let folder = TemporaryFolder()
      let line = words.map { $0.hasPrefix("FOLDER") ? folder.path + $0.dropFirst(6) : $0 }
      let result = try BuiltProgram.run(line)
      #expect(result.exitCode == status.rawValue, "\(words): \(result.errors)")
    }
    let named = Set(registeredCommands.flatMap { $0.spec.exitCodes })
    #expect(named == Set(Self.samples.map(\.0)))
    #expect(named.union(Self.others) == Set(Status.allCases))
  }

  @Test func theDocumentationHasARowForEveryCode() {
    let page = #filePath.droppingLastComponent(3) + "/docs/EXIT-CODES.md"
    let text = String(decoding: TemporaryFolder.read(page), as: UTF8.self)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.dropFirst(2).first?.isNumber == true }
    #expect(rows.count == Status.allCases.count)
    for (row, status) in zip(rows, Status.allCases) {
      #expect(row.hasPrefix("| \(status.rawValue) | \(status.meaning) |"))
    }
  }

  @Test func theDocumentationHasARowForEveryRule() {
    let page = #filePath.droppingLastComponent(3) + "/docs/CI.md"
    let text = String(decoding: TemporaryFolder.read(page), as: UTF8.self)
    for rule in FindingRule.allCases { #expect(text.contains("| `\(rule.rawValue)` | \(rule.meaning) |")) }
  }
}
