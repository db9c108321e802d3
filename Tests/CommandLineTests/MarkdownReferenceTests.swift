import Testing

@testable import tfconv

@Suite struct MarkdownReferenceTests {
  @Test func theReferenceInTheDocumentationIsCurrent() {
    expectRecorded(MarkdownReference.text(registeredCommands.map { $0.spec }), at: "docs/CLI.md")
  }

  @Test func everyOptionOfEveryCommandIsListed() {
    let text = MarkdownReference.text(everySpec)
    for spec in everySpec {
      #expect(text.contains("\n## tfconv \(spec.name)\n"))
      for option in spec.options { #expect(text.contains("| `\(option.usage)` |")) }
    }
  }
}
