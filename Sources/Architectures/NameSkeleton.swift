/// The part of names and templates that does not depend on indices, scopes and prefixes: the key of `LayoutIndex`.
enum NameSkeleton {
  /// Heads that containers of parameters put before every name: torch.compile, DataParallel, Flax optimisers, Flax
  /// variable collections.
  private static let wrappers = ["_orig_mod.", "module.", "optimizer/", "params/"]

  /// The name, and what is left of it without one or more wrappers, longest first.
  static func unwrapped(_ name: String) -> [String] {
    var names = [name]
    var rest = name[...]
    while let wrapper = wrappers.first(where: { rest.hasPrefix($0) }) {
      rest = rest.dropFirst(wrapper.count)
      names.append(String(rest))
    }
    return names
  }

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

  /// A name with every run of digits made a `#`, and without what looks like a Keras suffix.
  private static func key(of name: some StringProtocol) -> String {
    var result: [UInt8] = []
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
