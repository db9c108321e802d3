#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Numbers as results show them: grouped, scaled, in percent, fixed or scientific.
enum NumberText {
  /// `7087872` as `7,087,872`.
  static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A number of bytes in decimal units with one decimal: `28.4 MB`; below 1000 as it is: `512 B`.
  static func bytes(_ count: Int) -> String {
    scaled(count, units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
  }

  /// A count in decimal units with one decimal: `124.4 M`; below 1000 as it is.
  static func count(_ count: Int) -> String {
    scaled(count, units: ["", "k", "M", "G", "T", "P", "E"])
  }

  private static func scaled(_ count: Int, units: [String]) -> String {
    precondition(count >= 0, "a negative count")
    guard count >= 1000 else { return units[0].isEmpty ? String(count) : "\(count) \(units[0])" }
    var unit = 1
    var power = 0
    while count / unit >= 1000, power + 1 < units.count {
      unit *= 1000
      power += 1
    }
    var tenths = UInt(count / unit) * 10 + (UInt(count % unit) + UInt(unit) / 20) / (UInt(unit) / 10)
    if tenths >= 10_000, power + 1 < units.count {
      tenths = 10
      power += 1
    }
    return "\(tenths / 10).\(tenths % 10) \(units[power])"
  }

  /// What share `part` is of `whole`, in percent with one decimal and without a sign: `31.0`.
  static func percent(_ part: Int, of whole: Int) -> String {
    fixed(whole == 0 ? 0 : Double(part) / Double(whole) * 100, decimals: 1)
  }

  /// A number with a fixed number of decimals.
  static func fixed(_ value: Double, decimals: Int) -> String {
    formatted("%.*f", value, decimals)
  }

  /// A number with `digits` significant digits, scientific where that is shorter, as C's `%g`: `2.1e-06`, `0.0312`.
  static func short(_ value: Double, digits: Int = 3) -> String {
    formatted("%.*g", value, digits)
  }

  /// A number in scientific notation with `decimals` digits after the point: `2.10e-06`.
  static func scientific(_ value: Double, decimals: Int = 2) -> String {
    formatted("%.*e", value, decimals)
  }

  /// A duration: `0.42 s`, `3.2 s`, `2:05`, `1:02:05`.
  static func duration(seconds: Double) -> String {
    if seconds < 1 { return fixed(seconds, decimals: 2) + " s" }
    if seconds < 59.95 { return fixed(seconds, decimals: 1) + " s" }
    let whole = Int(exactly: seconds.rounded()) ?? 0
    let clock = [whole / 3600, whole / 60 % 60, whole % 60]
    return clock.drop { $0 == 0 }.enumerated()
      .map { index, part in index > 0 && part < 10 ? "0\(part)" : String(part) }.joined(separator: ":")
  }

  private static func formatted(_ format: String, _ value: Double, _ precision: Int) -> String {
    withVaList([Int32(precision), value]) { arguments in
      // The longest finite Double has 309 digits before the point.
      let capacity = 340 + precision
      return String(unsafeUninitializedCapacity: capacity) { buffer in
        buffer.withMemoryRebound(to: CChar.self) { Int(max(0, vsnprintf($0.baseAddress, capacity, format, arguments))) }
      }
    }
  }
}
