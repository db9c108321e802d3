import Testing

@testable import tfconv

@Suite struct NumberTextTests {
  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (7_087_872, "7,087,872"), (-1234, "-1,234")])
  func integersAreGroupedByThree(value: Int, text: String) {
    #expect(NumberText.grouped(value) == text)
  }

  @Test func theSmallestIntegerIsGroupedToo() {
    #expect(NumberText.grouped(Int.min) == "-9,223,372,036,854,775,808")
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (28_351_488, "28.4 MB"), (548_105_171, "548.1 MB"),
    (949, "949 B"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (999_999_999, "1.0 GB"), (Int.max, "9.2 EB"),
  ])
  func bytesHaveDecimalUnits(count: Int, text: String) {
    #expect(NumberText.bytes(count) == text)
  }

  @Test func countsHaveDecimalUnits() {
    #expect(NumberText.count(124_439_808) == "124.4 M")
    #expect(NumberText.count(12) == "12")
  }

  @Test func sharesAreInPercent() {
    #expect(NumberText.percent(38_597_376, of: 124_439_808) == "31.0")
    #expect(NumberText.percent(0, of: 0) == "0.0")
  }

  @Test func doublesAreWrittenAsCWritesThem() {
    #expect(NumberText.short(2.1e-6) == "2.1e-06")
    #expect(NumberText.short(0.03125) == "0.0312")
    #expect(NumberText.short(.nan) == "nan")
    #expect(NumberText.short(-.infinity) == "-inf")
    #expect(NumberText.fixed(0.9, decimals: 3) == "0.900")
    #expect(NumberText.fixed(.greatestFiniteMagnitude, decimals: 2).count == 312)
    #expect(NumberText.scientific(1234.5) == "1.23e+03")
  }

  @Test(arguments: [
    (0.416, "0.42 s"), (3.21, "3.2 s"), (59.97, "1:00"), (125.0, "2:05"), (3725.0, "1:02:05"), (36000.0, "10:00:00"),
  ])
  func durationsGrowIntoAClock(seconds: Double, text: String) {
    #expect(NumberText.duration(seconds: seconds) == text)
  }
}
