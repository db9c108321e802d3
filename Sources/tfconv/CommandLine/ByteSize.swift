/// A number of bytes as people write it: `5GB`, `500MB`, `2GiB`.
///
/// KB, MB, GB and TB are powers of 1000, as in Hugging Face's `max_shard_size`; KiB to TiB are powers of 1024.
struct ByteSize: Sendable, Equatable {
  /// The number of bytes, above zero.
  let count: Int

  private static let units: [(suffix: String, bytes: Int)] = [
    ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("tib", 1 << 40),
    ("kb", 1_000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("tb", 1_000_000_000_000), ("b", 1),
  ]

  /// Reads a size; letters of either case, at most one space before the unit; nil if it is none or not above zero.
  init?(parsing text: String) {
    let lowered = text.lowercased()
    let unit = Self.units.first { lowered.hasSuffix($0.suffix) } ?? ("", 1)
    var number = lowered.dropLast(unit.suffix.count)
    if number.last == " ", !unit.suffix.isEmpty { number = number.dropLast() }
    guard number.first?.isASCIIDigit == true, number.allSatisfy({ $0.isASCIIDigit || $0 == "." }) else { return nil }
    if let whole = Int(number) {
      let (bytes, overflow) = whole.multipliedReportingOverflow(by: unit.bytes)
      guard !overflow, bytes > 0 else { return nil }
      count = bytes
    } else {
      guard unit.bytes > 1, number.last != ".", let value = Double(number) else { return nil }
      guard let bytes = Int(exactly: (value * Double(unit.bytes)).rounded()), bytes > 0 else { return nil }
      count = bytes
    }
  }
}

extension Character {
  /// Whether this is one of the digits 0 to 9.
  var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
