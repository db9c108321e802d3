/// A stored name with its path joined by slashes, without what containers of parameters put inside it and frameworks behind it.
///
/// Read are paths joined by `/`, `.`, `|` or `\`, the text of a Python tuple (`('params', 'bert')`), JAX's `keystr`
/// (`['params']['bert']`, `.params['bert']`), and the keys of TensorFlow's object-based checkpoints
/// (`a/b/.ATTRIBUTES/VARIABLE_VALUE`, in which `.S` stands for a slash and `..` for a dot).
/// Source: flax.traverse_util, jax.tree_util.keystr, tensorflow/python/checkpoint/util.py.
struct NameReading {
  /// The path, joined by slashes.
  let text: String
  /// The wrappers that stood in the name, in order.
  private(set) var wrappers: [String] = []
  /// What stood behind the name, such as `:0`; empty if nothing did.
  let ending: String

  /// What wrappers of modules call the module inside them, so that it stands in the names of all its parameters:
  /// `torch.compile`; `DataParallel`, `DistributedDataParallel`, DeepSpeed and `AveragedModel`; FSDP, and fairscale's before
  /// it; activation checkpointing, and PyTorch 1.12's; Lightning's strategies.
  static let wrappers: Set<String> = [
    "_orig_mod", "module", "_fsdp_wrapped_module", "_fpw_module", "_checkpoint_wrapped_module", "mod",
    "_forward_module",
  ]

  private static let attribute = "/.ATTRIBUTES/VARIABLE_VALUE"

  /// Reads a stored name.
  init(_ name: String) {
    var path = name
    var ending = ""
    if path.hasSuffix(NameReading.attribute) {
      ending = NameReading.attribute
      path = String(path.dropLast(ending.utf8.count)).replacing(".S", with: "/").replacing("..", with: ".")
    } else if let parts = NameReading.quotedParts(path) {
      path = parts.joined(separator: "/")
    }
    let suffix = NameReading.outputNumber(of: path)
    path = String(path.dropLast(suffix.utf8.count))
    self.ending = suffix + ending
    var kept: [Substring] = []
    let joined = NameReading.joined(path)
    for part in joined.split(separator: "/") {
      if NameReading.wrappers.contains(String(part)) { wrappers.append(String(part)) } else { kept.append(part) }
    }
    text = wrappers.isEmpty && !joined.hasPrefix("/") ? joined : kept.joined(separator: "/")
  }

  /// The number of TensorFlow's output behind a variable's name, `:0`, or nothing.
  private static func outputNumber(of path: String) -> String {
    guard let colon = path.utf8.lastIndex(of: UInt8(ascii: ":")) else { return "" }
    let digits = path[path.utf8.index(after: colon)...]
    let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return isNumber ? String(path[colon...]) : ""
  }

  /// A path with slashes for whatever joins its parts, several in a row made one.
  static func joined(_ path: String) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(path.utf8.count)
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "|"), UInt8(ascii: "\\"):
        if result.last != UInt8(ascii: "/") { result.append(UInt8(ascii: "/")) }
      default: result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// What joins the parts of a stored name: the first character that can; nil for a name of one part.
  static func joiner(of name: String) -> String? {
    if name.hasPrefix("(") { return ", " }
    if name.contains("['") || name.contains("[\"") { return "][" }
    return name.first { "/.|\\".contains($0) }.map(String.init)
  }

  /// The parts of a path that is the text of a tuple of strings or a chain of subscripts; nil if it is neither.
  private static func quotedParts(_ path: String) -> [String]? {
    let isTuple = path.hasPrefix("(") && path.hasSuffix(")")
    guard isTuple || path.contains("['") || path.contains("[\"") else { return nil }
    var parts: [String] = []
    var part: [UInt8] = []
    var quote: UInt8?
    for byte in path.utf8 {
      if let open = quote {
        if byte == open { quote = nil } else { part.append(byte) }
        continue
      }
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
      case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
        UInt8(ascii: " "), UInt8(ascii: "."):
        if !part.isEmpty { parts.append(String(decoding: part, as: UTF8.self)) }
        part = []
      default: part.append(byte)
      }
    }
    if !part.isEmpty { parts.append(String(decoding: part, as: UTF8.self)) }
    return quote == nil && !parts.isEmpty ? parts : nil
  }
}

extension NameTemplate {
  /// The template for names that `NameReading` has read: joined by slashes, without `:0` at the end.
  var joined: NameTemplate {
    let end = description.hasSuffix(":0") ? description.dropLast(2) : description[...]
    return NameTemplate(parsing: NameReading.joined(String(end))) ?? self
  }
}
