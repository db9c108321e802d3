/// A hole of a name template: a number that follows from an index, and how it is written.
struct NameHole: Sendable, Hashable {
  /// The axis whose index decides the number; nil if none does.
  let axis: String?
  /// What the index is multiplied by.
  let factor: Int
  /// What the sizes of other axes are multiplied by.
  let counts: [String: Int]
  /// What is added.
  let constant: Int
  /// The least number of digits.
  let width: Int
  /// Whether the number is written as a Keras suffix: nothing for 0, `_n` otherwise.
  let isSuffix: Bool

  /// Reads what stands between the braces, `2*#encoder_block+3*decoder_block+1`; nil if it is malformed.
  init?(parsing text: Substring) {
    // Nearly all holes are the name of an axis and nothing else.
    if NameHole.isPlainName(text) {
      (axis, factor, counts, constant, width, isSuffix) = (String(text), 1, [:], 0, 0, false)
      return
    }
    isSuffix = text.hasPrefix("_")
    let parts = text.drop { $0 == "_" }.split(separator: ":", omittingEmptySubsequences: false)
    guard let sum = parts.first, parts.count <= 2, parts.count == 1 || !isSuffix else { return nil }
    guard let width = parts.count == 2 ? Int(parts[1]) : 0, (0...9).contains(width) else { return nil }
    self.width = width
    var axis: String?
    var factor = 1
    var counts: [String: Int] = [:]
    var constant = 0
    for term in sum.split(separator: "+", omittingEmptySubsequences: false) {
      if let number = Int(term) {
        constant += number
        continue
      }
      let factors = term.split(separator: "*", omittingEmptySubsequences: false)
      guard let name = factors.last, factors.count <= 2, NameHole.isAxis(name.drop { $0 == "#" }) else { return nil }
      guard let times = factors.count == 2 ? Int(factors[0]) : 1, times > 0 else { return nil }
      if name.hasPrefix("#") {
        counts[String(name.dropFirst())] = times
      } else {
        guard axis == nil else { return nil }
        axis = String(name)
        factor = times
      }
    }
    guard axis != nil || !counts.isEmpty, constant >= 0 else { return nil }
    self.axis = axis
    self.factor = factor
    self.counts = counts
    self.constant = constant
  }

  private static func isPlainName(_ text: Substring) -> Bool {
    let isLetter = { (byte: UInt8) in byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
    return (text.utf8.first.map(isLetter) ?? false) && text.utf8.allSatisfy { isLetter($0) || $0 == UInt8(ascii: "_") }
  }

  private static func isAxis(_ name: Substring) -> Bool {
    guard let first = name.first, first.isLetter else { return false }
    return name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }

  /// Whether the number is the index itself.
  var isPlain: Bool { factor == 1 && counts.isEmpty && constant == 0 }

  /// The text that stands for the hole.
  func text(_ indices: [String: Int]) -> String {
    let index = axis.flatMap { indices[$0] } ?? 0
    let number = constant + factor * index + counts.reduce(0) { $0 + $1.value * (indices[$1.key] ?? 0) }
    if isSuffix { return number == 0 ? "" : "_\(number)" }
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  /// Takes the number off the front of a name; nil if it is not written the way this hole writes it.
  func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
    if isSuffix {
      guard rest.first == UInt8(ascii: "_"), let next = rest.dropFirst().first, NameHole.isDigit(next) else { return 0 }
      rest = rest.dropFirst()
    }
    let digits = rest.prefix(while: NameHole.isDigit)
    guard digits.count >= max(width, 1), digits.count <= 9 else { return nil }
    guard digits.count == max(width, 1) && !isSuffix || digits.first != UInt8(ascii: "0") else { return nil }
    rest = rest.dropFirst(digits.count)
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  /// The index that gives the number, or nil if none does; where no axis has an index, the number must be the sum.
  func index(of number: Int, _ sizes: [String: Int]) -> Int? {
    var rest = number - constant
    for (name, times) in counts { rest -= times * (sizes[name] ?? 0) }
    guard rest >= 0, rest % factor == 0 else { return nil }
    return axis == nil && rest != 0 ? nil : rest / factor
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
