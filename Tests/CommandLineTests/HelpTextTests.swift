import Testing

@testable import tfconv

@Suite struct HelpTextTests {
  @Test func helpOfTheProgramIsAsRecorded() {
    expectRecorded(HelpText(width: 80).program(everySpec), at: "Tests/CommandLineTests/Snapshots/help.txt")
  }

  @Test(arguments: everySpec.map(\.name))
  func helpOfEachCommandIsAsRecorded(name: String) throws {
    let spec = try #require(everySpec.first { $0.name == name })
    expectRecorded(HelpText(width: 80).command(spec), at: "Tests/CommandLineTests/Snapshots/help-\(name).txt")
  }

  @Test(arguments: [1, 40, 60, 80, 100, 200])
  func noLineOfProseIsWiderThanTheTerminal(width: Int) {
    for spec in everySpec {
      for line in HelpText(width: width).command(spec).split(separator: "\n") where !line.hasPrefix("  tfconv ") {
        #expect(line.count <= min(max(width, 60), 100), "\(line)")
      }
    }
  }
}
