import Testing

@testable import tfconv

@Suite struct ByteSizeTests {
  @Test(arguments: [
    ("5GB", 5_000_000_000), ("500MB", 500_000_000), ("2GiB", 2_147_483_648), ("1.5gb", 1_500_000_000),
    ("0.1GB", 100_000_000), ("200KB", 200_000), ("4KiB", 4096), ("1024", 1024), ("17B", 17), ("3 MB", 3_000_000),
    ("1TiB", 1 << 40),
  ])
  func sizesAreDecimalUnlessTheUnitSaysBinary(text: String, bytes: Int) {
    #expect(ByteSize(parsing: text)?.count == bytes)
  }

  @Test(arguments: [
    "", "GB", "5G", "-5GB", "0", "0MB", "5GBs", "1e3MB", "5 ", "5  GB", "1.5", "1.GB", ".5GB", "1.2.3GB", "٥GB",
    "nanGB",
    "9999999999GB", "9999999999.9TB", "99999999999999999999",
  ])
  func whatIsNoSizeIsRefused(text: String) {
    #expect(ByteSize(parsing: text) == nil)
  }
}
