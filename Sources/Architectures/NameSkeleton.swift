/// The part of names and templates that does not depend on indices, scopes and prefixes: the key of `LayoutIndex`.
enum NameSkeleton {
  /// The keys under which a name may be found: as it is, and with its first or second part made a scope.
  static func keys(of name: String) -> [String] {
    let plain = key(of: name)
    guard let slash = name.firstIndex(of: "/") else { return [plain] }
    let rest = name[name.index(after: slash)...]
    var keys = [plain, key(of: scope + name[slash...])]
    if let second = rest.firstIndex(of: "/") { keys.append(key(of: name[...slash] + scope + rest[second...])) }
    return keys
  }

  /// The keys under which a template is found: with and without its optional prefix.
  static func keys(of template: NameTemplate) -> [String] {
    var body = ""
    for piece in template.pieces {
      switch piece {
      case .text(let text): body += text
      case .scope: body += scope
      case .hole(let hole): body += hole.isSuffix ? "" : "0"
      }
    }
    return template.optionalPrefix.isEmpty ? [key(of: body)] : [key(of: body), key(of: template.optionalPrefix + body)]
  }

  private static let scope = "<>"

  /// A name with every run of digits made a `#`; names that have it in common have all keys in common.
  static func digitless(_ name: String) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(name.utf8.count)
    for byte in name.utf8 {
      if !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        result.append(byte)
      } else if result.last != UInt8(ascii: "#") {
        result.append(UInt8(ascii: "#"))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Whether two names differ in their runs of digits at most, so that `digitless` makes them equal.
  static func isSame(_ a: String, _ b: String) -> Bool {
    a.utf8.withContiguousStorageIfAvailable { a in
      b.utf8.withContiguousStorageIfAvailable { b in isSame(UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b)) }
    }.flatMap { $0 } ?? (digitless(a) == digitless(b))
  }

  private static func isSame(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    var (i, j) = (0, 0)
    while true {
      while i + 8 <= a.count, j + 8 <= b.count,
        a.loadUnaligned(fromByteOffset: i, as: UInt64.self) == b.loadUnaligned(fromByteOffset: j, as: UInt64.self)
      {
        i += 8
        j += 8
      }
      while i < a.count, j < b.count, a[i] == b[j] {
        i += 1
        j += 1
      }
      if i == a.count, j == b.count { return true }
      // They may part inside a run of digits, or where one run is longer, but nowhere else.
      let follows = i > 0 && isDigit(a[i - 1])
      let (inA, inB) = (i < a.count && isDigit(a[i]), j < b.count && isDigit(b[j]))
      guard inA && inB || follows && (inA || inB) else { return false }
      while i < a.count, isDigit(a[i]) { i += 1 }
      while j < b.count, isDigit(b[j]) { j += 1 }
    }
  }

  /// A name with every run of digits made a `#`, and without what looks like a Keras suffix.
  private static func key(of name: some StringProtocol) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(name.utf8.count)
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if result.last != UInt8(ascii: "#") { result.append(UInt8(ascii: "#")) }
      case UInt8(ascii: "/"):
        if result.last == UInt8(ascii: "#"), result.dropLast().last == UInt8(ascii: "_") { result.removeLast(2) }
        result.append(byte)
      default: result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
