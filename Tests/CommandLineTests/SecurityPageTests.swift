import TestSupport
import Testing

/// The limits that docs/SECURITY.md states, held against the sources.
@Suite struct SecurityPageTests {
  @Test func everyLimitOfThePageIsThatOfTheSource() throws {
    let docs = #filePath.droppingLastComponent(3) + "/docs/"
    let page = String(decoding: TemporaryFolder.read(docs + "SECURITY.md"), as: UTF8.self)
    var count = 0
    for line in page.split(separator: "\n") {
      let cells = line.split(separator: "|").map(String.init)
      guard cells.count == 4, cells[2].contains("](../Sources/") else { continue }
      let link = try #require(cells[2].split(separator: "(").last?.split(separator: ")").first)
      let source = String(decoding: TemporaryFolder.read(docs + link), as: UTF8.self)
      let name = try #require(cells[1].split(separator: "`").dropFirst().first)
      let value = try #require(cells[3].split(separator: "`").dropFirst().first)
      #expect(
        source.contains("\(name) = \(value)\n") || source.contains("\(name) = \(value),")
          || source.contains("\(name) = \(value))"), "\(link): \(name) = \(value)")
      count += 1
    }
    #expect(count == 21)
  }
}
